"""Where samples enter a network: the input, and what its first layer sees."""

import keras

from convpipe.errors import ConfigError
from convpipe.models import Shape
from convpipe.models.blocks import SeriesEnd


def enter(shape: Shape, axes: int = 1, masked: bool = True, view: str | None = None):
    """The input of a network for samples of `shape`, and what its first layer sees.

    Series (batch, steps, channels) get a mask where they differ in their steps; token ids (batch, steps) become their
    vectors, with a mask; images (batch, height, width, channels) and volumes pass as they are; sound becomes its
    spectrogram where kernels are to move along two axes.

    Args:
        shape: of the samples.
        axes: along which the network moves its kernels.
        masked: False for layers that take NaN after a series' end instead of a mask.
        view: what is shown of them instead, a row of `models.views.LAYER_OF`.
    """
    if view:
        from convpipe.models.views import enter_viewed

        return enter_viewed(shape, view)
    if shape.tokens:
        return _tokens(shape)
    if len(shape.sizes) > 1:
        inputs = keras.Input((*shape.sizes, shape.channels), name="samples")
        return inputs, inputs
    if axes == 2:
        return _spectrogram(shape)
    inputs = keras.Input((None, shape.channels), name="series")
    return inputs, SeriesEnd(name="series_end")(inputs) if shape.masked and masked else inputs


def _tokens(shape: Shape):
    from convpipe.models.embedding import TokenVectors

    if shape.tokens.mode == "none":
        raise ConfigError("this model needs a vector for each token; choose one with embedding=random or another")
    inputs = keras.Input((None,), dtype="int32", name="tokens")
    return inputs, TokenVectors.of(shape.tokens, name="token_vectors")(inputs)


def _spectrogram(shape: Shape):
    from convpipe.models.spectrogram import LogMel

    frame, rate = shape.spectrogram.frame, shape.spectrogram.sampling_rate
    if shape.steps < frame:
        raise ConfigError(
            f"recordings of {shape.steps / rate:g} s are shorter than a frame of the spectrogram, {frame / rate:g} s; "
            "lower preprocessing.frame, or raise preprocessing.seconds"
        )
    inputs = keras.Input((shape.steps, shape.channels), name="sound")
    return inputs, LogMel.of(shape.spectrogram, name="log_mel")(inputs)
