"""Networks for volumes: (batch, depth, height, width, channels) in, (batch, classes) float32 logits out.

Each builder takes its settings and the `Shape` of the problem, and returns an uncompiled functional `keras.Model`.
"""

import keras
from keras import layers

from convpipe.config.volumes import Cnn3d, ResNet3d
from convpipe.models import Shape
from convpipe.models.blocks import normalized
from convpipe.models.entry import enter
from convpipe.models.residual import convolution, finished, residual_network


def build_cnn3d(settings: Cnn3d, shape: Shape) -> keras.Model:
    """Convolution, normalisation, ReLU and pooling, as often as there are entries; then the average over all voxels."""
    inputs, outputs = enter(shape, axes=3)
    layout = zip(settings.filters, settings.kernel_sizes, settings.strides, settings.pooling, strict=True)
    for number, (filters, kernel_size, strides, pooling) in enumerate(layout, 1):
        name, normalize = f"layer_{number}", settings.batch_normalization
        outputs = convolution(3, filters, kernel_size, strides, name, settings.padding, use_bias=not normalize)(outputs)
        outputs = normalized(outputs, name) if normalize else layers.ReLU(name=f"{name}_relu")(outputs)
        if pooling > 1:
            outputs = layers.MaxPooling3D(pooling, name=f"{name}_pooling")(outputs)
    return finished(inputs, outputs, 3, shape, settings)


def build_resnet3d(settings: ResNet3d, shape: Shape) -> keras.Model:
    """Residual network whose kernels move along three axes (Hara, Kataoka and Satoh 2018, "Can spatiotemporal 3D CNNs
    retrace the history of 2D CNNs and ImageNet?", figure 3, basic block): one convolution, then stages of blocks of
    two; each stage but the first halves the volume."""
    return residual_network(settings, shape, axes=3)
