"""Tables with a separator between columns: .csv, .tsv and .txt."""

import csv
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from unicodedata import normalize

from convpipe.data.separator import as_character
from convpipe.data.text.records import TextFile
from convpipe.data.text.rows import hidden_labels, is_header, stray_quote
from convpipe.data.text.settings import TextTableSettings
from convpipe.data.text.source import LineTable
from convpipe.errors import ConfigError, DataError

SEPARATORS = {".csv": ",", ".tsv": "\t"}
WORDS = {",": "a comma", "\t": "a tab", " ": "a space"}

#: Number of rows that are read to recognize a header.
PEEKED = 100

# The csv module refuses values above 128 kB by default. The limit is global, and a text may be longer.
csv.field_size_limit(2**31 - 1)


def _recorded(lines: Iterable[str], taken: list[str]) -> Iterator[str]:
    """Yield the lines, and append each to `taken` first."""
    for line in lines:
        taken.append(line)
        yield line


class Delimited(LineTable):
    """Texts in a column of a delimited table.

    The header is row 1, so row numbers are line numbers unless a quoted value contains a line end. In a table with
    tabs, quotation marks are ordinary characters if every line is a row and some mark does not enclose a value.

    Raises:
        ConfigError: columns by name and by number mixed, or no valid separator.
        DataError: the file cannot be read, or lacks a column.
    """

    suffixes = (".csv", ".tsv", ".txt")

    def __init__(self, path: str, data: TextTableSettings):
        super().__init__(path, data)
        separator = data.separator or SEPARATORS.get(Path(path).suffix.lower())
        if separator is None:
            message = "data.separator is not set, and the suffix does not imply one"
            remedy = """set "data.separator=';'" or "data.separator=' '" or another character"""
            raise ConfigError(message, file=path, key="data.separator", remedy=remedy)
        self.separator = as_character(separator)
        self.quoted = data.quotes and self.separator != " "
        self.guesses: list[str] = []
        #: row with several lines that look like rows -> the labels of these lines.
        self.hiding: dict[int, list[str]] = {}
        self.columns = {key: normalize("NFC", name) for key, name in self.columns.items()}
        numbers = {name.isdecimal() for name in self.columns.values()}
        if len(numbers) > 1:
            message = "data.text, data.label and data.group mix names and numbers"
            remedy = "use names for all, or numbers for all if there is no header"
            raise ConfigError(message, key="data.text", value=data.text, remedy=remedy)
        # The first row is a header if the settings select columns by name.
        self.headed = numbers == {False}
        self.most, self.width, self.at = -1, 0, [0, 0]
        self._find_stray_quotes()
        self.width, self.at = self._layout()
        # If the separator is a space, the last column is a text that contains spaces.
        self.most = self.width - 1 if self.separator == " " else -1
        self._find_header()

    def _find_stray_quotes(self) -> None:
        line = stray_quote(self._lines(), "\t") if self.quoted and self.separator == "\t" else None
        if line is not None:
            self.quoted = False
            why = f"since the one in line {line} does not enclose a value (as with data.quotes=false)"
            self.guesses.append(f"{self.path}: quotation marks are ordinary characters, {why}")

    def _find_header(self) -> None:
        """Recognize a header to skip if the settings select columns by number."""
        if self.headed:
            return
        try:
            rows = [[row[place] for place in self.at[:2]] for row in islice(self._rows(self._lines()), PEEKED) if row]
            self.headed = is_header(rows[0], rows[1:])
        except (DataError, IndexError):  # `records` reports the row later
            self.row = 0
            return
        finally:
            self.hiding.clear()
        if self.headed:
            names = f"text {rows[0][0]!r}, label {rows[0][1]!r}"
            self.guesses.append(f"{self.path}: the first row is a header ({names}), not a sample")

    def remarks(self, file: TextFile) -> Iterator[str]:
        """Yield lines on guesses and possible mistakes."""
        yield from self.guesses
        first = file.names[file.labels[0]]
        if not self.headed and len(file) > 2 and (file.labels == file.labels[0]).sum() == 1:
            remedy = "if it is a header, set data.text and data.label to names of columns"
            yield f"warning: {self.path}: the label {first!r} of the first row occurs nowhere else; {remedy}"
        known = {*file.names}
        for row, labels in self.hiding.items():
            if known.issuperset(labels):
                what = f"row {row} spans {len(labels) + 1} lines that look like rows, because of a quotation mark"
                yield f"warning: {self.path}: {what}; close it, or set data.quotes=false"

    def _layout(self) -> tuple[int, list[int]]:
        """Return the number of columns, and the positions of the selected ones."""
        if not self.headed and self.separator == " ":
            at = [int(name) for name in self.columns.values()]
            return max(at) + 1, at
        first = next(self._rows(self._lines()), [])
        names = (
            [normalize("NFC", cell.strip()) for cell in first]
            if self.headed
            else [str(number) for number in range(len(first))]
        )
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
            # csv reads a further line only inside a quoted value, so the last line read ends the row.
            taken: list[str] = []
            for row in csv.reader(_recorded(lines, taken), delimiter=self.separator, strict=True):
                if len(taken) > 1 and (labels := hidden_labels(taken, self.separator, self.width, self.at[1])):
                    self.hiding[self.row + 1] = labels
                taken.clear()
                yield row
        except csv.Error as error:
            self.row += 1
            reason, remedy = str(error).partition(" - ")[0], "correct the quotes, or set data.quotes=false"
            if "new-line character" in reason:
                reason, remedy = "a carriage return within a line", "write the file with LF or CRLF at line ends"
            raise self._broken(reason, remedy) from None

    def _split(self, line: str) -> list[str]:
        line = line.removesuffix("\n").removesuffix("\r")
        return line.split(self.separator, self.most) if line else []

    def _is_record(self, row: list[str]) -> bool:
        return bool(row) and not (self.row == 1 and self.headed)

    def _picked(self, row: list[str]) -> list[str]:
        if len(row) != self.width:
            word = WORDS.get(self.separator, repr(self.separator))
            remedy = f"correct the row; {word} separates columns"
            if self.quoted:
                remedy = f'put a value that contains {word} into double quotes: "..."'
            raise self._broken(f"{len(row)} columns, expected {self.width}", remedy, value=len(row))
        return [row[place] for place in self.at]
