"""The folder of a run: one run writes into it at a time, and no second run over a first one."""

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
OTHER_FOLDER = "name another folder with hydra.run.dir=..."


@contextmanager
def exclusive(folder: Path, resumes: bool) -> Iterator[None]:
    """A block in which this process alone writes into the folder of a run.

    Args:
        folder: of the run; it is made where it is missing, and removed again if nothing is written into it.
        resumes: whether the run that is in the folder goes on.

    Raises:
        ConfigError: another process writes into the folder, or it holds a run that does not go on. Nothing is written.
    """
    refuse_second_run(folder, resumes)
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / LOCK
    handle = os.open(path, os.O_CREAT | os.O_RDWR)
    try:
        if not _locked(handle, path):
            remedy = "wait until it has ended" if resumes else OTHER_FOLDER
            raise ConfigError("another run is writing into this folder", file=folder, remedy=remedy)
        refuse_second_run(folder, resumes)  # another run may have been quicker
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
            if is_new and not any(folder.iterdir()):
                folder.rmdir()
    finally:
        os.close(handle)


def _locked(handle: int, path: Path) -> bool:
    """Whether the lock was free; the system gives it back when the process ends, however it ends."""
    try:
        import fcntl
    except ImportError:  # Windows has no such locks
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    # The file may have been removed by the run that held the lock before.
    return path.exists() and os.path.samestat(os.fstat(handle), path.stat())


def refuse_second_run(folder: Path, resumes: bool) -> None:
    """Raise ConfigError where `folder` holds a run that does not go on."""
    if resumes or not (folder / "result.json").exists():
        return
    status = read_result(folder).get("status")
    goes_on = "" if status == "finished" else f", or go on with that run: {pasteable('training.resume', folder)}"
    remedy = OTHER_FOLDER + goes_on
    raise ConfigError(f"the folder holds a run already ({status})", file=folder, key="hydra.run.dir", remedy=remedy)


def read_result(folder: Path) -> dict:
    """What result.json of a run holds; empty where it cannot be read."""
    try:
        result = json.loads((folder / "result.json").read_text())
    except (ValueError, OSError):
        return {}
    return result if isinstance(result, dict) else {}


def stopped_run(folder: Path) -> Settings:
    """The settings of a run that was stopped.

    Raises:
        ConfigError: there is no such run, or it is finished.
    """
    key, config = "training.resume", folder / "config.yaml"
    for path in (config, folder / "result.json"):
        if not path.exists():
            message = f"{key}={folder} is not the folder of a run: it holds no {path.name}"
            raise ConfigError(message, key=key, value=str(folder), remedy="name the folder of a stopped run")
    status = read_result(folder).get("status")
    if status is None:
        file, remedy = folder / "result.json", "start the run again from its start"
        raise ConfigError("cannot be read", file=file, key=key, remedy=remedy)
    if status == "finished":
        raise ConfigError(f"{key}={folder} names a finished run", key=key, value=str(folder), remedy="leave it out")
    return read_settings(config)


def check_resumed(folder: Path, hashes: dict[str, str], cores: int) -> Iterator[str]:
    """Lines to show when a run goes on.

    Args:
        folder: of the run.
        hashes: of the data and the split as they are now.
        cores: that this process computes on.

    Raises:
        DataError: the data or the parts are not those of the run.
    """
    before = read_result(folder)
    check_hashes(hashes, hashes | before, folder, "put the data of the run back, or start a new run")
    if not any((folder / "state").rglob("state.npz")):
        yield "no state was written before the run stopped, so it starts again at epoch 1"
    if before.get("cores", cores) != cores:
        yield f"the run was started on {before['cores']} cores; on {cores} its last digits will differ"
