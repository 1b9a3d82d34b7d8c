"""Times of recordings: unit, order, gaps and sampling rate, and resampling."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from convpipe.data.series.recordings import Recordings
from convpipe.data.tables.table import Table
from convpipe.errors import DataError

#: Last word of the name of a time column -> the unit in seconds.
UNITS = {"ns": 1e-9, "nanoseconds": 1e-9, "us": 1e-6, "microseconds": 1e-6, "ms": 1e-3, "millis": 1e-3,
         "milliseconds": 1e-3, "s": 1.0, "sec": 1.0, "seconds": 1.0, "min": 60.0, "minutes": 60.0}  # fmt: skip
#: Unix times from the year 2001 to 2286 in seconds; a time stamp has a unit that puts it into this range.
UNIX_TIMES = (1e9, 1e10)
#: Resampling may multiply the number of steps by at most this.
MOST_STEPS = 1000
#: A time difference of more than this many median differences is a gap.
GAP = 1.5


def usable_times(
    table: Table, column: str | None, is_set: bool, remark: Callable[[str], None]
) -> tuple[np.ndarray | None, float | None]:
    """As `times_of`, but return None without a column, and None with a remark for an unusable column that is not set.

    Raises:
        DataError: a cell is not a time, and the user set the column.
    """
    if column is None:
        return None, None
    try:
        return times_of(table, column)
    except DataError as error:
        if is_set:
            raise
        remark(f"left out column {column}: {error.message}")
        return None, None


def times_of(table: Table, column: str) -> tuple[np.ndarray, float | None]:
    """Return the times in a column (rows,) float64, and their unit in seconds.

    The unit is None if the times count steps or if it is unknown.

    Raises:
        DataError: a cell that is not a time.
    """
    kind = table.kind(column)
    if kind == "time" or kind == "text":
        return _dates(table, column), 1.0
    if kind == "empty":
        raise DataError(f"column {column} is empty", file=table.file, key="data.time", remedy="remove it from the file")
    values = table.numbers(column)
    if not np.isfinite(values).all():
        place = table.place(int(np.isfinite(values).argmin()))
        remedy = "add a time, or remove the row"
        raise DataError(f"no time in column {column}", **place, key="data.time", remedy=remedy)
    return values, _unit(column, values)


def _unit(column: str, values: np.ndarray) -> float | None:
    words = column.lower().replace("(", " ").replace("[", " ").replace(")", " ").replace("]", " ").replace("_", " ")
    last = words.split()[-1] if words.split() else ""
    if last in UNITS:
        return UNITS[last]
    largest = np.abs(values).max(initial=0)
    for unit in (1.0, 1e-3, 1e-6, 1e-9):
        if UNIX_TIMES[0] <= largest * unit < UNIX_TIMES[1]:
            return unit
    # Whole numbers that are not Unix times may count steps or anything else.
    return None if (values == np.floor(values)).all() else 1.0


def _dates(table: Table, column: str) -> np.ndarray:
    """Return dates or times of day as seconds since 1970 (rows,) float64."""
    import pandas as pd

    try:
        cells = table.columns[column].to_pandas()
        dates = pd.to_datetime(cells.astype(str) if cells.dtype == object else cells, format="mixed", utc=True)
    except (ValueError, TypeError, OverflowError):
        shown = table.texts(column)[0][:40]
        message, remedy = (
            f"{shown!r} in column {column} is not a time",
            "use seconds, or dates such as 2024-12-31 23:59:59.5",
        )
        raise DataError(message, file=table.file, key="data.time", value=shown, remedy=remedy) from None
    if dates.isna().any():
        place = table.place(int(dates.isna().to_numpy().argmax()))
        remedy = "add a time, or remove the row"
        raise DataError(f"no time in column {column}", **place, key="data.time", remedy=remedy)
    return dates.dt.as_unit("ns").astype("int64").to_numpy() / 1e9


def sort_by_time(recordings: Recordings, report) -> tuple[Recordings, float | None]:
    """Return the recordings with their steps sorted by time, and the sampling rate in Hz (None if unknown).

    A line reports the rate, sorted recordings, equal times and gaps.

    Args:
        recordings: recordings in any order of steps; without times they are returned unchanged.
        report: called with the line.
    """
    if recordings.times is None:
        return recordings, None
    steps, owners = _steps(recordings.times)
    if not len(steps):
        return recordings, None
    unsorted = np.unique(owners[steps < 0])
    if len(unsorted):
        recordings = _sorted(recordings, unsorted)
        steps, _ = _steps(recordings.times or [])
    usual = float(np.median(steps))
    doubles, gaps, rate = int((steps == 0).sum()), int((steps > GAP * usual).sum()), recordings.settings.sampling_rate
    name, notes = recordings.settings.time, list[str]()
    if len(unsorted):
        notes.append(f"sorted the steps of {len(unsorted):,} recordings")
    if doubles:
        notes.append(f"{doubles:,} steps have the time of the step before")
    if gaps and usual > 0:
        notes.append(f"{gaps:,} gaps of more than {GAP:g} steps, the longest of {steps.max() / usual:,.3g}")
    if usual > 0 and recordings.seconds is not None:
        exact = 1 / (usual * recordings.seconds)
        rate = float(round(exact) if abs(exact - round(exact)) < 1e-3 * exact else f"{exact:.6g}")
        notes.insert(0, f"{rate:.6g} Hz")
    else:
        known = f"that is {rate:g} Hz" if rate else "in an unknown unit (set data.sampling_rate=HZ)"
        notes.insert(0, f"rises by {usual:g} per step, {known}")
    hint = "; data.resample=HZ gives evenly spaced steps" if (doubles or gaps) and rate else ""
    report(f"time `{name}`: {', '.join(notes)}{hint}")
    return recordings, rate


def _steps(times: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return the differences of times within recordings, and the recording (from 0) of each."""
    owners = np.repeat(np.arange(len(times)), [len(each) for each in times])
    within = owners[1:] == owners[:-1]
    return np.diff(np.concatenate(times))[within], owners[1:][within]


