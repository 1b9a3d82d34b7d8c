"""Settings of the reader of the user's own series."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import MISSING

from convpipe.config.data import DataSettings
from convpipe.config.schema import setting
from convpipe.data.file_names import PATTERN_MEANING
from convpipe.data.separator import check_separator
from convpipe.errors import ConfigError


@dataclass
class SeriesSettings(DataSettings):
    """Your own series, in files, tables or arrays. Unset options are recognized and reported."""

    name: str = "series"
    reader: str = "series"
    path: Any = setting(MISSING, "a file or a folder; [A,B] for several")
    test: Any = setting(
        None, "files or folders of the official test part; unset: NAME_TEST next to NAME_TRAIN; []: no file"
    )
    layout: str = setting(
        "auto",
        "files: one file per recording; long: one row per step; wide: one row per series",
        choices=["auto", "files", "long", "wide"],
    )
    label: str | None = setting(
        None, "column or array of the classes, by name or number from 0; or a file with one class per row"
    )
    recording: Any = setting(None, "column that identifies the recordings of a long table; [A,B] combines columns")
    group: str | None = setting(
        None, "column, array or file of groups that are never divided between parts, such as persons"
    )
    time: str | None = setting(None, "column of the time, in seconds or as dates")
    columns: list[str] | None = setting(None, "columns that are channels (in a wide table: steps), by name or number")
    pattern: str | None = setting(None, PATTERN_MEANING)
    intervals: str | None = setting(
        None, "table of labels with columns recording and label and, for parts of recordings, start and end"
    )
    sampling_rate: float | None = setting(None, "sampling rate in Hz; unset: taken from the time", low=1e-6)
    resample: float | None = setting(
        None, "new sampling rate in Hz, by linear interpolation; unset: unchanged", low=1e-6
    )
    channels_first: bool = setting(False, "arrays are (samples, channels, steps) instead of (samples, steps, channels)")
    separator: str | None = setting(None, "character between columns; unset: recognized among tab ; | , and space")
    decimal: str | None = setting(None, "decimal mark; unset: recognized", choices=[".", ","])
    header: bool | None = setting(None, "whether the first row is a header; unset: recognized")
    skip_rows: int | None = setting(None, "number of lines before the table; unset: recognized", low=0)

    def __post_init__(self):
        super().__post_init__()
        check_separator(self.separator)
        for key in ("path", "test", "recording"):
            for each in names_in(getattr(self, key)):
                if not isinstance(each, str | int):
                    message, remedy = f"data.{key}={each} is not a text", f"write data.{key}=TEXT or data.{key}=[A,B]"
                    raise ConfigError(message, key=f"data.{key}", value=each, remedy=remedy)


def paths_in(value: Any) -> list[Path]:
    """Return the paths in the value of a setting, with ~ expanded."""
    return [Path(os.path.expanduser(str(each))) for each in names_in(value)]


def names_in(value: Any) -> list:
    """Return the items in the value of a setting: a list, a single item or None."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]
