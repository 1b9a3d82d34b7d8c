"""The file of a stopped training."""

import numpy as np
import pytest

from convpipe.errors import TrainingError
from convpipe.training.resuming import State, load_state, save_state


def state() -> State:
    history = {"loss": [1.0, 0.5], "val_loss": [float("nan"), 0.7]}
    # More than ten, so that an order by name differs from the order by number.
    variables = [np.full((number + 1,), number, "float32") for number in range(12)]
    return State(2, 1.5, history, 0.7, 2, False, variables, [np.array([1, 2], "uint32"), np.float32(3)])


def test_state_comes_back_as_it_was(tmp_path):
    save_state(state(), tmp_path / "new" / "network_0")
    again = load_state(tmp_path / "new" / "network_0")
    for name in ("epoch", "seconds", "best_loss", "best_epoch", "finished"):
        assert getattr(again, name) == getattr(state(), name)
    np.testing.assert_equal(again.history, state().history)
    for name in ("variables", "best_weights"):
        for one, other in zip(getattr(again, name), getattr(state(), name), strict=True):
            np.testing.assert_array_equal(one, other)
            assert one.dtype == other.dtype


def test_there_is_none_where_nothing_was_saved(tmp_path):
    assert load_state(tmp_path) is None


def test_nothing_but_the_one_file_is_left(tmp_path):
    save_state(state(), tmp_path)
    save_state(state(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["state.npz"]


def test_full_disk_leaves_the_older_state_whole(tmp_path, monkeypatch):
    save_state(State(epoch=1), tmp_path)

    def full(file, **arrays):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="No space left"):
        save_state(state(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["state.npz"]
    assert load_state(tmp_path).epoch == 1


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_truncated_file_is_refused_by_name(tmp_path, share):
    save_state(state(), tmp_path)
    path = tmp_path / "state.npz"
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(TrainingError, match=r"state\.npz cannot be read .*; start the run anew"):
        load_state(tmp_path)


def test_file_of_something_else_is_refused(tmp_path):
    np.savez(tmp_path / "state.npz", plain=np.frombuffer(b'{"epochs": 3}', np.uint8))
    with pytest.raises(TrainingError, match="cannot be read"):
        load_state(tmp_path)
