"""Stacks of convolutions along two or three axes, for images and for volumes: plain and residual."""

import keras
from keras import layers

from convpipe.models import Shape
from convpipe.models.blocks import normalized, scored
from convpipe.models.entry import enter
from convpipe.models.views import kernel_of, pool_of


def convolution(axes: int, filters: int, kernel_size, strides: int, name: str, padding="same", use_bias=False):
    """A Conv2D or Conv3D, by the number of `axes`; a normalisation after it makes its bias superfluous."""
    kind = {2: layers.Conv2D, 3: layers.Conv3D}[axes]
    name = f"{name}_convolution"
    return kind(filters, kernel_size, strides=strides, padding=padding, use_bias=use_bias, name=name)


def plain_network(settings, shape: Shape, axes: int, view: str | None = None) -> keras.Model:
    """Convolution, normalisation, ReLU and pooling, as often as there are entries; then the average.

    Args:
        settings: config.Cnn2d or config.Cnn3d.
        shape: of the problem.
        axes: along which kernels move, 2 or 3.
        view: what is shown of the samples instead, a row of `views.LAYER_OF`.
    """
    inputs, outputs = enter(shape, axes=axes, view=view)
    normalize, pooled = settings.batch_normalization, {2: layers.MaxPooling2D, 3: layers.MaxPooling3D}[axes]
    use_bias = not normalize or view == "height_one"  # as the Conv1D that it repeats
    layout = zip(settings.filters, settings.kernel_sizes, settings.strides, settings.pooling, strict=True)
    for number, (filters, size, strides, pooling) in enumerate(layout, 1):
        name, kernel = f"layer_{number}", kernel_of(view, size)
        outputs = convolution(axes, filters, kernel, strides, name, settings.padding, use_bias)(outputs)
        outputs = normalized(outputs, name) if normalize else layers.ReLU(name=f"{name}_relu")(outputs)
        if pooling > 1:
            outputs = pooled(pool_of(view, pooling, outputs.shape), name=f"{name}_pooling")(outputs)
    return finished(inputs, outputs, axes, shape, settings)


def residual_network(settings, shape: Shape, axes: int) -> keras.Model:
    """One convolution, then stages of residual blocks; each stage but the first halves every axis.

    Args:
        settings: config.ResNet2d or config.ResNet3d.
        shape: of the problem.
        axes: along which kernels move, 2 or 3.
    """
    inputs, outputs = enter(shape, axes=axes)
    outputs = normalized(convolution(axes, settings.filters[0], 3, 1, "first")(outputs), "first")
    for stage, filters in enumerate(settings.filters, 1):
        for block in range(1, settings.blocks + 1):
            strides = 2 if stage > 1 and block == 1 else 1
            outputs = _block(outputs, axes, filters, strides, f"stage_{stage}_block_{block}")
    return finished(inputs, outputs, axes, shape, settings)


def _block(inputs, axes: int, filters: int, strides: int, name: str):
    """Two convolutions beside a shortcut, which is a convolution of one position where the shape changes."""
    outputs = normalized(convolution(axes, filters, 3, strides, f"{name}_1")(inputs), f"{name}_1")
    outputs = normalized(convolution(axes, filters, 3, 1, f"{name}_2")(outputs), f"{name}_2", activation=False)
    if strides > 1 or inputs.shape[-1] != filters:
        inputs = convolution(axes, filters, 1, strides, f"{name}_shortcut")(inputs)
        inputs = normalized(inputs, f"{name}_shortcut", activation=False)
    return layers.ReLU(name=f"{name}_relu")(layers.Add(name=f"{name}_add")([inputs, outputs]))


def finished(inputs, outputs, axes: int, shape: Shape, settings) -> keras.Model:
    """The average over all positions, dropout, one score a class."""
    average = {2: layers.GlobalAveragePooling2D, 3: layers.GlobalAveragePooling3D}[axes]
    scores = scored(average(name="average")(outputs), shape.classes, settings.dropout)
    return keras.Model(inputs, scores, name=settings.name)
