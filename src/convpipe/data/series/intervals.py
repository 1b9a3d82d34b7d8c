"""Labels of steps from a second table: a label from a start to an end in a recording."""

from dataclasses import replace
from pathlib import PurePosixPath

import numpy as np

from convpipe.data.series.reading import Reading
from convpipe.data.series.recordings import Recordings, most_frequent
from convpipe.data.series.roles import usual
from convpipe.data.series.settings import paths_in
from convpipe.data.series.time_axis import times_of
from convpipe.data.tables.table import Table
from convpipe.errors import DataError

#: What the columns of the bounds are usually called, in lower case.
STARTS = ("start", "starttime", "begin", "onset", "from", "t0", "startstep")
ENDS = ("end", "endtime", "stop", "finish", "offset", "to", "t1", "endstep")


def with_intervals(recordings: Recordings, path: str, rate: float | None, reading: Reading) -> Recordings:
    """Recordings whose steps have the labels of the intervals that hold them; others have none.

    Starts belong to an interval and ends do not. Both are in the unit of the recordings' times, or in seconds from the
    first step where there are only steps and a rate. A table without starts and ends labels whole recordings.

    Args:
        recordings: in the order of time.
        path: of a table with the columns recording and label, and perhaps start and end.
        rate: steps a second (Hz); None where it is unknown.
        reading: reads the table.

    Raises:
        DataError: a column is missing, an interval ends before it starts or is of no recording, or nothing tells the
            time of a step.
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
    told, total = sum(int((each >= 0).sum()) for each in steps), sum(map(len, steps))
    what = "intervals label" if bounds else "rows label the recordings,"
    reading.report(f"{table.file}: {len(table):,} {what} {told:,} of {total:,} steps")
    labels = np.array([most_frequent(each) for each in steps], np.int64)
    return replace(recordings, labels=labels, class_names=class_names, step_labels=steps if bounds else None)


def _columns(table: Table) -> dict[str, str]:
    """The columns of recording and label, and of start and end where there are any."""
    plain = {"".join(letter for letter in name.lower() if letter.isalnum()): name for name in reversed(table.names)}
    found = {
        "recording": usual(table.names, "recording"),
        "label": usual(table.names, "label"),
        "start": next((plain[word] for word in STARTS if word in plain), None),
        "end": next((plain[word] for word in ENDS if word in plain), None),
    }
    bounded = found["start"] is not None or found["end"] is not None
    for role, name in found.items():
        if name is None and (bounded or role in ("recording", "label")):
            message = f"no column {role} among {', '.join(table.names)}"
            remedy = "call the columns recording, label and, for parts of recordings, start and end"
            raise DataError(message, file=table.file, key="data.intervals", value=role, remedy=remedy)
    return {role: name for role, name in found.items() if name is not None}


def _names(recordings: Recordings) -> dict[str, int]:
    """The place of each recording by its id, and by its file's name with and without the ending where one has it."""
    names: dict[str, int] = {}
    for form in (str, lambda each: PurePosixPath(each).name, lambda each: PurePosixPath(each).stem):
        forms = [form(each) for each in recordings.ids]
        if len(set(forms)) == len(forms):
            names = {name: at for at, name in enumerate(forms)} | names
    return names


def _times(recordings: Recordings, at: int, rate: float | None) -> np.ndarray:
    """The times of the steps of a recording, in the unit of the intervals."""
    if recordings.times is not None:
        return recordings.times[at]
    if rate is None:
        message, remedy = "nothing tells the time of a step", "set data.sampling_rate=HZ or data.time=COLUMN"
        raise DataError(message, key="data.intervals", remedy=remedy)
    return np.arange(len(recordings.values[at])) / rate


def _refused(table: Table, row: int, message: str, value: object) -> DataError:
    remedy = "correct the row or remove it"
    return DataError(message, **table.place(row), key="data.intervals", value=value, remedy=remedy)
