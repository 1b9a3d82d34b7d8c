"""New series for a trained classifier: the same files, tables and arrays as in training, with or without labels."""

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
from convpipe.data.series.signals import choose_precision
from convpipe.data.series.time_axis import sort_by_time
from convpipe.data.series.ts_files import read_ts
from convpipe.data.tables.parquet import parquet_parts, parquet_rows
from convpipe.data.tables.table import Table
from convpipe.errors import DataError

WANTED = Wanted("recordings", (*layout.FILES.suffixes, ".arff", ".ts", ".npz"))
#: Start of the names of channels that have no name.
UNNAMED = "channel "


def read_new(data: SeriesSettings, path: Path, known: Known, report: Callable[[str], None]) -> Iterator[NewSamples]:
    """Yield the series at a path in batches: some files of a folder, or a part of a Parquet table.

    Args:
        data: settings that read the training data, with all guesses filled in.
        path: a file, a folder of files, or `-` for a table on standard input.
        known: properties of the training samples.
        report: called with each line that the user should see.

    Raises:
        DataError: an unreadable file, or a file that lacks a channel of training.
    """
    reader = _NewSeries(replace(data, path=str(path), test=[]), known, report)
    if path.is_dir():
        yield from reader.folder(path)
    else:
        yield from reader.file(path, path.parent)


class _NewSeries:
    """Reads new series in the same way as the training data."""

    def __init__(self, data: SeriesSettings, known: Known, report: Callable[[str], None]):
        self.data, self.known, self._report = data, known, each_line_once(report)
        self.reading = Reading(data, self._report, labeled=False)

    def folder(self, root: Path) -> Iterator[NewSamples]:
        """Yield the series in the files of a folder."""
        files = [each for each in new_files(root, WANTED, self._report) if not layout.is_note(each.path, self.reading)]
        files = [replace(each, label=each.path.parent.name) for each in files]
        files = by_pattern(root, files, self.data.pattern, self._report)
        labeled = all(each.label in self.known.class_names for each in files)
        if self.data.layout in ("long", "wide") or any(each.path.suffix.lower() in (".ts", ".npz") for each in files):
            for number, each in enumerate(files):
                for piece in self.file(each.path, root):
                    yield replace(piece, share=(number + (piece.share or 0)) / len(files))
            return
        for start in range(0, len(files), FILES):
            batch = files[start : start + FILES]
            yield replace(self._one_each(root, batch, labeled), share=(start + len(batch)) / len(files))

    def _one_each(self, root: Path, files: list[Labeled], labeled: bool) -> NewSamples:
        """Read one recording from each file, labeled by its folder or name if `labeled`."""
        data = replace(self.data, columns=None)
        first = files[0].path
        if first.suffix.lower() != ".npy":
            data = self._without_absent(self.reading.peek(first), data)
        return self._samples(read_files(root, files, "folders" if labeled else "column", data, self.reading))

    def file(self, path: Path, root: Path) -> Iterator[NewSamples]:
        """Yield the series in one file."""
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
        """Return the columns that identify the recordings of a long table; none for other layouts."""
        data = self._without_absent(table, replace(self.data, columns=None))
        return roles_of(table, data).recording if self._layout(table, data) == "long" else ()

    def _layout(self, table: Table, data: SeriesSettings) -> str:
        """Return the layout of the training data or, if that is "auto", of the columns; "files" if they fit several."""
        if layout.is_nested(table, data):
            return "nested"
        if data.layout != "auto":
            return data.layout
        try:
            return layout.layout_of(table, data)
        except DataError:
            return "files"

    def _table(self, table: Table) -> Iterator[NewSamples]:
        data = self._without_absent(table, replace(self.data, columns=None))
        name = self._layout(table, data)
        if name == "files":  # the file is one recording
            data = replace(data, recording=None, group=None)
            name = "long"
            table = replace(table, columns={key: column for key, column in table.columns.items()
                                            if key not in roles_of(table, data).recording})  # fmt: skip
        read = {"nested": layout.read_nested, "long": layout.read_long, "wide": layout.read_wide}[name]
        yield self._samples(read(table, replace(data, layout=data.layout if name == "nested" else name), self.reading))

    def _without_absent(self, table: Table, data: SeriesSettings) -> SeriesSettings:
        """Return the settings without columns that the table lacks."""
        absent = {key: None for key in ("label", "group", "time") if getattr(data, key) not in (None, *table.names)}
        if any(str(name) not in table.names for name in names_in(data.recording)):
            absent["recording"] = None
        if data.label in table.names and not self._is_label(table, str(data.label)):
            absent["label"] = None
        return replace(data, **absent)  # type: ignore[arg-type]

    def _is_label(self, table: Table, name: str) -> bool:
        """Return whether a column has labels: the table has a header, or all cells are classes of training."""
        if table.headed:
            return True
        codes, names = table.codes(name)
        return set(names) <= set(self.known.class_names)

    def _samples(self, recordings: Recordings) -> NewSamples:
        recordings, rate = sort_by_time(recordings, self._report)
        rate = self.data.sampling_rate or rate
        recordings = choose_precision(self._with_channels(recordings), self._report)
        self.reading.report_remarks(recordings.ids[0].split(" ")[0])
        labels = [self._label(recordings, row) for row in range(len(recordings))]
        groups = recordings.groups
        other_rate = rate if rate and self.known.sampling_rate and rate != self.known.sampling_rate else None
        return NewSamples(recordings.values, recordings.ids, labels, groups, other_rate)

    def _label(self, recordings: Recordings, row: int) -> str | None:
        label = recordings.labels[row]
        if recordings.step_labels is not None:
            self._report("labels vary within recordings, and are not compared with the predictions")
            return None
        return recordings.class_names[label] if label >= 0 else None

    def _with_channels(self, recordings: Recordings) -> Recordings:
        """Return the recordings with the channels of training in order, matched by name or else by position.

        Raises:
            DataError: a channel is missing.
        """
        expected, channels = list(self.known.channel_names), recordings.channels
        if not expected or expected == channels:
            return recordings
        if set(expected) <= set(channels):
            extra = [name for name in channels if name not in expected]
            if extra:
                self._report(f"left out {', '.join(extra)}, which training did not use")
            places = [channels.index(name) for name in expected]
            return replace(recordings, values=[each[:, places] for each in recordings.values], channels=expected)
        if len(expected) == len(channels) and not set(expected) & set(channels):
            names = (*channels, *expected)
            if not all(name.startswith(UNNAMED) or name.isdigit() for name in names) and len(channels) > 1:
                self._report(f"{', '.join(channels)} are used as {', '.join(expected)}, in this order")
            return recordings
        missing = [name for name in expected if name not in channels]
        message = f"no channel {', '.join(missing)} among {', '.join(channels)}"
        place = f"{self.data.path}, {recordings.ids[0]}"
        raise DataError(message, file=place, value=missing, remedy="provide all channels of training")
