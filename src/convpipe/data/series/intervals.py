"""Labels of steps from a separate table, whose rows have a recording, a start, an end and a label."""

from dataclasses import replace
from pathlib import PurePosixPath

import numpy as np

from convpipe.data.series.reading import Reading
from convpipe.data.series.recordings import Recordings, most_frequent
from convpipe.data.series.roles import usual_column
from convpipe.data.series.settings import paths_in
from convpipe.data.series.time_axis import times_of
from convpipe.data.tables.table import Table
from convpipe.errors import DataError

#: Usual names of the columns of starts and ends, in lower case.
STARTS = ("start", "starttime", "begin", "onset", "from", "t0", "startstep")
ENDS = ("end", "endtime", "stop", "finish", "offset", "to", "t1", "endstep")


def with_intervals(recordings: Recordings, path: str, rate: float | None, reading: Reading) -> Recordings:
    """Label each step with the label of its interval; steps outside all intervals have no label.

    An interval includes its start but not its end. Both are in the unit of the recordings' times or, if recordings have
    only a sampling rate, in seconds from the first step. A table without starts and ends labels whole recordings.

    Args:
        recordings: recordings, sorted by time.
        path: path of a table with the columns recording and label, and optionally start and end.
        rate: sampling rate in Hz; None if unknown.
        reading: reads the table.

    Raises:
        DataError: a column is missing, an interval ends before it starts or its recording does not exist, or the
            recordings have neither times nor a sampling rate.
    """
    (file,) = paths_in(path)
    if not file.is_file():
        message, remedy = "no such file", "check data.intervals"
        raise DataError(message, file=file, key="data.intervals", value=path, remedy=remedy)
    table = reading.table(file)
    columns = _columns(table)
    codes, class_names = table.codes(columns["label"])
    bounds = [times_of(table, columns[role])[0] for role in ("start", "end") if role in columns]
    names = _names(recordings)
    steps = [np.full(len(values), -1, np.int64) for values in recordings.values]
    for row, name in enumerate(table.texts(columns["recording"])):
        if name not in names:
            raise _refused(table, row, f"no recording {name}", name)
        if not bounds:
            steps[names[name]][:] = codes[row]
            continue
        start, end = bounds[0][row], bounds[1][row]
        if end < start:
            raise _refused(table, row, f"the end {end:g} is before the start {start:g}", end)
        times = _times(recordings, names[name], rate)
        steps[names[name]][(times >= start) & (times < end)] = codes[row]
    labeled, total = sum(int((each >= 0).sum()) for each in steps), sum(map(len, steps))
    what = "intervals" if bounds else "rows for whole recordings"
    reading.report(f"{table.file}: {len(table):,} {what} label {labeled:,} of {total:,} steps")
    labels = np.array([most_frequent(each) for each in steps], np.int64)
    return replace(recordings, labels=labels, class_names=class_names, step_labels=steps if bounds else None)


def _columns(table: Table) -> dict[str, str]:
    """Return role -> column for recording and label, and for start and end if the table has them.

    Raises:
        DataError: a column is missing.
    """
    plain = {"".join(letter for letter in name.lower() if letter.isalnum()): name for name in reversed(table.names)}
    columns = {
        "recording": usual_column(table.names, "recording"),
        "label": usual_column(table.names, "label"),
        "start": next((plain[word] for word in STARTS if word in plain), None),
        "end": next((plain[word] for word in ENDS if word in plain), None),
    }
    bounded = columns["start"] is not None or columns["end"] is not None
    for role, name in columns.items():
        if name is None and (bounded or role in ("recording", "label")):
            message = f"no column {role} among {', '.join(table.names)}"
            remedy = "rename the columns to recording, label and, for parts of recordings, start and end"
            raise DataError(message, file=table.file, key="data.intervals", value=role, remedy=remedy)
    return {role: name for role, name in columns.items() if name is not None}


def _names(recordings: Recordings) -> dict[str, int]:
    """Return name -> index of the recording, by its id, and by file name with and without suffix if that is unique."""
    names: dict[str, int] = {}
    for form in (str, lambda each: PurePosixPath(each).name, lambda each: PurePosixPath(each).stem):
        forms = [form(each) for each in recordings.ids]
        if len(set(forms)) == len(forms):
            names = {name: at for at, name in enumerate(forms)} | names
    return names


def _times(recordings: Recordings, at: int, rate: float | None) -> np.ndarray:
    """Return the times of the steps of a recording, in the unit of the intervals."""
    if recordings.times is not None:
        return recordings.times[at]
    if rate is None:
        message, remedy = "the times of steps are unknown", "set data.sampling_rate=HZ or data.time=COLUMN"
        raise DataError(message, key="data.intervals", remedy=remedy)
    return np.arange(len(recordings.values[at])) / rate


def _refused(table: Table, row: int, message: str, value: object) -> DataError:
    remedy = "correct or remove the row"
    return DataError(message, **table.place(row), key="data.intervals", value=value, remedy=remedy)
