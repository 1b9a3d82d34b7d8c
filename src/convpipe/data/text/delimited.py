"""Tables whose columns a separator divides: .csv, .tsv and .txt."""

import csv
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path

from convpipe import config
from convpipe.data.text.records import Record
from convpipe.data.text.source import Source
from convpipe.errors import ConfigError, DataError

SEPARATORS = {".csv": ",", ".tsv": "\t"}
WORDS = {",": "a comma", "\t": "a tab", " ": "a space"}

# The csv module refuses values above 128 kB unless it is told otherwise, for the whole process; a text may be longer.
csv.field_size_limit(2**31 - 1)


class Delimited(Sequence):
    """The texts of such a table, read again when they are asked for; `records` goes through its rows first.

    Rows are counted from 1, the header included, so that without quoted line ends a row is a line of the file.

    Args:
        path: of the table.
        data: columns, encoding, separator and quotes.

    Raises:
        ConfigError: columns by name and by number mixed, or no separator that can be used.
        DataError: the file cannot be read, or lacks a column.
    """

    def __init__(self, path: str, data: config.TextTable):
        self.path, self.wanted = path, {key: getattr(data, key) for key in ("text", "label", "group")}
        self.separator = _separator(path, data)
        self.quoted = data.quotes and self.separator != " "
        self.headed = _headed(self.wanted)
        self.source = Source(path, data.encoding)
        self.starts, self.ends, self.most = array("q"), array("q"), -1
        self.columns, self.at = self._columns()
        # Where a space separates, the last column is a text that holds spaces itself.
        self.most = self.columns - 1 if self.separator == " " else -1

    @property
    def sha256(self) -> str:
        return self.source.sha256

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, at):
        text = self.source.read(self.starts[at], self.ends[at])
        return next(self._csv([text]))[self.at["text"]] if self.quoted else self._split(text)[self.at["text"]]

    def records(self) -> Iterator[Record]:
        """Each row but the header and blank lines.

        Raises:
            DataError: a row of another number of columns, or one that is not as CSV should be.
        """
        text, label, group = self.at["text"], self.at["label"], self.at.get("group")
        for row, (start, end, cells) in enumerate(self._rows(), 1):
            if not cells or (row == 1 and self.headed):
                continue
            if len(cells) != self.columns:
                raise DataError(f"{self.path} row {row} has {len(cells)} columns, not {self.columns}; {self._remedy()}")
            self.starts.append(start)
            self.ends.append(end)
            yield Record(row, cells[text], cells[label].strip(), None if group is None else cells[group].strip())

    def _rows(self) -> Iterator[tuple[int, int, list[str]]]:
        """Where each row begins and ends in the source, and its cells; none for a blank line."""
        if not self.quoted:
            for line in self.source.lines():
                yield line.start, line.end, self._split(line.text)
            return
        start = end = self.source.start

        def lines() -> Iterator[str]:
            # csv takes another line only while a quote is open, so `end` is where its latest row ends.
            nonlocal end
            for line in self.source.lines():
                end = line.end
                yield line.text

        row = 0
        try:
            for cells in self._csv(lines()):
                yield start, end, cells
                start, row = end, row + 1
        except csv.Error as error:
            reason = str(error).partition(" - ")[0]
            remedy = "mend its quotes, or use data.quotes=false"
            if "new-line character" in reason:
                reason, remedy = (
                    "a carriage return within a line",
                    "write the file with line ends of today (LF or CRLF)",
                )
            raise DataError(f"{self.path} row {row + 1}: {reason}; {remedy}") from None

    def _csv(self, lines):
        return csv.reader(lines, delimiter=self.separator, strict=True)

    def _split(self, line: str) -> list[str]:
        bare = line.removesuffix("\n").removesuffix("\r")
        return bare.split(self.separator, self.most) if bare else []

    def _columns(self) -> tuple[int, dict[str, int]]:
        """How many columns there are, and where the wanted ones stand."""
        wanted = {key: name for key, name in self.wanted.items() if name is not None}
        if not self.headed and self.separator == " ":
            return max(map(int, wanted.values())) + 1, {key: int(name) for key, name in wanted.items()}
        first = next((cells for _, _, cells in self._rows()), [])
        names = [cell.strip() for cell in first] if self.headed else [str(number) for number in range(len(first))]
        for key, name in wanted.items():
            if names.count(name) != 1:
                raise DataError(f"{self.path} has {self._lack(name, names)}; {self._way_out(key, name, names)}")
        return len(names), {key: names.index(name) for key, name in wanted.items()}

    def _lack(self, name: str, names: list[str]) -> str:
        if name in names:
            return f"more than one column {name}"
        if not self.headed:
            return f"no column {name}, but {len(names)}, counted from 0"
        return f"no column {name}; its columns are: {', '.join(names) or 'none, since its first row is blank'}"

    def _way_out(self, key: str, name: str, names: list[str]) -> str:
        if name in names:
            return "rename one of them"
        other = next((mark for mark in ";\t|," if mark != self.separator and mark in "".join(names)), None)
        return f"set data.separator={other!r}" if other and self.headed else f"set data.{key}"

    def _remedy(self) -> str:
        word = WORDS.get(self.separator, repr(self.separator))
        if self.quoted:
            return f'a value that holds {word} must stand in double quotes: "..."'
        return f"{word} separates columns"


def _separator(path: str, data: config.TextTable) -> str:
    separator = data.separator or SEPARATORS.get(Path(path).suffix.lower())
    if separator is None:
        raise ConfigError(f"{path}: say what separates its columns, such as data.separator=';' or data.separator=' '")
    return separator.replace("\\t", "\t")


def _headed(wanted: dict[str, str | None]) -> bool:
    """Whether the first row holds the columns' names: not where they are wanted by their numbers."""
    numbers = {name.isdecimal() for name in wanted.values() if name is not None}
    if len(numbers) > 1:
        raise ConfigError("data.text, data.label and data.group must be all names, or all numbers (without a header)")
    return not numbers.pop()
