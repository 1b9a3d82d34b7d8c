"""The settings of the reader of tables of texts."""

from dataclasses import dataclass

from omegaconf import MISSING

from convpipe.config.data import DataSettings
from convpipe.config.schema import setting
from convpipe.data.separator import check_separator
from convpipe.errors import ConfigError


@dataclass
class TextTableSettings(DataSettings):
    """Your own table of texts and labels: CSV, TSV, JSONL or Parquet."""

    name: str = "text_table"
    reader: str = "text_table"
    path: str = setting(MISSING, "path of the table; its suffix is the format: .csv .tsv .txt .jsonl .parquet")
    test: str | None = setting(None, "path of a table with the test part; unset: split off data.path")
    validation: str | None = setting(None, "path of a table with the validation part; unset: split off data.path")
    text: str = setting("text", "name of the text column, or its number from 0 if there is no header")
    label: str = setting("label", "name of the label column, or its number from 0 if there is no header")
    group: str | None = setting(None, "column of groups that are never divided between parts (a film, an author)")
    encoding: str = setting("utf-8", "encoding of a CSV, TSV or JSONL file, such as utf-8, latin-1 or cp1252")
    #: With a space as separator, the last column is the rest of the line.
    separator: str | None = setting(None, "character between columns; unset: comma in .csv, tab in .tsv")
    quotes: bool = setting(True, "values in double quotes may contain separators and line ends (not if separator=' ')")
    empty: str = setting("unknown", "empty texts: keep as the unknown token, or refuse", choices=["unknown", "refuse"])

    def __post_init__(self):
        super().__post_init__()
        check_separator(self.separator)
        try:
            "a".encode(self.encoding)
        except LookupError:
            message, remedy = f"unknown data.encoding={self.encoding}", "use utf-8, latin-1 or cp1252, for example"
            raise ConfigError(message, key="data.encoding", value=self.encoding, remedy=remedy) from None
        if self.validation and not self.test:
            message, remedy = "data.validation needs data.test", "set data.test=FILE, or split.validation_size instead"
            raise ConfigError(message, key="data.validation", value=self.validation, remedy=remedy)
