"""The settings of your own table of texts."""

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
    path: str = setting(MISSING, "path of the table; its suffix tells the format: .csv .tsv .txt .jsonl .parquet")
    test: str | None = setting(None, "path of a table of the test part; unset: cut from the first")
    validation: str | None = setting(None, "path of a table of the validation part; unset: cut from the first")
    text: str = setting("text", "name of the text column; a number counts columns from 0 where there is no header")
    label: str = setting("label", "name of the label column; a number counts columns from 0 where there is no header")
    group: str | None = setting(None, "name of a column of groups that may not stand in two parts (a film, an author)")
    encoding: str = setting("utf-8", "encoding of a CSV, TSV or JSONL file, such as utf-8, latin-1 or cp1252")
    #: After a space as separator the last column is the rest of the line.
    separator: str | None = setting(None, "what separates columns; unset: comma in .csv, tab in .tsv")
    quotes: bool = setting(True, "whether a value in double quotes may hold separators and line ends (not with spaces)")
    empty: str = setting("unknown", "empty texts: keep as unknown, or refuse", choices=["unknown", "refuse"])

    def __post_init__(self):
        super().__post_init__()
        check_separator(self.separator)
        try:
            "a".encode(self.encoding)
        except LookupError:
            message, remedy = f"data.encoding={self.encoding} is unknown", "use one such as utf-8, latin-1 or cp1252"
            raise ConfigError(message, key="data.encoding", value=self.encoding, remedy=remedy) from None
        if self.validation and not self.test:
            message, remedy = "data.validation needs data.test as well", "set it, or use split.validation_size instead"
            raise ConfigError(message, key="data.validation", value=self.validation, remedy=remedy)
