"""An explanation: the map of one sample, and the data to print and plot it."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Axis:
    """One axis of a map in physical units.

    Args:
        name: such as "time", "channel", "row".
        unit: of the edges; "" without a unit.
        edges: (positions + 1,) edges of the positions.
        labels: names of the positions; empty if they have none.
    """

    name: str
    unit: str
    edges: np.ndarray
    labels: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.edges) - 1


@dataclass(frozen=True)
class Spectrogram:
    """The spectrogram of a sample: the input of the network, or for display if the network uses the waveform.

    Args:
        values: (frames, bands) float.
        times: (frames + 1,) edges in seconds or steps.
        frequencies: (bands + 1,) edges in Hz, or in cycles per step.
    """

    values: np.ndarray
    times: np.ndarray
    frequencies: np.ndarray


@dataclass(frozen=True)
class Winner:
    """The window of tokens (`start` to before `stop`) in which a kernel of a `text_cnn` has its maximum activation.

    `label` is the class with the largest weight of the kernel; `contribution` is the activation times this weight.
    """

    kernel_size: int
    filter: int
    start: int
    stop: int
    activation: float
    label: int
    contribution: float


@dataclass(frozen=True)
class KernelShare:
    """The contribution of a fixed kernel with one dilation to each class.

    Args:
        name: pattern of the kernel, or its group and number.
        dilation: steps from one tap to the next.
        channels: indices of the channels that the kernel sums.
        scores: (classes,) float64, summed over all steps.
        start, stop: the interval of steps with the largest contribution to the explained class.
    """

    name: str
    dilation: int
    channels: tuple[int, ...]
    scores: np.ndarray
    start: int
    stop: int


@dataclass(frozen=True)
class Explanation:
    """The contributions of the positions of a sample to the scores (logits) of the classes.

    Args:
        modality: of the sample.
        sample: for display: series and sound (steps, channels), image (height, width, channels), volume (depth, height,
            width, channels), or the text.
        scores: (positions..., classes) float64.
        axes: of the positions.
        constant: (classes,) float64. If `exact`, the sum of the scores over all positions plus the constant is
            `logits`.
        logits: (classes,) float64; weighted mean over the networks of an ensemble, mean over windows.
        probabilities: (classes,) float32, predicted by the classifier.
        class_names: in the order of the classes.
        label: the explained class.
        method: name of the method.
        exact: whether the scores add up to the logits.
        sample_id: for titles and messages.
        sampling_rate: of series and sound in Hz, None if unknown.
        channel_names: of series.
        tokens: of a text, up to the maximum length of the network.
        left_out: number of tokens after the maximum length.
        winners: for a single `text_cnn`, the windows of kernels with a positive maximum, largest contribution first.
        kernels: fixed kernels with the largest contributions to the explained class.
        spectrogram: of sound, or if the positions are frames and bands.
        warnings: differences of the sample from the training data.
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
        """The predicted class."""
        return int(self.probabilities.argmax())

    @property
    def rival(self) -> int:
        """The most probable class other than the explained one."""
        others = np.where(np.arange(len(self.probabilities)) == self.label, -1, self.probabilities)
        return int(others.argmax())

    @property
    def method_line(self) -> str:
        """The method, and whether it is exact."""
        return f"{self.method} ({'exact' if self.exact else 'approximate'})"

    @property
    def values(self) -> np.ndarray:
        """(positions...) contributions to the explained class, relative to the others."""
        return self.for_class(self.label)

    def for_class(self, label: int) -> np.ndarray:
        """Return the (positions...) contributions to a class minus the mean of those to the others."""
        return relative_to_others(self.scores, label)


def relative_to_others(scores: np.ndarray, label: int) -> np.ndarray:
    """Return the scores (..., classes) of a class minus the mean of the others.

    >>> relative_to_others(np.array([3.0, 1.0, 0.0]), 0)
    np.float64(2.5)
    """
    return scores[..., label] - np.delete(scores, label, axis=-1).mean(axis=-1)
