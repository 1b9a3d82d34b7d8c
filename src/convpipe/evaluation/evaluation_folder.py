"""The folder of an evaluation: where it stands, and that nothing else is written over."""

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from convpipe.errors import ConfigError
from convpipe.inference.evaluation_part import record_of

RECORD, WRITER = "evaluation.json", "convpipe evaluate"


def default_folder(classifiers: Sequence[Path]) -> Path:
    """Where an evaluation is written if the user names no folder.

    Args:
        classifiers: the folders of the classifiers.

    Returns:
        `evaluation` in the folder of the run (or its fold) that left the only classifier, else in the current folder.
    """
    if len(classifiers) == 1 and (record_of(classifiers[0]) / "result.json").is_file():
        return classifiers[0].parent / "evaluation"
    return Path("evaluation")


def check_own_part(classifiers: Sequence[Path]) -> None:
    """Refuse a classifier whose test part cannot be read again, because no run is recorded beside it.

    Raises:
        ConfigError: there is none.
    """
    for folder in classifiers:
        if not (record_of(folder) / "config.yaml").is_file():
            message = "stands in no folder of a run, which would say what its test part is"
            remedy = "name labeled data with --data, or the folder of a run"
            raise ConfigError(message, file=folder, key="--data", remedy=remedy)


def check_replaceable(folder: Path) -> None:
    """Refuse to write over anything that was not written by an evaluation.

    Raises:
        ConfigError: something else stands there.
    """
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    try:
        if json.loads((folder / RECORD).read_text(encoding="utf-8"))["written_by"] == WRITER:
            return
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        pass
    message = "exists, and was not written by evaluate"
    raise ConfigError(message, file=folder, key="--output", value=str(folder), remedy="name another: --output FOLDER")


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """A block that fills a new folder, which then takes the place of `folder`; a failing block leaves nothing."""
    check_replaceable(folder)
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
        check_replaceable(folder)
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(partial, folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
