"""An explanation: the map of one sample, and what is needed to print and draw it."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Axis:
    """One axis of a map, in the unit that people read.

    Args:
        name: such as "time", "channel", "row".
        unit: of the edges; "" where positions have only names.
        edges: (positions + 1,) where each position begins and ends.
        labels: of the positions; empty where the edges say enough.
    """

    name: str
    unit: str
    edges: np.ndarray
    labels: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.edges) - 1


@dataclass(frozen=True)
class Spectrogram:
    """The spectrogram that a network takes, or that of a recording whose wave it takes.

    Args:
        values: (frames, bands) float.
        times: (frames + 1,) edges in seconds or steps.
        frequencies: (bands + 1,) edges in Hz, or in cycles a step.
    """

    values: np.ndarray
    times: np.ndarray
    frequencies: np.ndarray


@dataclass(frozen=True)
class Winner:
    """The window in which a kernel of a `text_cnn` found its maximum, from token `start` to before `stop`, and what
    that is worth: activation times the weight of the class that the kernel speaks for."""

    kernel_size: int
    filter: int
    start: int
    stop: int
    activation: float
    speaks_for: int
    worth: float


@dataclass(frozen=True)
class KernelShare:
    """What fixed kernels of one dilation add to each class.

    Args:
        name: the pattern of a kernel, or the group of kernels.
        dilation: steps from one tap to the next.
        channels: that it adds up, by their number.
        scores: (classes,) float64, over all steps.
        start, stop: the stretch of steps that it looked at where it adds most to the class that is explained.
    """

    name: str
    dilation: int
    channels: tuple[int, ...]
    scores: np.ndarray
    start: int
    stop: int


@dataclass(frozen=True)
class Explanation:
    """What the positions of a sample add to the scores (logits) of the classes.

    Args:
        modality: of the sample.
        sample: as it is drawn: series and sound (steps, channels), image (height, width, channels), volume (depth,
            height, width, channels); the text.
        scores: (positions..., classes) float64.
        axes: of the positions.
        constant: (classes,) float64. Where `exact`, the sum of the scores over all positions plus it is `logits`.
        logits: (classes,) float64: of several networks their weighted mean, of several windows the mean of theirs.
        probabilities: (classes,) float32, as the classifier predicts them.
        class_names: in the order of the classes.
        label: the class that is explained.
        method: how the scores were found.
        exact: whether they add up.
        sample_id: what the sample is called.
        sampling_rate: of series and sound in Hz, None where unknown.
        channel_names: of series.
        tokens: of a text, as the network sees them, up to the cut.
        left_out: tokens behind the cut.
        winners: of a single `text_cnn`, the kernels that found something, the most telling first.
        kernels: of fixed kernels, those that add most to the class that is explained.
        spectrogram: of sound, and where the positions are those of one.
        warnings: in which ways the sample is unlike those of training.
    """

    modality: str
    sample: Any
    scores: np.ndarray
    axes: tuple[Axis, ...]
    constant: np.ndarray
    logits: np.ndarray
    probabilities: np.ndarray
    class_names: tuple[str, ...]
    label: int
    method: str
    exact: bool
    sample_id: str = ""
    sampling_rate: float | None = None
    channel_names: tuple[str, ...] = ()
    tokens: list[str] = field(default_factory=list)
    left_out: int = 0
    winners: list[Winner] = field(default_factory=list)
    kernels: list[KernelShare] = field(default_factory=list)
    spectrogram: Spectrogram | None = None
    warnings: tuple[str, ...] = ()

    @property
    def predicted(self) -> int:
        """The likeliest class."""
        return int(self.probabilities.argmax())

    @property
    def rival(self) -> int:
        """The likeliest of the other classes than the one that is explained."""
        others = np.where(np.arange(len(self.probabilities)) == self.label, -1, self.probabilities)
        return int(others.argmax())

    @property
    def method_line(self) -> str:
        """The method, and whether the scores add up."""
        return f"{self.method} ({'exact' if self.exact else 'approximate'})"

    @property
    def values(self) -> np.ndarray:
        """(positions...) for the class that is explained."""
        return self.for_class(self.label)

    def for_class(self, label: int) -> np.ndarray:
        """(positions...) what each position adds to a class beyond what it adds to the mean of the others."""
        return beyond_others(self.scores, label)


def beyond_others(scores: np.ndarray, label: int) -> np.ndarray:
    """Scores (..., classes) of a class less the mean of the others.

    >>> beyond_others(np.array([3.0, 1.0, 0.0]), 0)
    np.float64(2.5)
    """
    return scores[..., label] - np.delete(scores, label, axis=-1).mean(axis=-1)
