"""Tables whose columns a separator divides: .csv, .tsv and .txt."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from convpipe.data.separator import as_character
from convpipe.data.text.settings import TextTableSettings
from convpipe.data.text.source import LineTable
from convpipe.errors import ConfigError

SEPARATORS = {".csv": ",", ".tsv": "\t"}
WORDS = {",": "a comma", "\t": "a tab", " ": "a space"}

# The csv module refuses values above 128 kB unless it is told otherwise, for the whole process; a text may be longer.
csv.field_size_limit(2**31 - 1)


class Delimited(LineTable):
    """Texts in a column of such a table.

    The header is row 1, so that without quoted line ends a row is a line of the file.

    Raises:
        ConfigError: columns by name and by number mixed, or no separator that can be used.
        DataError: the file cannot be read, or lacks a column.
    """

    suffixes = (".csv", ".tsv", ".txt")

    def __init__(self, path: str, data: TextTableSettings):
        super().__init__(path, data)
        separator = data.separator or SEPARATORS.get(Path(path).suffix.lower())
        if separator is None:
            message = "data.separator is not set, and the suffix does not tell what separates columns"
            remedy = """set "data.separator=';'" or "data.separator=' '" or another character"""
            raise ConfigError(message, file=path, key="data.separator", remedy=remedy)
        self.separator = as_character(separator)
        self.quoted = data.quotes and self.separator != " "
        numbers = {name.isdecimal() for name in self.columns.values()}
        if len(numbers) > 1:
            message = "data.text, data.label and data.group mix names and numbers"
            remedy = "use names for all, or numbers for all where there is no header"
            raise ConfigError(message, key="data.text", value=data.text, remedy=remedy)
        # The first row holds the columns' names, unless they are wanted by their numbers.
        self.headed = numbers == {False}
        self.most = -1
        self.width, self.at = self._layout()
        # Where a space separates, the last column is a text that holds spaces itself.
        self.most = self.width - 1 if self.separator == " " else -1

    def _layout(self) -> tuple[int, list[int]]:
        """How many columns there are, and where the wanted ones stand."""
        if not self.headed and self.separator == " ":
            at = [int(name) for name in self.columns.values()]
            return max(at) + 1, at
        first = next(self._rows(self._lines()), [])
        names = [cell.strip() for cell in first] if self.headed else [str(number) for number in range(len(first))]
        shown = ", ".join(names) or "none, since the first row is blank"
        if not self.headed:
            shown = f"{len(names)}, counted from 0"
        other = next((mark for mark in ";\t|," if mark != self.separator and mark in "".join(names)), None)
        return len(names), self._places(names, shown, f'set "data.separator={other!r}"' if other else "")

    def _rows(self, lines: Iterable[str]) -> Iterator[list[str]]:
        if not self.quoted:
            yield from map(self._split, lines)
            return
        try:
            # csv takes another line only while a quote is open, so the latest line ends the latest row.
            yield from csv.reader(lines, delimiter=self.separator, strict=True)
        except csv.Error as error:
            self.row += 1
            reason, remedy = str(error).partition(" - ")[0], "correct the quotes, or use data.quotes=false"
            if "new-line character" in reason:
                reason, remedy = "a carriage return within a line", "write the file with LF or CRLF at line ends"
            raise self._broken(reason, remedy) from None

    def _split(self, line: str) -> list[str]:
        bare = line.removesuffix("\n").removesuffix("\r")
        return bare.split(self.separator, self.most) if bare else []

    def _is_record(self, row: list[str]) -> bool:
        return bool(row) and not (self.row == 1 and self.headed)

    def _picked(self, row: list[str]) -> list[str]:
        if len(row) != self.width:
            word = WORDS.get(self.separator, repr(self.separator))
            remedy = f"correct the row; {word} separates columns"
            if self.quoted:
                remedy = f'put a value that holds {word} into double quotes: "..."'
            raise self._broken(f"{len(row)} columns, expected {self.width}", remedy, value=len(row))
        return [row[place] for place in self.at]
