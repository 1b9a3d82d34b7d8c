"""Networks for series: (batch, steps, channels) in, (batch, classes) float32 logits out.

Each builder takes its settings and the `Shape` of the problem, and returns an uncompiled functional `keras.Model`.
"""

import keras
from keras import layers

from convpipe import config
from convpipe.models import Shape
from convpipe.models.blocks import (
    Conv1D,
    FixedSteps,
    LastStep,
    MaxPooling1D,
    SeparableConv1D,
    classified,
    normalized,
    scored,
)
from convpipe.models.entry import enter
from convpipe.models.fixed_kernels import HandCraftedFilters
from convpipe.models.views import pool_of


def build_mlp(settings: config.Mlp, shape: Shape) -> keras.Model:
    """Hidden layers over all steps at once, after Wang, Yan and Oates 2017 ("Time series classification from scratch
    with deep neural networks", figure 1a), with one dropout rate. Shorter series end in zeros."""
    inputs, outputs = enter(shape, masked=False)
    outputs = FixedSteps(shape.steps, name="all_steps")(outputs)
    for number, units in enumerate(settings.units, 1):
        outputs = layers.Dense(units, activation="relu", name=f"hidden_{number}")(outputs)
        outputs = layers.Dropout(settings.dropout, name=f"hidden_{number}_dropout")(outputs)
    return keras.Model(inputs, scored(outputs, shape.classes, 0.0), name="mlp")


def build_cnn1d(settings: config.Cnn1d, shape: Shape) -> keras.Model:
    """Convolution, normalisation, ReLU and pooling, as often as there are entries; then the average over all steps."""
    inputs, outputs = enter(shape, view=settings.view)
    layout = zip(settings.filters, settings.kernel_sizes, settings.strides, settings.pooling, strict=True)
    for number, (filters, kernel_size, strides, pooling) in enumerate(layout, 1):
        name = f"layer_{number}"
        outputs = Conv1D(filters, kernel_size, strides=strides, padding=settings.padding, name=f"{name}_convolution")(
            outputs
        )
        if settings.batch_normalization:
            outputs = normalized(outputs, name)
        else:
            outputs = layers.ReLU(name=f"{name}_relu")(outputs)
        if pooling > 1:
            outputs = MaxPooling1D(pool_of(settings.view, pooling, outputs.shape), name=f"{name}_pooling")(outputs)
    return keras.Model(inputs, classified(outputs, shape.classes, 1, settings.dropout), name="cnn1d")


def build_fcn(settings: config.Fcn, shape: Shape) -> keras.Model:
    """Fully convolutional network (Wang, Yan and Oates 2017, figure 1b); `hybrid` sets the fixed kernels beside its
    first block (H-FCN, Ismail-Fawaz et al. 2022, section IV)."""
    inputs, entry = enter(shape)
    outputs = entry
    for number, (filters, kernel_size) in enumerate(zip(settings.filters, settings.kernel_sizes, strict=True), 1):
        name = f"block_{number}"
        outputs = normalized(Conv1D(filters, kernel_size, padding="same", name=f"{name}_convolution")(outputs), name)
        if number == 1 and settings.hybrid:
            outputs = layers.Concatenate(name="hybrid")([outputs, HandCraftedFilters(name="fixed_kernels")(entry)])
    return keras.Model(inputs, classified(outputs, shape.classes, settings.segments, settings.dropout), name="fcn")


def build_resnet(settings: config.ResNet, shape: Shape) -> keras.Model:
    """Residual network (Wang, Yan and Oates 2017, figure 1c): in each block three convolutions and a shortcut through
    a convolution of one step."""
    inputs, outputs = enter(shape)
    for number, filters in enumerate(settings.filters, 1):
        block, name = outputs, f"block_{number}"
        for position, kernel_size in enumerate(settings.kernel_sizes, 1):
            step = f"{name}_{position}"
            block = Conv1D(filters, kernel_size, padding="same", name=f"{step}_convolution")(block)
            block = normalized(block, step, activation=position < len(settings.kernel_sizes))
        outputs = _shortcut(outputs, block, filters, name, use_bias=True)
    return keras.Model(inputs, classified(outputs, shape.classes, settings.segments, settings.dropout), name="resnet")


def _shortcut(inputs, outputs, filters: int, name: str, use_bias: bool):
    """`outputs` plus `inputs` through a normalised convolution of one step, then ReLU."""
    straight = Conv1D(filters, 1, padding="same", use_bias=use_bias, name=f"{name}_shortcut_convolution")(inputs)
    straight = normalized(straight, f"{name}_shortcut", activation=False)
    return layers.ReLU(name=f"{name}_relu")(layers.Add(name=f"{name}_add")([outputs, straight]))


