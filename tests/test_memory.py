"""The amount of free memory."""

from convpipe import memory


def test_free_memory_is_less_than_total_memory():
    free = memory.available()
    assert free is None or 2**20 < free < 2**50


def test_the_limit_of_a_container_is_reduced_by_the_memory_in_use(tmp_path, monkeypatch):
    limit, used = tmp_path / "limit", tmp_path / "used"
    monkeypatch.setattr(memory, "LIMITS", ((str(limit), str(used)),))
    monkeypatch.setattr(memory, "_of_machine", lambda: 10**12)
    assert memory.available() == 10**12, "no such files"
    limit.write_text("max\n")
    used.write_text("7\n")
    assert memory.available() == 10**12
    limit.write_text("1007\n")
    assert memory.available() == 1000
