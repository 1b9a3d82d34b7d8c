"""Stacks of convolutions along two or three axes, for images and for volumes: plain and residual."""

from convpipe.input_spec import InputSpec
from convpipe.models import layers


def convolution(axes: int, filters: int, kernel_size, strides: int, name: str, padding="same", use_bias=False):
    """A Conv2D or Conv3D, by the number of `axes`; a normalisation after it makes its bias superfluous."""
    kind = {2: layers.Conv2D, 3: layers.Conv3D}[axes]
    name = f"{name}_convolution"
    return kind(filters, kernel_size, strides=strides, padding=padding, use_bias=use_bias, name=name)


def plain_network(settings, spec: InputSpec, axes: int):
    """Convolution, normalisation, ReLU and pooling, as often as there are entries; then the average.

    Args:
        settings: Cnn2dSettings or Cnn3dSettings.
        spec: what the network must fit.
        axes: along which kernels move, 2 or 3.
    """
    inputs, outputs = layers.build_input(spec, axes=axes)
    normalize, pooled = settings.batch_normalization, {2: layers.MaxPooling2D, 3: layers.MaxPooling3D}[axes]
    use_bias = not normalize or spec.transform == "height_one"  # as the Conv1D that it repeats
    layout = zip(settings.filters, settings.kernel_sizes, settings.strides, settings.pooling, strict=True)
    for number, (filters, size, strides, pooling) in enumerate(layout, 1):
        name, kernel = f"layer_{number}", layers.kernel_size_for(spec, size)
        outputs = convolution(axes, filters, kernel, strides, name, settings.padding, use_bias)(outputs)
        outputs = layers.batch_norm_relu(outputs, name) if normalize else layers.ReLU(name=f"{name}_relu")(outputs)
        if pooling > 1:
            outputs = pooled(layers.pool_size_for(spec, pooling, outputs.shape), name=f"{name}_pooling")(outputs)
    return averaged_head(inputs, outputs, axes, spec, settings)


def residual_network(settings, spec: InputSpec, axes: int):
    """One convolution, then stages of residual blocks; each stage but the first halves every axis.

    Args:
        settings: ResNet2dSettings or ResNet3dSettings.
        spec: what the network must fit.
        axes: along which kernels move, 2 or 3.
    """
    inputs, outputs = layers.build_input(spec, axes=axes)
    outputs = layers.batch_norm_relu(convolution(axes, settings.filters[0], 3, 1, "first")(outputs), "first")
    for stage, filters in enumerate(settings.filters, 1):
        for block in range(1, settings.blocks + 1):
            strides = 2 if stage > 1 and block == 1 else 1
            outputs = _block(outputs, axes, filters, strides, f"stage_{stage}_block_{block}")
    return averaged_head(inputs, outputs, axes, spec, settings)


def _block(inputs, axes: int, filters: int, strides: int, name: str):
    """Two convolutions beside a shortcut, which is a convolution of one position where the shape changes."""
    outputs = layers.batch_norm_relu(convolution(axes, filters, 3, strides, f"{name}_1")(inputs), f"{name}_1")
    outputs = layers.batch_norm_relu(
        convolution(axes, filters, 3, 1, f"{name}_2")(outputs), f"{name}_2", activation=False
    )
    if strides > 1 or inputs.shape[-1] != filters:
        inputs = convolution(axes, filters, 1, strides, f"{name}_shortcut")(inputs)
        inputs = layers.batch_norm_relu(inputs, f"{name}_shortcut", activation=False)
    return layers.ReLU(name=f"{name}_relu")(layers.Add(name=f"{name}_add")([inputs, outputs]))


def averaged_head(inputs, outputs, axes: int, spec: InputSpec, settings):
    """The average over all positions, dropout, one logit a class."""
    average = {2: layers.GlobalAveragePooling2D, 3: layers.GlobalAveragePooling3D}[axes]
    logits = layers.classifier_head(average(name="average")(outputs), spec.classes, settings.dropout)
    return layers.Model(inputs, logits, name=settings.name)
