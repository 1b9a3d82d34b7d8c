"""Warnings that count samples, added up over the batches of a long input."""

from collections.abc import Callable, Sequence
from typing import Self

from convpipe.data.new_samples import each_line_once


class Warned(str):
    """A warning on some of n samples, with its counts as attributes.

    >>> Warned(1, 1200, "texts are empty", "row 3")
    '1 of 1,200 texts are empty, such as row 3'
    """

    samples: int
    total: int
    what: str
    example: str

    def __new__(cls, count: int, total: int, what: str, example: str) -> Self:
        """Format the line.

        Args:
            count: number of affected samples.
            total: number of checked samples.
            what: plural of the samples and the finding, such as "texts are empty".
            example: an affected sample.
        """
        line = super().__new__(cls, f"{count:,} of {total:,} {what}, such as {example}")
        line.samples, line.total, line.what, line.example = int(count), int(total), what, example
        return line

    def __getnewargs__(self) -> tuple[int, int, str, str]:  # type: ignore[override]
        """Arguments of `__new__`, for copies and pickling."""
        return self.samples, self.total, self.what, self.example


class Warnings:
    """Warnings of many batches. Those that count samples are added up and reported at the end.

    Args:
        report: called with each line.
    """

    def __init__(self, report: Callable[[str], None]):
        self._report, self._report_once, self._batches = report, each_line_once(report), 0
        self._counted: dict[str, tuple[Warned, int]] = {}

    def add(self, lines: Sequence[str]) -> None:
        """Add the warnings of a batch, which may be empty."""
        self._batches += 1
        for line in lines:
            if isinstance(line, Warned):
                first, count = self._counted.get(line.what, (line, 0))
                self._counted[line.what] = first, count + line.samples
            else:
                self._report_once(f"warning: {line}")

    def end(self) -> None:
        """Report the warnings that count samples. The total is only known for a single batch."""
        for first, count in self._counted.values():
            line = first if self._batches == 1 else f"{count:,} {first.what}, such as {first.example}"
            self._report(f"warning: {line}")