def build_inception_time(settings: config.InceptionTime, shape: Shape) -> keras.Model:
    """Inception network (Fawaz et al. 2020, "InceptionTime: finding AlexNet for time series classification", figures
    1 and 2); `hybrid` sets the fixed kernels beside the first module (H-Inception, Ismail-Fawaz et al. 2022)."""
    inputs, outputs = enter(shape)
    residual = outputs
    for number in range(1, settings.depth + 1):
        name = f"module_{number}"
        branches = _inception_branches(outputs, settings, name)
        if number == 1 and settings.hybrid:
            branches.append(HandCraftedFilters(name="fixed_kernels")(outputs))
        outputs = normalized(layers.Concatenate(name=f"{name}_branches")(branches), name)
        if settings.residual and number % 3 == 0:
            outputs = _shortcut(residual, outputs, 4 * settings.filters, f"residual_{number // 3}", use_bias=False)
            residual = outputs
    scores = classified(outputs, shape.classes, settings.segments, settings.dropout)
    return keras.Model(inputs, scores, name="inception_time")


def _inception_branches(inputs, settings: config.InceptionTime, name: str) -> list:
    """Three kernel sizes over a bottleneck of one step, and a maximum over three steps with a convolution of one."""
    narrow = inputs
    if settings.bottleneck and inputs.shape[-1] > 1:
        narrow = Conv1D(settings.bottleneck, 1, padding="same", use_bias=False, name=f"{name}_bottleneck")(inputs)
    branches = _parallel(narrow, settings, name)
    pooled = MaxPooling1D(3, strides=1, padding="same", name=f"{name}_pooling")(inputs)
    branches.append(
        Conv1D(settings.filters, 1, padding="same", use_bias=False, name=f"{name}_pooling_convolution")(pooled)
    )
    return branches


def _parallel(inputs, settings, name: str) -> list:
    """Convolutions of the longest kernel, its half and its quarter, side by side."""
    return [
        Conv1D(settings.filters, size, padding="same", use_bias=False, name=f"{name}_kernel_{size}")(inputs)
        for size in (settings.kernel_size, settings.kernel_size // 2, settings.kernel_size // 4)
    ]


def build_lite_time(settings: config.LiteTime, shape: Shape) -> keras.Model:
    """LITE (Ismail-Fawaz et al. 2023, "LITE: light inception with boosting techniques for time series classification",
    figure 1): one multiplexed layer with fixed kernels, then two dilated separable convolutions."""
    inputs, entry = enter(shape)
    branches = _parallel(entry, settings, "layer_1")
    if settings.hybrid:
        branches.append(HandCraftedFilters(name="fixed_kernels")(entry))
    outputs = normalized(layers.Concatenate(name="layer_1_branches")(branches), "layer_1")
    for number, dilation in ((2, 2), (3, 4)):
        outputs = SeparableConv1D(
            settings.filters,
            settings.kernel_size // 2 ** (number - 1),
            dilation_rate=dilation,
            padding="same",
            use_bias=False,
            name=f"layer_{number}_separable",
        )(outputs)
        outputs = normalized(outputs, f"layer_{number}")
    scores = classified(outputs, shape.classes, settings.segments, settings.dropout)
    return keras.Model(inputs, scores, name="lite_time")


def build_tcn(settings: config.Tcn, shape: Shape) -> keras.Model:
    """Temporal convolutional network (Bai, Kolter and Koltun 2018, "An empirical evaluation of generic convolutional
    and recurrent networks for sequence modeling", section 3 and figure 1), with batch normalisation in the place of
    weight normalisation: it is what the other networks here use, and it can be recalibrated."""
    inputs, outputs = enter(shape)
    for level in range(settings.levels):
        block, name = outputs, f"level_{level + 1}"
        for position in (1, 2):
            step = f"{name}_{position}"
            block = Conv1D(
                settings.filters,
                settings.kernel_size,
                dilation_rate=2**level,
                padding="causal",
                name=f"{step}_convolution",
            )(block)
            block = normalized(block, step)
            block = layers.SpatialDropout1D(settings.dropout, name=f"{step}_dropout")(block)
        if outputs.shape[-1] != settings.filters:
            outputs = Conv1D(settings.filters, 1, name=f"{name}_shortcut")(outputs)
        outputs = layers.ReLU(name=f"{name}_relu")(layers.Add(name=f"{name}_add")([outputs, block]))
    if settings.pooling == "average":
        scores = classified(outputs, shape.classes, 1, 0.0)
    else:
        scores = scored(LastStep(name="last_step")(outputs), shape.classes, 0.0)
    return keras.Model(inputs, scores, name="tcn")