def _sorted(recordings: Recordings, places: np.ndarray) -> Recordings:
    """Return the recordings, with those at `places` sorted by time."""
    assert recordings.times is not None
    values, times, labels = [*recordings.values], [*recordings.times], recordings.step_labels
    labels = None if labels is None else [*labels]
    for at in places:
        order = np.argsort(times[at], kind="stable")
        values[at], times[at] = values[at][order], times[at][order]
        if labels is not None:
            labels[at] = labels[at][order]
    return replace(recordings, values=values, times=times, step_labels=labels)


def resampled(recordings: Recordings, rate: float | None, new_rate: float, report) -> Recordings:
    """Resample recordings by linear interpolation between steps.

    Args:
        recordings: recordings, sorted by time.
        rate: sampling rate in Hz, used without times in a known unit.
        new_rate: new sampling rate in Hz.
        report: called with a line on the change of the number of steps.

    Raises:
        DataError: neither times nor the rate are known, or a recording would become too long.
    """
    known = recordings.times is not None and recordings.seconds is not None
    if not known and rate is None:
        message, remedy = "data.resample needs the times of steps", "set data.time=COLUMN or data.sampling_rate=HZ"
        raise DataError(message, key="data.resample", value=new_rate, remedy=remedy)
    before, values, labels = sum(map(len, recordings.values)), [], []
    for at, series in enumerate(recordings.values):
        if recordings.times is not None and recordings.seconds is not None:
            times = recordings.times[at] * recordings.seconds
        else:
            times = np.arange(len(series)) / (rate or new_rate)
        # The tolerance keeps the last step if rounding would drop it.
        count = int(np.floor((times[-1] - times[0]) * new_rate + 1e-6)) + 1
        if count > MOST_STEPS * len(series):
            message, remedy = f"{len(series):,} steps would become {count:,}", "set a lower rate, or correct the times"
            raise DataError(message, file=recordings.ids[at], key="data.resample", value=new_rate, remedy=remedy)
        new = times[0] + np.arange(count) / new_rate
        values.append(np.stack([np.interp(new, times, channel) for channel in series.T.astype(np.float64)], axis=1))
        if recordings.step_labels is not None:
            nearest = np.abs(np.searchsorted((times[:-1] + times[1:]) / 2, new))
            labels.append(recordings.step_labels[at][nearest])
    after = sum(map(len, values))
    from_ = f"{rate:.6g} Hz" if rate else "their times"
    report(f"resampled {len(values):,} recordings from {from_} to {new_rate:g} Hz: {before:,} steps become {after:,}")
    return replace(recordings, values=values, times=None, step_labels=labels or None)
