"""The contract between preprocessing and models: the inputs that a network must accept."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class TokenTable:
    """The vector of each token id. Id 0 is padding after the end of a text; id 1 is an unknown token.

    Args:
        mode: "none" (ids only), or a value of `config.Embedding.name`.
        count: number of ids, including padding and unknown.
        learned: ids below this one occur in the training part. The other ids have pretrained vectors only and are
            never trained.
        dim: length of a vector.
        vectors: (count, dim) floating, pretrained; None for random and one_hot.
        dropout: fraction of the elements of each vector dropped in training.
        word_dropout: fraction of whole tokens dropped in training.
        idf: (learned,) float32, inverse document frequencies of the ids of the training part; None if not computed.
    """

    mode: str
    count: int
    learned: int
    dim: int
    vectors: np.ndarray | None = None
    dropout: float = 0.0
    word_dropout: float = 0.0
    idf: np.ndarray | None = None


@dataclass(frozen=True)
class SpectrogramSpec:
    """The log-mel spectrogram that a network with two kernel axes receives for sound.

    Args:
        n_mels: number of mel bands.
        frame_length: steps per frame.
        hop_length: steps from one frame to the next.
        sampling_rate: in Hz.
        power_floor: power below which differences fade, relative to the mean power of a recording.
    """

    n_mels: int
    frame_length: int
    hop_length: int
    sampling_rate: float
    power_floor: float = 1e-4


@dataclass(frozen=True)
class InputSpec:
    """The shape of the inputs and outputs of a network.

    Args:
        sizes: size of the largest sample along each axis: (steps,), (height, width) or (depth, height, width); None
            along each axis if images or volumes may have any size.
        channels: channels of a sample.
        classes: number of classes.
        masked: whether samples differ in their number of steps, so that batches are padded and masked.
        tokens: for texts given as ids (batch, steps) int32; None otherwise.
        spectrogram: for sound, used by networks with two kernel axes; None otherwise.
        transform: name of an input transform (`models.layers.input_transforms`) placed before the network, or None.
    """

    sizes: tuple[int | None, ...]
    channels: int
    classes: int
    masked: bool = False
    tokens: TokenTable | None = None
    spectrogram: SpectrogramSpec | None = None
    transform: str | None = None

    @property
    def axes(self) -> tuple[int, ...]:
        """The numbers of kernel axes that a network may have."""
        return (1, 2) if self.spectrogram else (len(self.sizes),)

    @property
    def steps(self) -> int:
        """Steps of the longest series."""
        return self.sizes[0] or 0
