"""One file per channel: wide tables of the same series, with the labels in a separate file."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from convpipe.data.series.label_files import with_label_files
from convpipe.data.series.long_table import describe_channels
from convpipe.data.series.reading import TABLES, Reading
from convpipe.data.series.recordings import Recordings
from convpipe.data.series.settings import SeriesSettings
from convpipe.data.series.wide_table import read_wide
from convpipe.errors import DataError

#: The end of a file name that names the part of the dataset, not the channel.
PART = re.compile(r"[_\-. ]?(train|test)(ing)?$", re.I)


def read_channel_files(
    root: Path, paths: Sequence[Path], data: SeriesSettings, reading: Reading, is_test: bool
) -> Recordings:
    """Read series from wide tables of one channel each: a row is the same series in all of them.

    Channels have the names of the files, without the name of the part at the end.

    Args:
        root: folder of the files.
        paths: the files.
        data: settings; `label` names the file of the labels.
        reading: reads tables and collects remarks.
        is_test: whether the files are the test part.

    Raises:
        DataError: no table, tables that differ in rows or steps, or labels that do not fit them.
    """
    tables = [path for path in paths if path.suffix.lower() in TABLES]
    if not tables:
        remedy = f"use {', '.join(TABLES)}"
        raise DataError(
            "the folder has no tables of channels", file=root, key="data.path", value=str(root), remedy=remedy
        )
    first, labeled = with_label_files(reading.table(tables[0]), data, reading, is_test)
    part = read_wide(first, labeled, reading)
    unlabeled, parts = replace(data, label=None, group=None), [part]
    for path in tables[1:]:
        parts.append(read_wide(reading.table(path), unlabeled, reading, ""))
        if [each.shape for each in parts[-1].values] != [each.shape for each in part.values]:
            message = f"rows or steps differ from {tables[0].name}, but each file is a channel of the same series"
            remedy = "give all files the same rows and columns, or set data.intervals if each file is a recording"
            raise DataError(message, file=path, key="data.label", value=data.label, remedy=remedy)
    channels = [PART.sub("", path.stem) for path in tables]
    series = [np.concatenate(each, axis=1) for each in zip(*(each.values for each in parts), strict=True)]
    what = f"one file per channel: {len(part):,} series, {describe_channels(channels)}, labels `{labeled.label}`"
    what += f", groups `{labeled.group}`" if labeled.group else ""
    ids = [f"{root.name} line {each.rpartition(' ')[2]}" for each in part.ids]
    return replace(part, what=what, settings=data, values=series, channels=channels, ids=ids)
