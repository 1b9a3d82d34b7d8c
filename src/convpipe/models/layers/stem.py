"""Where samples enter a network: the input, and what its first layer sees."""

import keras

from convpipe.errors import ConfigError
from convpipe.input_spec import InputSpec, TokenTable
from convpipe.models.layers.masking import SeriesEnd


def build_input(spec: InputSpec, axes: int = 1, masked: bool = True):
    """The input of a network for samples of `spec`, and what its first layer sees.

    Series (batch, steps, channels) get a mask where they differ in their steps; token ids (batch, steps) become their
    vectors, with a mask; images (batch, height, width, channels) and volumes pass as they are; sound becomes its
    spectrogram where kernels are to move along two axes.

    Args:
        spec: of the samples.
        axes: along which the network moves its kernels.
        masked: False for layers that take NaN after a series' end instead of a mask.
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
        layer.compute_output_shape(inputs.shape)  # refuses what is too short; the call would wrap that error
        return inputs, layer(inputs)
    inputs = keras.Input((None, spec.channels), name="series")
    return inputs, SeriesEnd(name="series_end")(inputs) if spec.masked and masked else inputs


def _tokens(table: TokenTable):
    from convpipe.models.layers.token_vectors import TokenVectors

    if table.mode == "none":
        message, remedy = "this model needs a vector for each token", "choose embedding=random or another one"
        raise ConfigError(message, key="embedding", remedy=remedy)
    inputs = keras.Input((None,), dtype="int32", name="tokens")
    return inputs, TokenVectors.of(table, name="token_vectors")(inputs)
