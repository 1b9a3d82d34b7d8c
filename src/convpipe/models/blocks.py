"""Blocks and stacks that several models share; their kernels move along one, two or three axes."""

from convpipe.input_spec import InputSpec
from convpipe.models import layers


def convolution(inputs, filters: int, kernel_size, name: str, normalize=True, activation=True, **options):
    """Apply a convolution along all axes of `inputs`, then optionally batch normalization and ReLU.

    Args:
        inputs: (batch, positions..., channels).
        filters, kernel_size: as in Keras' Conv1D, Conv2D and Conv3D.
        name: prefix of the layer names.
        normalize, activation: whether batch normalization and ReLU follow.
        options: further arguments of the convolution. The defaults are "same" padding and no bias, since normalization
            makes a bias redundant.
    """
    layer = getattr(layers, f"Conv{len(inputs.shape) - 2}D")
    options = {"padding": "same", "use_bias": False, **options}
    outputs = layer(filters, kernel_size, name=f"{name}_convolution", **options)(inputs)
    if normalize:
        outputs = layers.BatchNormalization(name=f"{name}_normalization")(outputs)
    return layers.ReLU(name=f"{name}_relu")(outputs) if activation else outputs


def averaged_head(inputs, outputs, spec: InputSpec, settings):
    """Return the network with a head: average over all positions, or over `settings.segments` parts of a series, then
    dropout and one logit per class."""
    axes = len(outputs.shape) - 2
    if axes == 1:
        logits = layers.pooled_head(outputs, spec.classes, getattr(settings, "segments", 1), settings.dropout)
    else:
        outputs = getattr(layers, f"GlobalAveragePooling{axes}D")(name="average")(outputs)
        logits = layers.classifier_head(outputs, spec.classes, settings.dropout)
    return layers.Model(inputs, logits, name=settings.name)


def plain_network(settings, spec: InputSpec, axes: int):
    """Convolution, batch normalization, ReLU and max pooling for each entry of the settings; then the average.

    Args:
        settings: Cnn1dSettings, Cnn2dSettings or Cnn3dSettings.
        spec: sizes, channels and classes that the network must fit.
        axes: number of axes along which kernels move.
    """
    inputs, outputs = layers.build_input(spec, axes=axes)
    normalize, max_pooling = settings.batch_normalization, getattr(layers, f"MaxPooling{axes}D")
    use_bias = not normalize or axes == 1 or spec.transform == "height_one"  # height_one equals a Conv1D
    options = {"normalize": normalize, "padding": settings.padding, "use_bias": use_bias}
    layout = zip(settings.filters, settings.kernel_sizes, settings.strides, settings.pooling, strict=True)
    for number, (filters, size, strides, pooling) in enumerate(layout, 1):
        name, kernel_size = f"layer_{number}", layers.kernel_size_for(spec, size)
        outputs = convolution(outputs, filters, kernel_size, name, strides=strides, **options)
        if pooling > 1:
            outputs = max_pooling(layers.pool_size_for(spec, pooling, outputs.shape), name=f"{name}_pooling")(outputs)
    return averaged_head(inputs, outputs, spec, settings)


def residual_network(settings, spec: InputSpec, axes: int):
    """One convolution, then stages of residual blocks; each stage but the first halves every axis.

    Args:
        settings: ResNet2dSettings or ResNet3dSettings.
        spec: sizes, channels and classes that the network must fit.
        axes: number of axes along which kernels move, 2 or 3.
    """
    inputs, outputs = layers.build_input(spec, axes=axes)
    outputs = convolution(outputs, settings.filters[0], 3, "first")
    for stage, filters in enumerate(settings.filters, 1):
        for block in range(1, settings.blocks + 1):
            strides = 2 if stage > 1 and block == 1 else 1
            outputs = _block(outputs, filters, strides, f"stage_{stage}_block_{block}")
    return averaged_head(inputs, outputs, spec, settings)


def _block(inputs, filters: int, strides: int, name: str):
    """Two convolutions and a shortcut, which is a convolution of kernel size one if the shape changes."""
    outputs = convolution(inputs, filters, 3, f"{name}_1", strides=strides)
    outputs = convolution(outputs, filters, 3, f"{name}_2", activation=False)
    if strides > 1 or inputs.shape[-1] != filters:
        inputs = convolution(inputs, filters, 1, f"{name}_shortcut", activation=False, strides=strides)
    return layers.ReLU(name=f"{name}_relu")(layers.Add(name=f"{name}_add")([inputs, outputs]))


def shortcut(inputs, outputs, filters: int, name: str, use_bias: bool):
    """Add `inputs`, after a convolution of kernel size one and batch normalization, to `outputs`; then apply ReLU."""
    projected = convolution(inputs, filters, 1, f"{name}_shortcut", activation=False, use_bias=use_bias)
    return layers.ReLU(name=f"{name}_relu")(layers.Add(name=f"{name}_add")([outputs, projected]))


def parallel_convolutions(inputs, settings, name: str) -> list:
    """Return parallel convolutions with `settings.kernel_size`, a half of it and a quarter of it."""
    options = {"padding": "same", "use_bias": False}
    sizes = (settings.kernel_size, settings.kernel_size // 2, settings.kernel_size // 4)
    return [layers.Conv1D(settings.filters, size, name=f"{name}_kernel_{size}", **options)(inputs) for size in sizes]
