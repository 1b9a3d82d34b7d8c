"""Networks for volumes: (batch, depth, height, width, channels) in, (batch, classes) float32 logits out.

Each builder takes its settings and the `Shape` of the problem, and returns an uncompiled functional `keras.Model`.
"""

import keras

from convpipe.config.volumes import Cnn3d, ResNet3d
from convpipe.models import Shape
from convpipe.models.stacks import plain_network, residual_network


def build_cnn3d(settings: Cnn3d, shape: Shape) -> keras.Model:
    """Convolution, normalisation, ReLU and pooling, as often as there are entries; then the average over all voxels."""
    return plain_network(settings, shape, axes=3)


def build_resnet3d(settings: ResNet3d, shape: Shape) -> keras.Model:
    """Residual network whose kernels move along three axes (Hara, Kataoka and Satoh 2018, "Can spatiotemporal 3D CNNs
    retrace the history of 2D CNNs and ImageNet?", figure 3, basic block): one convolution, then stages of blocks of
    two; each stage but the first halves the volume."""
    return residual_network(settings, shape, axes=3)
