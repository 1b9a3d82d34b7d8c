"""What the columns of a table are for: labels, recordings, groups, time, channels."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from convpipe.data.series.settings import SeriesSettings, names_in
from convpipe.data.tables.table import Table
from convpipe.errors import DataError

#: Role -> what such a column is usually called: in lower case, letters only, the likeliest first.
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
    """Names of columns; None or empty where there is none."""

    label: str | None
    recording: tuple[str, ...]
    group: str | None
    time: str | None

    @property
    def used(self) -> set[str]:
        """The columns that are no channels."""
        return {name for name in (self.label, *self.recording, self.group, self.time) if name is not None}


def usual(names: Iterable[str], role: str) -> str | None:
    """The column among `names` that is usually called so.

    >>> usual(["x", "Subject_ID", "time [s]"], "group"), usual(["x", "time [s]"], "time")
    ('Subject_ID', 'time [s]')
    """
    # No usual name ends with a digit, but those of ten thousand steps do.
    plain = {_plain(name): name for name in reversed([*names]) if not name[-1:].isdigit()}
    return next((plain[word] for word in USUAL[role] if word in plain), None)


def _plain(name: str) -> str:
    """A name without its unit, in lower case, letters and digits only."""
    return re.sub(r"[\W_]", "", re.sub(r"\[.*?\]|\(.*?\)", "", name)).lower()


def text_columns(names: Sequence[str], data: SeriesSettings) -> list[str]:
    """The columns that stay text whatever they hold, so that a class 01 is not called 1."""
    asked = [data.label, data.group, *map(str, names_in(data.recording))]
    guessed = [usual(names, role) for role in ("label", "recording", "group")]
    columns = data.columns or ()
    return [name for name in names if name in (*asked, *guessed) and name not in columns]


def roles_of(table: Table, data: SeriesSettings) -> Roles:
    """What the columns of a table are for: as the settings say, else by their usual names.

    Raises:
        DataError: a setting names a column that the table lacks.
    """
    free = [name for name in table.names if name not in (data.columns or ())]

    def asked_or_usual(asked: str | None, role: str) -> str | None:
        if asked is not None:
            return table.require(asked, f"data.{role}")
        return usual(free, role)

    recording = tuple(table.require(str(name), "data.recording") for name in names_in(data.recording))
    guessed = usual(free, "recording")
    return Roles(
        asked_or_usual(data.label, "label"),
        recording or ((guessed,) if guessed else ()),
        asked_or_usual(data.group, "group"),
        asked_or_usual(data.time, "time"),
    )


def channels_of(table: Table, roles: Roles, data: SeriesSettings) -> tuple[list[str], list[str]]:
    """The columns that are channels, and lines on those that are left out though no setting names them.

    Raises:
        DataError: `data.columns` names a column that the table lacks, or no column holds numbers.
    """
    if data.columns:
        return [table.require(name, "data.columns") for name in data.columns], []
    channels, left = [], []
    for name in table.names:
        kind = table.kind(name) if name not in roles.used else "role"
        if name.startswith(UNNAMED) and kind != "role":
            left.append(f"left out column {name.removeprefix(UNNAMED)} (from 0), which has no name")
        elif kind in ("number", "empty"):
            channels.append(name)
        elif kind != "role":
            left.append(f"left out column {name}, which holds {'dates' if kind == 'time' else 'texts'}")
    if not channels:
        remedy = "choose columns with data.columns=[...], or set data.separator and data.decimal"
        raise DataError("no column holds numbers", file=table.file, key="data.columns", remedy=remedy)
    return channels, left


def label_missing(table: Table) -> DataError:
    """The error for a table without a column of labels."""
    shown = listed(table.names)
    remedy = "set data.label=COLUMN"
    return DataError(f"no column of labels among {shown}", file=table.file, key="data.label", remedy=remedy)


def listed(names: list[str]) -> str:
    """The first of some names, shortened.

    >>> listed(["x", "y" * 30])
    'x, yyyyyyyyyyyyyyyyy...'
    """
    shown = [repr(name)[1:-1] for name in names[:8]]
    shown = [name if len(name) <= 20 else name[:17] + "..." for name in shown]
    return ", ".join(shown) + (", ..." if len(names) > 8 else "")
