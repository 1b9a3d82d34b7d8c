"""Tables whose columns a separator divides: .csv, .tsv and .txt."""

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

#: Rows that tell whether the first is a header.
PEEKED = 100

# The csv module refuses values above 128 kB unless it is told otherwise, for the whole process; a text may be longer.
csv.field_size_limit(2**31 - 1)


def _noted(lines: Iterable[str], taken: list[str]) -> Iterator[str]:
    """The lines; each that was asked for is in `taken`."""
    for line in lines:
        taken.append(line)
        yield line


class Delimited(LineTable):
    """Texts in a column of such a table.

    The header is row 1, so that without quoted line ends a row is a line of the file. A quotation mark in a table with
    tabs is a character where every line is a row and the mark encloses no value.

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
        self.guesses: list[str] = []
        #: Rows of several lines that look like rows themselves, with the labels of these.
        self.hiding: dict[int, list[str]] = {}
        self.columns = {key: normalize("NFC", name) for key, name in self.columns.items()}
        numbers = {name.isdecimal() for name in self.columns.values()}
        if len(numbers) > 1:
            message = "data.text, data.label and data.group mix names and numbers"
            remedy = "use names for all, or numbers for all where there is no header"
            raise ConfigError(message, key="data.text", value=data.text, remedy=remedy)
        # The first row holds the columns' names, unless they are wanted by their numbers.
        self.headed = numbers == {False}
        self.most, self.width, self.at = -1, 0, [0, 0]
        self._find_stray_quotes()
        self.width, self.at = self._layout()
        # Where a space separates, the last column is a text that holds spaces itself.
        self.most = self.width - 1 if self.separator == " " else -1
        self._find_header()

    def _find_stray_quotes(self) -> None:
        line = stray_quote(self._lines(), "\t") if self.quoted and self.separator == "\t" else None
        if line is not None:
            self.quoted = False
            why = f"since that in line {line} encloses no value (as data.quotes=false)"
            self.guesses.append(f"{self.path}: quotation marks are characters of the texts, {why}")

    def _find_header(self) -> None:
        """Pass over the names of the columns where these are wanted by their numbers."""
        if self.headed:
            return
        try:
            rows = [[row[place] for place in self.at[:2]] for row in islice(self._rows(self._lines()), PEEKED) if row]
            self.headed = is_header(rows[0], rows[1:])
        except (DataError, IndexError):  # reading the rows in earnest will tell where
            self.row = 0
            return
        finally:
            self.hiding.clear()
        if self.headed:
            names = f"text {rows[0][0]!r}, label {rows[0][1]!r}"
            self.guesses.append(f"{self.path}: the first row is a header ({names}) and no sample")

    def remarks(self, file: TextFile) -> Iterator[str]:
        """Lines on what was guessed, and on what may be wrong."""
        yield from self.guesses
        first = file.names[file.labels[0]]
        if not self.headed and len(file) > 2 and (file.labels == file.labels[0]).sum() == 1:
            remedy = "if it is a header, write the names of the columns into data.text and data.label"
            yield f"warning: {self.path}: the label {first!r} of the first row occurs nowhere else; {remedy}"
        known = {*file.names}
        for row, labels in self.hiding.items():
            if known.issuperset(labels):
                what = f"row {row} holds {len(labels) + 1} lines that look like rows, because of a quotation mark"
                yield f"warning: {self.path}: {what}; close it, or set data.quotes=false"

    def _layout(self) -> tuple[int, list[int]]:
        """How many columns there are, and where the wanted ones stand."""
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
            # csv takes another line only while a quote is open, so the latest line ends the latest row.
            taken: list[str] = []
            for row in csv.reader(_noted(lines, taken), delimiter=self.separator, strict=True):
                if len(taken) > 1 and (labels := hidden_labels(taken, self.separator, self.width, self.at[1])):
                    self.hiding[self.row + 1] = labels
                taken.clear()
                yield row
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
