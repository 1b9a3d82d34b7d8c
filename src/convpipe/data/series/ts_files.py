"""The user's own files in the .ts format of the UCR/UEA archive."""

from pathlib import Path

import numpy as np

from convpipe.data.series.reading import Reading
from convpipe.data.series.recordings import Recordings
from convpipe.data.series.settings import SeriesSettings
from convpipe.data.series.ts_format import parse_ts


def read_ts(path: Path, data: SeriesSettings, reading: Reading) -> Recordings:
    """Read the series in a .ts file.

    Raises:
        DataError: the file cannot be opened or is broken; the error names the line.
    """
    read = parse_ts(reading.content(path), str(path))
    class_names = list(read.class_names)
    index = {name: number for number, name in enumerate(class_names)}
    channels = [f"channel {number}" for number in range(read.inputs[0].shape[1])]
    what = f".ts file: {len(read.inputs):,} series, {len(channels)} channel{'s' * (len(channels) != 1)}"
    return Recordings(
        what, data, list(read.inputs), channels,
        [f"{path.name} line {line}" for line in read.lines],
        np.array([index[name] for name in read.classes], np.int64), class_names,
    )  # fmt: skip
