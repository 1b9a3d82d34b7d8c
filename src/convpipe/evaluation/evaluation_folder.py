"""The folder of an evaluation: its default place, and the check that nothing else is overwritten."""

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
    """Return the output folder of an evaluation if the user names none.

    Args:
        classifiers: the folders of the classifiers.

    Returns:
        `evaluation` in the folder of the run (or fold) of a single classifier, else in the current folder.
    """
    if len(classifiers) == 1 and (record_of(classifiers[0]) / "result.json").is_file():
        return classifiers[0].parent / "evaluation"
    return Path("evaluation")


def check_own_part(classifiers: Sequence[Path]) -> None:
    """Refuse a classifier outside the folder of a run: its test part is unknown.

    Raises:
        ConfigError: there is no run next to a classifier.
    """
    for folder in classifiers:
        if not (record_of(folder) / "config.yaml").is_file():
            message = "is not in the folder of a run, so its test part is unknown"
            remedy = "give labeled data with --data, or use the folder of a run"
            raise ConfigError(message, file=folder, key="--data", remedy=remedy)


def check_replaceable(folder: Path) -> None:
    """Refuse to overwrite anything that an evaluation did not write.

    Raises:
        ConfigError: the folder has other content.
    """
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    try:
        if json.loads((folder / RECORD).read_text(encoding="utf-8"))["written_by"] == WRITER:
            return
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        pass
    message = "exists and was not written by evaluate"
    raise ConfigError(
        message, file=folder, key="--output", value=str(folder), remedy="choose another folder with --output"
    )


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Yield a new folder that replaces `folder` at the end of the block; if the block fails, `folder` is unchanged."""
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
