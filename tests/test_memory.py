"""How much memory is free."""

from convpipe import memory


def test_free_memory_is_less_than_all_of_the_machines():
    free = memory.available()
    assert free is None or 2**20 < free < 2**50


def test_the_limit_of_a_container_counts_what_is_used_of_it(tmp_path, monkeypatch):
    limit, used = tmp_path / "limit", tmp_path / "used"
    monkeypatch.setattr(memory, "LIMITS", ((str(limit), str(used)),))
    monkeypatch.setattr(memory, "_of_machine", lambda: 10**12)
    assert memory.available() == 10**12, "no such files"
    limit.write_text("max\n")
    used.write_text("7\n")
    assert memory.available() == 10**12
    limit.write_text("1007\n")
    assert memory.available() == 1000
