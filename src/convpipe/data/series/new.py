"""New series beside those of training: the same files, tables and arrays, with or without labels."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from convpipe.data.folders import Labeled, Wanted
from convpipe.data.new_samples import FILES, STDIN, Known, NewSamples, by_pattern, each_line_once, new_files
from convpipe.data.series import layout
from convpipe.data.series.arrays import read_arrays
from convpipe.data.series.files import read_files
from convpipe.data.series.reading import ARRAYS, PARQUET, Reading
from convpipe.data.series.recordings import Recordings
from convpipe.data.series.roles import roles_of
from convpipe.data.series.settings import SeriesSettings, names_in
from convpipe.data.series.signals import in_precision
from convpipe.data.series.time_axis import in_order
from convpipe.data.series.ts_files import read_ts
from convpipe.data.tables.parquet import parquet_parts, parquet_rows
from convpipe.data.tables.table import Table
from convpipe.errors import DataError

WANTED = Wanted("recordings", (*layout.FILES.suffixes, ".arff", ".ts", ".npz"))
#: How many channels without a name are called.
UNNAMED = "channel "


def read_new(data: SeriesSettings, path: Path, known: Known, report: Callable[[str], None]) -> Iterator[NewSamples]:
    """The series at a path, piece by piece: a folder file by file, a Parquet table part by part.

    Args:
        data: settings that read the training data, with what was guessed.
        path: a file, a folder of files, or `-` for a table on standard input.
        known: of the classifier.
        report: is handed each line that the user should see.

    Raises:
        DataError: a file that cannot be read, or that lacks a channel of training.
    """
    reader = _NewSeries(replace(data, path=str(path), test=[]), known, report)
    if path.is_dir():
        yield from reader.folder(path)
    else:
        yield from reader.file(path, path.parent)


class _NewSeries:
    """Reads new series in the way of the training data."""

    def __init__(self, data: SeriesSettings, known: Known, report: Callable[[str], None]):
        self.data, self.known, self._say = data, known, each_line_once(report)
        self.reading = Reading(data, self._say, labeled=False)

    def folder(self, root: Path) -> Iterator[NewSamples]:
        """The series in the files of a folder."""
        found = [each for each in new_files(root, WANTED, self._say) if not layout.is_note(each.path, self.reading)]
        found = [replace(each, label=each.path.parent.name) for each in found]
        found = by_pattern(root, found, self.data.pattern, self._say)
        told = all(each.label in self.known.class_names for each in found)
        if self.data.layout in ("long", "wide") or any(each.path.suffix.lower() in (".ts", ".npz") for each in found):
            for number, each in enumerate(found):
                for piece in self.file(each.path, root):
                    yield replace(piece, share=(number + (piece.share or 0)) / len(found))
            return
        for start in range(0, len(found), FILES):
            some = found[start : start + FILES]
            yield replace(self._one_each(root, some, told), share=(start + len(some)) / len(found))

    def _one_each(self, root: Path, found: list[Labeled], told: bool) -> NewSamples:
        """A recording from each file."""
        data = replace(self.data, columns=None)
        first = found[0].path
        if first.suffix.lower() != ".npy":
            data = self._fitting(self.reading.peek(first), data)
        return self._samples(read_files(root, found, "folders" if told else "column", data, self.reading))

    def file(self, path: Path, root: Path) -> Iterator[NewSamples]:
        """The series in one file."""
        suffix = path.suffix.lower()
        if path == STDIN:
            yield from self._table(self.reading.standard_input(sys.stdin.buffer.read()))
        elif not path.exists():
            raise DataError("no such file or folder", file=path, value=str(path), remedy="check the path")
        elif suffix == ".ts":
            yield self._samples(read_ts(path, self.data, self.reading))
        elif suffix == ".npy" and self.data.layout == "files":
            yield self._one_each(root, [Labeled(path, "")], False)
        elif suffix in ARRAYS:
            yield self._samples(read_arrays(path, self.data, self.reading))
        elif suffix in PARQUET:
            yield from self._parquet(path)
        else:
            yield from self._table(self.reading.table(path))

    def _parquet(self, path: Path) -> Iterator[NewSamples]:
        done, rows = 0, parquet_rows(path)
        for part in parquet_parts(path, self._recording_columns):
            done += len(part)
            for piece in self._table(part):
                yield replace(piece, share=done / rows)

    def _recording_columns(self, table: Table) -> tuple[str, ...]:
        """The columns that tell the recordings of a long table apart; none in a table of another layout."""
        data = self._fitting(table, replace(self.data, columns=None))
        return roles_of(table, data).recording if self._layout(table, data) == "long" else ()

    def _layout(self, table: Table, data: SeriesSettings) -> str:
        """As of the training data, else by the columns; a recording where these do not tell."""
        if layout.is_nested(table, data):
            return "nested"
        if data.layout != "auto":
            return data.layout
        try:
            return layout.layout_of(table, data)
        except DataError:
            return "files"

    def _table(self, table: Table) -> Iterator[NewSamples]:
        data = self._fitting(table, replace(self.data, columns=None))
        found = self._layout(table, data)
        if found == "files":  # a file is a recording
            data = replace(data, recording=None, group=None)
            found = "long"
            table = replace(table, columns={name: column for name, column in table.columns.items()
                                            if name not in roles_of(table, data).recording})  # fmt: skip
        read = {"nested": layout.read_nested, "long": layout.read_long, "wide": layout.read_wide}[found]
        yield self._samples(
            read(table, replace(data, layout=data.layout if found == "nested" else found), self.reading)
        )

    def _fitting(self, table: Table, data: SeriesSettings) -> SeriesSettings:
        """The settings without columns that the table does not have."""
        absent = {key: None for key in ("label", "group", "time") if getattr(data, key) not in (None, *table.names)}
        if any(str(name) not in table.names for name in names_in(data.recording)):
            absent["recording"] = None
        if data.label in table.names and not self._is_label(table, str(data.label)):
            absent["label"] = None
        return replace(data, **absent)  # type: ignore[arg-type]

    def _is_label(self, table: Table, name: str) -> bool:
        """Whether a column holds labels: it has a name, or nothing but classes."""
        if table.headed:
            return True
        codes, names = table.codes(name)
        return set(names) <= set(self.known.class_names)

    def _samples(self, recordings: Recordings) -> NewSamples:
        recordings, rate = in_order(recordings, self._say)
        rate = self.data.sampling_rate or rate
        recordings = in_precision(self._with_channels(recordings), self._say)
        self.reading.say(recordings.ids[0].split(" ")[0])
        labels = [self._label(recordings, row) for row in range(len(recordings))]
        groups = recordings.groups
        asked = rate if rate and self.known.sampling_rate and rate != self.known.sampling_rate else None
        return NewSamples(recordings.values, recordings.ids, labels, groups, asked)

    def _label(self, recordings: Recordings, row: int) -> str | None:
        label = recordings.labels[row]
        if recordings.step_labels is not None:
            self._say("labels vary within recordings, and are not compared with the predictions")
            return None
        return recordings.class_names[label] if label >= 0 else None

    def _with_channels(self, recordings: Recordings) -> Recordings:
        """The channels of training, in their order: by name, else by place.

        Raises:
            DataError: one is missing.
        """
        wanted, found = list(self.known.channel_names), recordings.channels
        if not wanted or wanted == found:
            return recordings
        if set(wanted) <= set(found):
            left = [name for name in found if name not in wanted]
            if left:
                self._say(f"left out {', '.join(left)}, which training did not use")
            places = [found.index(name) for name in wanted]
            return replace(recordings, values=[each[:, places] for each in recordings.values], channels=wanted)
        if len(wanted) == len(found) and not set(wanted) & set(found):
            if not all(name.startswith(UNNAMED) or name.isdigit() for name in (*found, *wanted)) and len(found) > 1:
                self._say(f"{', '.join(found)} are taken for {', '.join(wanted)}, in this order")
            return recordings
        missing = [name for name in wanted if name not in found]
        message = f"no channel {', '.join(missing)} among {', '.join(found)}"
        place = f"{self.data.path}, {recordings.ids[0]}"
        raise DataError(message, file=place, value=missing, remedy="give it the channels of training")
