"""Warnings of some samples, which add up over the pieces of a long input."""

from collections.abc import Callable, Sequence
from typing import Self

from convpipe.data.new_samples import each_line_once


class Warned(str):
    """A line on some of n samples, with its numbers.

    >>> Warned(1, 1200, "texts are empty", "row 3")
    '1 of 1,200 texts are empty, such as row 3'
    """

    samples: int
    total: int
    what: str
    example: str

    def __new__(cls, count: int, total: int, what: str, example: str) -> Self:
        """The line.

        Args:
            count: samples that it holds for.
            total: samples that were looked at.
            what: holds for them, beginning with their plural.
            example: one of them.
        """
        line = super().__new__(cls, f"{count:,} of {total:,} {what}, such as {example}")
        line.samples, line.total, line.what, line.example = int(count), int(total), what, example
        return line

    def __getnewargs__(self) -> tuple[int, int, str, str]:  # type: ignore[override]
        """What a copy is made of."""
        return self.samples, self.total, self.what, self.example


class Warnings:
    """Warnings of many pieces: what counts samples is said once, at the end, for all of them.

    Args:
        say: is handed each line.
    """

    def __init__(self, say: Callable[[str], None]):
        self._say, self._say_once, self._pieces = say, each_line_once(say), 0
        self._counted: dict[str, tuple[Warned, int]] = {}

    def add(self, lines: Sequence[str]) -> None:
        """Take the warnings of a piece, which may have none."""
        self._pieces += 1
        for line in lines:
            if isinstance(line, Warned):
                first, count = self._counted.get(line.what, (line, 0))
                self._counted[line.what] = first, count + line.samples
            else:
                self._say_once(f"warning: {line}")

    def end(self) -> None:
        """Say the warnings that count samples; of how many is only known for a single piece."""
        for first, count in self._counted.values():
            line = first if self._pieces == 1 else f"{count:,} {first.what}, such as {first.example}"
            self._say(f"warning: {line}")
