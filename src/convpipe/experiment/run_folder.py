"""The folder of a run. Only one process writes into it at a time, and no run overwrites another."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from convpipe.config import Settings
from convpipe.data.splits import check_hashes
from convpipe.errors import ConfigError
from convpipe.overrides import pasteable
from convpipe.schemas import read_settings

LOCK = "lock"
OTHER_FOLDER = "set hydra.run.dir to another folder"


@contextmanager
def exclusive(folder: Path, resumes: bool) -> Iterator[None]:
    """Hold the lock of a run's folder, so that only this process writes into it.

    Args:
        folder: of the run. It is created if missing, and removed again if nothing is written into it.
        resumes: whether the run in the folder is continued.

    Raises:
        ConfigError: another process writes into the folder, or it holds a run that is not continued. Nothing is
            written.
    """
    refuse_second_run(folder, resumes)
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / LOCK
    handle = os.open(path, os.O_CREAT | os.O_RDWR)
    try:
        if not _locked(handle, path):
            remedy = "wait until it ends" if resumes else OTHER_FOLDER
            raise ConfigError("another run is writing into this folder", file=folder, remedy=remedy)
        refuse_second_run(folder, resumes)  # again, since another run may have finished since the first check
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
            if is_new and not any(folder.iterdir()):
                folder.rmdir()
    finally:
        os.close(handle)


def _locked(handle: int, path: Path) -> bool:
    """Take the lock and return whether it was free. The system releases it when the process ends for any reason."""
    try:
        import fcntl
    except ImportError:  # Windows has no such locks
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    # The run that held the lock before may have removed the file.
    return path.exists() and os.path.samestat(os.fstat(handle), path.stat())


def refuse_second_run(folder: Path, resumes: bool) -> None:
    """Raise ConfigError if `folder` holds a run that is not continued."""
    if resumes or not (folder / "result.json").exists():
        return
    status = read_result(folder).get("status")
    remedy = OTHER_FOLDER
    if status != "finished":
        remedy += f", or continue that run: {pasteable('training.resume', folder)}"
    raise ConfigError(f"the folder already contains a run ({status})", file=folder, key="hydra.run.dir", remedy=remedy)


def read_result(folder: Path) -> dict:
    """Return the content of a run's result.json; empty if it cannot be read."""
    try:
        result = json.loads((folder / "result.json").read_text())
    except (ValueError, OSError):
        return {}
    return result if isinstance(result, dict) else {}


def stopped_run(folder: Path) -> Settings:
    """Return the settings of a stopped run.

    Raises:
        ConfigError: there is no such run, or it has finished.
    """
    key, config = "training.resume", folder / "config.yaml"
    for path in (config, folder / "result.json"):
        if not path.exists():
            message = f"{key}={folder} is not the folder of a run: {path.name} is missing"
            raise ConfigError(message, key=key, value=str(folder), remedy="use the folder of a stopped run")
    status = read_result(folder).get("status")
    if status is None:
        file, remedy = folder / "result.json", "start a new run"
        raise ConfigError("cannot be read", file=file, key=key, remedy=remedy)
    if status == "finished":
        raise ConfigError(f"{key}={folder} is a finished run", key=key, value=str(folder), remedy="leave it out")
    return read_settings(config)


def check_resumed(folder: Path, hashes: dict[str, str], cores: int) -> Iterator[str]:
    """Check a run before it is continued, and yield lines to show.

    Args:
        folder: of the run.
        hashes: of the present data and split.
        cores: number of cores that this process uses.

    Raises:
        DataError: the data or the parts differ from those of the run.
    """
    before = read_result(folder)
    check_hashes(hashes, hashes | before, folder, "restore the data of the run, or start a new run")
    if not any((folder / "state").rglob("state.npz")):
        yield "the run stopped before its state was saved; it starts again at epoch 1"
    if before.get("cores", cores) != cores:
        yield f"the run was started on {before['cores']} cores; on {cores} the last digits of its results will differ"
