"""What every preprocessing of texts shares."""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

import numpy as np

from convpipe.data.ragged import Ragged
from convpipe.errors import DataError
from convpipe.preprocessing import Preprocessing

#: Share of the training texts that are not cut, where preprocessing.max_length leaves it open.
WHOLE = 0.99


class TextPreprocessingBase(Preprocessing):
    """A preprocessing of texts."""

    modality: ClassVar[str] = "text"

    @abstractmethod
    def tokens(self, text: str) -> list[str]:
        """The tokens of a text as the network sees them, one a step (also those that it does not know)."""

    @abstractmethod
    def transform(self, inputs: Sequence, sample_ids: Sequence[str] | None = None) -> Ragged:
        """The input of a network, a step a token."""

    @property
    def smallest_input_shape(self) -> tuple[int, ...]:
        return 1, *self.input_shape[1:]


def strings(inputs: Sequence, sample_ids: Sequence[str] | None = None) -> Iterator[str]:
    """The inputs one by one, each checked to be a string.

    Raises:
        DataError: one is not; the error names it.
    """
    for number, text in enumerate(inputs):
        if not isinstance(text, str):
            sample_id = f"text {number}" if sample_ids is None else sample_ids[number]
            kind = type(text).__name__
            raise DataError(f"not a string but a {kind}", file=sample_id, value=kind)
        yield text


def choose_max_length(
    steps: np.ndarray, max_length: int | None, report: Callable[[str], None], most: int | None = None
) -> tuple[int, float]:
    """Where texts are cut (tokens), and the share of the training texts that are.

    Args:
        steps: (n,) tokens of each training text.
        max_length: as in `config.TextPreprocessingSettings`; None: the fewest tokens that leave 99 % of texts whole.
        most: what no cut exceeds, None for no limit.
    """
    chosen = max_length or int(np.quantile(steps, WHOLE, method="inverted_cdf"))
    chosen = min(chosen, most or chosen)
    share = float((steps > chosen).mean())
    report(f"cut {share:.1%} of the training texts at {chosen:,} tokens" if share else "no training text is cut")
    return chosen, share
