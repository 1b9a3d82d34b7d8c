"""Networks for volumes: (batch, depth, height, width, channels) in, (batch, classes) float32 logits out.

Each builder takes its settings and the `Shape` of the problem, and returns an uncompiled functional `keras.Model`.
"""

import keras
from keras import layers

from convpipe.config.volumes import Cnn3d, ResNet3d
from convpipe.models import Shape
from convpipe.models.blocks import normalized, scored
from convpipe.models.entry import enter


def build_cnn3d(settings: Cnn3d, shape: Shape) -> keras.Model:
    """Convolution, normalisation, ReLU and pooling, as often as there are entries; then the average over all voxels."""
    inputs, outputs = enter(shape, axes=3)
    layout = zip(settings.filters, settings.kernel_sizes, settings.strides, settings.pooling, strict=True)
    for number, (filters, kernel_size, strides, pooling) in enumerate(layout, 1):
        name, normalize = f"layer_{number}", settings.batch_normalization
        outputs = _convolution(filters, kernel_size, strides, name, settings.padding, use_bias=not normalize)(outputs)
        outputs = normalized(outputs, name) if normalize else layers.ReLU(name=f"{name}_relu")(outputs)
        if pooling > 1:
            outputs = layers.MaxPooling3D(pooling, name=f"{name}_pooling")(outputs)
    return _finished(inputs, outputs, shape, settings)


def build_resnet3d(settings: ResNet3d, shape: Shape) -> keras.Model:
    """Residual network whose kernels move along three axes (Hara, Kataoka and Satoh 2018, "Can spatiotemporal 3D CNNs
    retrace the history of 2D CNNs and ImageNet?", figure 3, basic block): one convolution, then stages of blocks of
    two; each stage but the first halves the volume."""
    inputs, outputs = enter(shape, axes=3)
    outputs = normalized(_convolution(settings.filters[0], 3, 1, "first")(outputs), "first")
    for stage, filters in enumerate(settings.filters, 1):
        for block in range(1, settings.blocks + 1):
            strides = 2 if stage > 1 and block == 1 else 1
            outputs = _residual(outputs, filters, strides, f"stage_{stage}_block_{block}")
    return _finished(inputs, outputs, shape, settings)


def _residual(inputs, filters: int, strides: int, name: str):
    """Two convolutions beside a shortcut, which is a convolution of one voxel where the shape changes."""
    outputs = normalized(_convolution(filters, 3, strides, f"{name}_1")(inputs), f"{name}_1")
    outputs = normalized(_convolution(filters, 3, 1, f"{name}_2")(outputs), f"{name}_2", activation=False)
    if strides > 1 or inputs.shape[-1] != filters:
        inputs = _convolution(filters, 1, strides, f"{name}_shortcut")(inputs)
        inputs = normalized(inputs, f"{name}_shortcut", activation=False)
    return layers.ReLU(name=f"{name}_relu")(layers.Add(name=f"{name}_add")([inputs, outputs]))


def _convolution(filters: int, kernel_size: int, strides: int, name: str, padding: str = "same", use_bias=False):
    """A Conv3D; a normalisation after it makes its bias superfluous."""
    name = f"{name}_convolution"
    return layers.Conv3D(filters, kernel_size, strides=strides, padding=padding, use_bias=use_bias, name=name)


def _finished(inputs, outputs, shape: Shape, settings) -> keras.Model:
    """The average over all voxels, dropout, one score a class."""
    outputs = layers.GlobalAveragePooling3D(name="average")(outputs)
    return keras.Model(inputs, scored(outputs, shape.classes, settings.dropout), name=settings.name)
