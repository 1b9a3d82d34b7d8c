"""The stem of every network: its input and the preparation for the first layer."""

import keras

from convpipe.errors import ConfigError
from convpipe.input_spec import InputSpec, TokenTable
from convpipe.models.layers.masking import SeriesEnd


def build_input(spec: InputSpec, axes: int = 1, masked: bool = True):
    """Return the input of a network for samples of `spec`, and the input of its first layer.

    Series (batch, steps, channels) get a mask if they differ in length. Token ids (batch, steps) become vectors with a
    mask. Images (batch, height, width, channels) and volumes are unchanged. Sound becomes its spectrogram if kernels
    move along two axes.

    Args:
        spec: sizes, channels and classes that the network must fit.
        axes: number of axes along which kernels move.
        masked: False for layers that take NaN after the end of a series instead of a mask.
    """
    if spec.transform:
        from convpipe.models.layers.input_transforms import transformed_input

        return transformed_input(spec, spec.transform)
    if spec.tokens:
        return _tokens(spec.tokens)
    if len(spec.sizes) > 1:
        inputs = keras.Input((*spec.sizes, spec.channels), name="samples")
        return inputs, inputs
    if spec.spectrogram and axes == 2:
        from convpipe.models.layers.spectrogram import LogMel

        inputs, layer = keras.Input((spec.steps, spec.channels), name="sound"), LogMel.of(spec.spectrogram, "log_mel")
        layer.compute_output_shape(inputs.shape)  # raises if the sound is too short; the call would wrap the error
        return inputs, layer(inputs)
    inputs = keras.Input((None, spec.channels), name="series")
    return inputs, SeriesEnd(name="series_end")(inputs) if spec.masked and masked else inputs


def _tokens(table: TokenTable):
    from convpipe.models.layers.token_vectors import TokenVectors

    if table.mode == "none":
        message, remedy = "this model needs a vector for each token", "set embedding=random or another one"
        raise ConfigError(message, key="embedding", remedy=remedy)
    inputs = keras.Input((None,), dtype="int32", name="tokens")
    return inputs, TokenVectors.of(table, name="token_vectors")(inputs)
