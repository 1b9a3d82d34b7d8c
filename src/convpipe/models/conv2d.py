"""Networks for images and spectrograms: (batch, height, width, channels) in, (batch, classes) float32 logits out.

Each builder takes its settings and the `Shape` of the problem, and returns an uncompiled functional `keras.Model`.
Strides are equal along both axes everywhere: oneDNN, which TensorFlow 2.21 uses on a CPU, is known to give wrong
outputs for a stride of one down and more across where the output is one column wide.
"""

import keras
from keras import layers

from convpipe.config.images import Cnn2d, Mobile2d, ResNet2d
from convpipe.models import Shape
from convpipe.models.blocks import normalized
from convpipe.models.entry import enter
from convpipe.models.stacks import convolution, finished, plain_network, residual_network


def build_cnn2d(settings: Cnn2d, shape: Shape) -> keras.Model:
    """Convolution, normalisation, ReLU and pooling, as often as there are entries; then the average over all pixels."""
    return plain_network(settings, shape, axes=2, view=settings.view)


def build_resnet2d(settings: ResNet2d, shape: Shape) -> keras.Model:
    """Residual network for small images (He et al. 2016, "Deep residual learning for image recognition", section 4.2):
    one convolution, then stages of blocks of two; each stage but the first halves the image."""
    return residual_network(settings, shape, axes=2)


def build_mobile2d(settings: Mobile2d, shape: Shape) -> keras.Model:
    """Depthwise separable convolutions (Howard et al. 2017, "MobileNets: efficient convolutional neural networks for
    mobile vision applications", table 1): each filters every channel by itself, then mixes the channels."""
    inputs, outputs = enter(shape, axes=2)
    layout = list(zip(settings.filters, settings.strides, strict=True))
    for number, (filters, strides) in enumerate(layout, 1):
        name = f"layer_{number}"
        if number == 1:
            outputs = normalized(convolution(2, filters, 3, strides, name)(outputs), name)
            continue
        outputs = layers.DepthwiseConv2D(
            3, strides=strides, padding="same", use_bias=False, name=f"{name}_depthwise_convolution"
        )(outputs)
        outputs = normalized(outputs, f"{name}_depthwise")
        outputs = normalized(convolution(2, filters, 1, 1, name)(outputs), name)
    return finished(inputs, outputs, 2, shape, settings)
