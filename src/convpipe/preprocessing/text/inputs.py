"""The common base of all text preprocessing."""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

import numpy as np

from convpipe.data.ragged import Ragged
from convpipe.errors import DataError
from convpipe.preprocessing import Preprocessing

#: Fraction of the training texts that are not truncated if preprocessing.max_length is unset.
WHOLE = 0.99


class TextPreprocessingBase(Preprocessing):
    """A preprocessing of texts."""

    modality: ClassVar[str] = "text"

    @abstractmethod
    def tokens(self, text: str) -> list[str]:
        """Return the tokens of a text, one per step of the network input, including unknown ones."""

    @abstractmethod
    def transform(self, inputs: Sequence, sample_ids: Sequence[str] | None = None) -> Ragged:
        """Return the input of a network, with one step per token."""

    @property
    def smallest_input_shape(self) -> tuple[int, ...]:
        return 1, *self.input_shape[1:]


def strings(inputs: Sequence, sample_ids: Sequence[str] | None = None) -> Iterator[str]:
    """Yield the inputs, and check that each is a string.

    Raises:
        DataError: an input is not a string; the error names it.
    """
    for number, text in enumerate(inputs):
        if not isinstance(text, str):
            sample_id = f"text {number}" if sample_ids is None else sample_ids[number]
            name = type(text).__name__
            raise DataError(f"expected a string, got {name}", file=sample_id, value=name)
        yield text


def choose_max_length(
    steps: np.ndarray, max_length: int | None, report: Callable[[str], None], most: int | None = None
) -> tuple[int, float]:
    """Return the most tokens of a text, and the fraction of the training texts that are truncated.

    Args:
        steps: (n,) number of tokens of each training text.
        max_length: as in `config.TextPreprocessingSettings`; None for the smallest that truncates at most 1 % of texts.
        report: called with one line.
        most: upper limit, None for no limit.
    """
    length = max_length or int(np.quantile(steps, WHOLE, method="inverted_cdf"))
    length = min(length, most or length)
    share = float((steps > length).mean())
    truncated = f"{share:.1%} of the training texts are truncated to {length:,} tokens"
    report(truncated if share else "no training text is truncated")
    return length, share
