"""Settings of your own series."""

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
    """Your own series, in files, tables or arrays; what is not set is recognized and said."""

    name: str = "series"
    reader: str = "series"
    path: Any = setting(MISSING, "a file or a folder; [A,B] for several")
    test: Any = setting(
        None, "files or folders of the official test part; unset: NAME_TEST beside NAME_TRAIN; []: none"
    )
    layout: str = setting(
        "auto",
        "files: a recording a file; long: a row is a step, a recording has many; wide: a row is a whole series",
        choices=["auto", "files", "long", "wide"],
    )
    label: str | None = setting(
        None, "column or array of the classes: a name, or a number from 0; or a file with a class a row"
    )
    recording: Any = setting(None, "column of a long table that tells recordings apart; [A,B] for several together")
    group: str | None = setting(
        None, "column, array or file of who or what may not stand in two parts, such as a person"
    )
    time: str | None = setting(None, "column of the time, in seconds or as dates")
    columns: list[str] | None = setting(None, "columns that are channels (or steps of a wide table): names, or numbers")
    pattern: str | None = setting(None, PATTERN_MEANING)
    intervals: str | None = setting(
        None, "table of labels: columns recording, label and, for parts of recordings, start and end"
    )
    sampling_rate: float | None = setting(None, "steps a second (Hz); unset: taken from the time", low=1e-6)
    resample: float | None = setting(None, "steps a second (Hz) after linear interpolation; unset: as it is", low=1e-6)
    channels_first: bool = setting(False, "arrays are (samples, channels, steps) instead of (samples, steps, channels)")
    separator: str | None = setting(None, "character between columns; unset: recognized among tab ; | , and space")
    decimal: str | None = setting(None, "decimal mark; unset: recognized", choices=[".", ","])
    header: bool | None = setting(None, "whether the first row holds names; unset: recognized")
    skip_rows: int | None = setting(None, "lines before the table; unset: recognized", low=0)

    def __post_init__(self):
        super().__post_init__()
        check_separator(self.separator)
        for key in ("path", "test", "recording"):
            for each in names_in(getattr(self, key)):
                if not isinstance(each, str | int):
                    message, remedy = f"data.{key}={each} is no text", f"write data.{key}=TEXT or data.{key}=[A,B]"
                    raise ConfigError(message, key=f"data.{key}", value=each, remedy=remedy)


def paths_in(value: Any) -> list[Path]:
    """The paths in such a setting, with ~ as the home."""
    return [Path(os.path.expanduser(str(each))) for each in names_in(value)]


def names_in(value: Any) -> list:
    """The items of a setting that holds one text, several or none."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]
