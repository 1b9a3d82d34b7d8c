"""Networks for the waveform of sound: (batch, steps, 1) in, (batch, classes) float32 logits out."""

import keras

from convpipe import config
from convpipe.models import Shape
from convpipe.models.blocks import Conv1D, MaxPooling1D, classified, normalized
from convpipe.models.entry import enter


def build_m5(settings: config.M5, shape: Shape) -> keras.Model:
    """M5 (Dai, Dai, Qu, Li and Das 2017, "Very deep convolutional neural networks for raw waveforms", table 1): a
    first kernel long enough to be a band-pass filter, then kernels of three steps, a maximum over four steps between
    any two convolutions, and the average over time. Theirs has 128, 128, 256 and 512 filters."""
    inputs, outputs = enter(shape)
    for number, filters in enumerate(settings.filters, 1):
        name, first = f"layer_{number}", number == 1
        kernel_size, strides = (settings.kernel_size, settings.strides) if first else (3, 1)
        if not first:
            outputs = MaxPooling1D(4, name=f"{name}_pooling")(outputs)
        outputs = Conv1D(
            filters, kernel_size, strides=strides, padding="same", use_bias=False, name=f"{name}_convolution"
        )(outputs)
        outputs = normalized(outputs, name)
    return keras.Model(inputs, classified(outputs, shape.classes, 1, settings.dropout), name="m5")
