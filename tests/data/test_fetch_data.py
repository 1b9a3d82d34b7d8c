"""scripts/fetch_data.py as a process, from another folder and without a network."""

import pytest


@pytest.fixture
def fetch(run_script):
    # An index that nobody answers at: whatever a test asks for, no network is used.
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_RETRIES": "0"}
    return lambda *words: run_script("fetch_data.py", *words, env=nowhere)


def test_names_are_listed_with_what_they_are(fetch):
    done = fetch("--list")
    assert done.returncode == 0 and "gunpoint" in done.stdout and "10 classes" in done.stdout


def test_what_is_there_already_is_not_fetched(fetch, home):
    done = fetch("watch", "series")
    assert done.returncode == 0 and "watch_dataset.npy" in done.stdout and "nothing to fetch" in done.stdout
    assert list(home.iterdir()) == []


def test_an_unknown_name_ends_with_2_and_the_nearest_one(fetch):
    done = fetch("gunpont")
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "gunpont" in done.stderr and "gunpoint" in done.stderr


def test_no_name_at_all_ends_with_2(fetch):
    assert fetch().returncode == 2


@pytest.mark.parametrize("name", ["gunpoint", "aeon"])
def test_a_wheel_with_the_wrong_hash_ends_with_2_in_one_line(fetch, home, name):
    (home / "data").mkdir()
    (home / "data" / "aeon-1.6.0-py3-none-any.whl").write_bytes(b"cut off")
    done = fetch(name)
    assert done.returncode == 2 and done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    assert "aeon-1.6.0-py3-none-any.whl" in done.stderr and "SHA-256" in done.stderr
