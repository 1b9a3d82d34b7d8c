"""Data sets of the UCR/UEA archive with their official split, from a pinned package or from your own files."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from omegaconf import MISSING

from convpipe.config.data import DataSettings
from convpipe.config.schema import setting
from convpipe.data import download
from convpipe.data.dataset import Dataset, hash_of
from convpipe.data.folders import read_bytes
from convpipe.data.series.ts_format import TsFile, parse_ts
from convpipe.errors import DataError
from convpipe.registry import register_reader


@dataclass
class ArchiveSettings(DataSettings):
    """A data set of the UCR/UEA archive inside a pinned package, with its official split."""

    reader: str = "archive"
    archive_name: str = setting(MISSING, "the archive's own name, such as GunPoint")
    package: str = setting("aeon", "the pinned package that carries it", choices=["aeon", "sktime"])


@dataclass
class TsFilesSettings(DataSettings):
    """Your own files in the archive's .ts format."""

    name: str = "ts_files"
    reader: str = "ts_files"
    train: str = setting(MISSING, "path of the .ts file to train on")
    test: str | None = setting(None, "path of the .ts file of the test part; unset: cut from the training file")


@register_reader(ArchiveSettings, "series", package=lambda data: data.package)
def read_packaged(data: ArchiveSettings, report: Callable[[str], None]) -> Dataset:
    """An archive data set inside a pinned package, which is fetched if it is not in data/ yet.

    Args:
        data: the archive's name of it, and the package.
        report: is handed a line when something is fetched.

    Returns:
        Dataset with `is_test` as the archive splits them: the training file's first, in the order of the files.

    Raises:
        FetchError: the package could not be fetched or is not the pinned one.
        DataError: the package does not carry the data set, or its files are broken.
    """
    name = data.archive_name
    members = [f"{data.package}/datasets/data/{name}/{name}_{part}.ts" for part in ("TRAIN", "TEST")]
    contents = download.read_members(data.package, members, report, "check data.archive_name and data.package")
    parts = [parse_ts(content, Path(member).name) for content, member in zip(contents, members, strict=True)]
    return _merge(parts, f"{name} in {download.PACKAGES[data.package].pin}", contents)


@register_reader(TsFilesSettings, "series")
def read_files(data: TsFilesSettings, report: Callable[[str], None]) -> Dataset:
    """Your own .ts files; without a test file no part is declared, and one is cut off later.

    Args:
        data: paths of the training and, if there is one, of the test file.
        report: not used; every reader takes it.

    Raises:
        DataError: a file cannot be opened, is broken, or the two do not fit each other.
    """
    paths = [data.train] + ([data.test] if data.test else [])
    contents = [read_bytes(path, "check data.train and data.test") for path in paths]
    parts = [parse_ts(content, path) for content, path in zip(contents, paths, strict=True)]
    return _merge(parts, " and ".join(paths), contents)


def _merge(parts: list[TsFile], source: str, contents: list[bytes]) -> Dataset:
    """The dataset of the training file and, if there is one, of the test file."""
    channels, *others = [part.inputs[0].shape[1] for part in parts]
    if others and others[0] != channels:
        message, remedy = f"{others[0]} channels, but {parts[0].name} has {channels}", "give both the same channels"
        raise DataError(message, file=parts[1].name, value=others[0], remedy=remedy)
    # The training file's order of classes decides; a class that only the test file knows comes last.
    class_names = tuple(dict.fromkeys(name for part in parts for name in part.class_names))
    index = {name: i for i, name in enumerate(class_names)}
    return Dataset(
        inputs=[series for part in parts for series in part.inputs],
        labels=np.array([index[name] for part in parts for name in part.classes], dtype=np.int64),
        class_names=class_names,
        sample_ids=[f"{part.name} line {line}" for part in parts for line in part.lines],
        source=source,
        sha256=hash_of(contents),
        is_test=np.repeat([False, True], [len(part.inputs) for part in parts]) if others else None,
        channel_names=tuple(f"channel {i}" for i in range(channels)),
    )
