"""The checkpoint file of a stopped training."""

import numpy as np
import pytest

from convpipe.errors import TrainingError
from convpipe.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint


def checkpoint() -> Checkpoint:
    history = {"loss": [1.0, 0.5], "val_loss": [float("nan"), 0.7]}
    # More than ten, so that sorting by name could differ from sorting by number.
    variables = [np.full((number + 1,), number, "float32") for number in range(12)]
    return Checkpoint(2, 1.5, history, 0.7, 2, False, variables, [np.array([1, 2], "uint32"), np.float32(3)])


def test_a_checkpoint_is_restored_unchanged(tmp_path):
    save_checkpoint(checkpoint(), tmp_path / "new" / "network_0")
    again = load_checkpoint(tmp_path / "new" / "network_0")
    for name in ("epoch", "seconds", "best_loss", "best_epoch", "finished"):
        assert getattr(again, name) == getattr(checkpoint(), name)
    np.testing.assert_equal(again.history, checkpoint().history)
    for name in ("variables", "best_weights"):
        for one, other in zip(getattr(again, name), getattr(checkpoint(), name), strict=True):
            np.testing.assert_array_equal(one, other)
            assert one.dtype == other.dtype


def test_a_folder_without_a_checkpoint_gives_none(tmp_path):
    assert load_checkpoint(tmp_path) is None


def test_saving_leaves_a_single_file(tmp_path):
    save_checkpoint(checkpoint(), tmp_path)
    save_checkpoint(checkpoint(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["state.npz"]


def test_a_full_disk_keeps_the_previous_checkpoint(tmp_path, monkeypatch):
    save_checkpoint(Checkpoint(epoch=1), tmp_path)

    def full(file, **arrays):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="No space left"):
        save_checkpoint(checkpoint(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["state.npz"]
    assert load_checkpoint(tmp_path).epoch == 1


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_truncated_file_is_refused(tmp_path, refused, share):
    save_checkpoint(checkpoint(), tmp_path)
    path = tmp_path / "state.npz"
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with refused(TrainingError, file=path, remedy="start a new run"):
        load_checkpoint(tmp_path)


def test_a_file_that_is_no_checkpoint_is_refused(tmp_path, refused):
    np.savez(tmp_path / "state.npz", plain=np.frombuffer(b'{"epochs": 3}', np.uint8))
    with refused(TrainingError, file="state.npz"):
        load_checkpoint(tmp_path)
