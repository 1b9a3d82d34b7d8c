"""Datasets of the UCR/UEA archive with their official split, from a pinned package."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from omegaconf import MISSING

from convpipe.config.data import DataSettings
from convpipe.config.schema import setting
from convpipe.data import download
from convpipe.data.dataset import Dataset, hash_of
from convpipe.data.series.ts_format import TsFile, parse_ts
from convpipe.registry import register_reader


@dataclass
class ArchiveSettings(DataSettings):
    """A dataset of the UCR/UEA archive inside a pinned package, with its official split."""

    reader: str = "archive"
    archive_name: str = setting(MISSING, "name of the dataset in the archive, such as GunPoint")
    package: str = setting("aeon", "pinned package that contains the dataset", choices=["aeon", "sktime"])


@register_reader(ArchiveSettings, "series", package=lambda data: data.package)
def read_packaged(data: ArchiveSettings, report: Callable[[str], None]) -> Dataset:
    """Read an archive dataset from a pinned package, which is fetched if it is not in data/ yet.

    Args:
        data: the name of the dataset in the archive, and the package.
        report: called with a line if the package is fetched.

    Returns:
        Dataset with the official split of the archive as `is_test`. The samples of the training file come first, in
        the order of the files.

    Raises:
        FetchError: the package cannot be fetched or is not the pinned one.
        DataError: the package does not contain the dataset, or its files are broken.
    """
    name = data.archive_name
    members = [f"{data.package}/datasets/data/{name}/{name}_{part}.ts" for part in ("TRAIN", "TEST")]
    contents = download.read_members(data.package, members, report, "check data.archive_name and data.package")
    parts = [parse_ts(content, Path(member).name) for content, member in zip(contents, members, strict=True)]
    return _merge(parts, f"{name} in {download.PACKAGES[data.package].pin}", contents)


def _merge(parts: list[TsFile], source: str, contents: list[bytes]) -> Dataset:
    """Return the dataset of a training file and a test file."""
    # Classes are in the order of the training file, followed by classes that only the test file declares.
    class_names = tuple(dict.fromkeys(name for part in parts for name in part.class_names))
    index = {name: i for i, name in enumerate(class_names)}
    return Dataset(
        inputs=[series for part in parts for series in part.inputs],
        labels=np.array([index[name] for part in parts for name in part.classes], dtype=np.int64),
        class_names=class_names,
        sample_ids=[f"{part.name} line {line}" for part in parts for line in part.lines],
        source=source,
        sha256=hash_of(contents),
        is_test=np.repeat([False, True], [len(part.inputs) for part in parts]),
        channel_names=tuple(f"channel {i}" for i in range(parts[0].inputs[0].shape[1])),
    )
