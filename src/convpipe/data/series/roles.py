"""The roles of the columns of a table: label, recording, group, time and channels."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from convpipe.data.series.settings import SeriesSettings, names_in
from convpipe.data.tables.table import Table
from convpipe.errors import DataError

#: Role -> usual names of its column, in lower case and letters only, most likely first.
USUAL = {
    "label": ("label", "labels", "class", "classes", "classlabel", "activity", "activityid", "activityname", "target",
              "category", "gesture", "labelid", "classid", "outcome"),
    "recording": ("recording", "recordingid", "rec", "recid", "series", "seriesid", "sequence", "sequenceid", "session",
                  "sessionid", "trial", "trialid", "segment", "segmentid", "case", "caseid", "sample", "sampleid",
                  "file", "filename", "run", "runid", "id", "window", "windowid"),
    "group": ("group", "groupid", "subject", "subjectid", "person", "personid", "participant", "participantid", "user",
              "userid", "patient", "patientid", "volunteer", "speaker", "player", "animal", "animalid"),
    "time": ("time", "timestamp", "timestamps", "datetime", "date", "times", "seconds", "sec", "elapsed", "elapsedtime",
             "epoch", "t", "timems", "timesec", "timestampms", "ms", "milliseconds", "timens", "timestampns", "timeus"),
}  # fmt: skip
UNNAMED = "Unnamed: "


@dataclass(frozen=True)
class Roles:
    """The column of each role; None or empty if there is none."""

    label: str | None
    recording: tuple[str, ...]
    group: str | None
    time: str | None

    @property
    def used(self) -> set[str]:
        """The columns that are not channels."""
        return {name for name in (self.label, *self.recording, self.group, self.time) if name is not None}


def usual_column(names: Iterable[str], role: str) -> str | None:
    """Return the column in `names` with a usual name for the role, or None.

    >>> usual_column(["x", "Subject_ID", "time [s]"], "group"), usual_column(["x", "time [s]"], "time")
    ('Subject_ID', 'time [s]')
    """
    # No usual name ends with a digit; skipping such names saves time for wide tables with thousands of steps.
    plain = {_plain(name): name for name in reversed([*names]) if not name[-1:].isdigit()}
    return next((plain[word] for word in USUAL[role] if word in plain), None)


def _plain(name: str) -> str:
    """Return a name without its unit, in lower case, with letters and digits only."""
    return re.sub(r"[\W_]", "", re.sub(r"\[.*?\]|\(.*?\)", "", name)).lower()


def text_columns(names: Sequence[str], data: SeriesSettings) -> list[str]:
    """Return the columns that are always read as text, so that class 01 does not become 1."""
    named = [data.label, data.group, *map(str, names_in(data.recording))]
    guessed = [usual_column(names, role) for role in ("label", "recording", "group")]
    columns = data.columns or ()
    return [name for name in names if name in (*named, *guessed) and name not in columns]


def roles_of(table: Table, data: SeriesSettings) -> Roles:
    """Return the roles of the columns of a table, from the settings or else by usual names.

    Raises:
        DataError: a setting names a column that the table lacks.
    """
    free = [name for name in table.names if name not in (data.columns or ())]

    def named_or_usual(name: str | None, role: str) -> str | None:
        if name is not None:
            return table.require(name, f"data.{role}")
        return usual_column(free, role)

    recording = tuple(table.require(str(name), "data.recording") for name in names_in(data.recording))
    guessed = usual_column(free, "recording")
    return Roles(
        named_or_usual(data.label, "label"),
        recording or ((guessed,) if guessed else ()),
        named_or_usual(data.group, "group"),
        named_or_usual(data.time, "time"),
    )


def channels_of(table: Table, roles: Roles, data: SeriesSettings) -> tuple[list[str], list[str]]:
    """Return the columns that are channels, and a line for each column that has no role and is left out.

    Raises:
        DataError: `data.columns` names a column that the table lacks, or no column is numeric.
    """
    if data.columns:
        return [table.require(name, "data.columns") for name in data.columns], []
    channels, left = [], []
    for name in table.names:
        kind = table.kind(name) if name not in roles.used else "role"
        if name.startswith(UNNAMED) and kind != "role":
            left.append(f"left out column {name.removeprefix(UNNAMED)} (counted from 0), which has no name")
        elif kind in ("number", "empty"):
            channels.append(name)
        elif kind != "role":
            left.append(f"left out column {name}, which contains {'dates' if kind == 'time' else 'text'}")
    if not channels:
        remedy = "set data.columns=[...], or data.separator and data.decimal"
        raise DataError("no numeric column", file=table.file, key="data.columns", remedy=remedy)
    return channels, left


def label_missing(table: Table) -> DataError:
    """Return the error about a table without a column of labels."""
    shown = abbreviate(table.names)
    remedy = "set data.label=COLUMN"
    return DataError(f"no label column among {shown}", file=table.file, key="data.label", remedy=remedy)


def abbreviate(names: list[str]) -> str:
    """Return the first names as a text, each shortened.

    >>> abbreviate(["x", "y" * 30])
    'x, yyyyyyyyyyyyyyyyy...'
    """
    shown = [repr(name)[1:-1] for name in names[:8]]
    shown = [name if len(name) <= 20 else name[:17] + "..." for name in shown]
    return ", ".join(shown) + (", ..." if len(names) > 8 else "")
