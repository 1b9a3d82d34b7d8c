"""Blocks that several networks for series share."""

from convpipe.models import layers


def shortcut(inputs, outputs, filters: int, name: str, use_bias: bool):
    """`outputs` plus `inputs` through a normalised convolution of one step, then ReLU."""
    straight = layers.Conv1D(filters, 1, padding="same", use_bias=use_bias, name=f"{name}_shortcut_convolution")(inputs)
    straight = layers.batch_norm_relu(straight, f"{name}_shortcut", activation=False)
    return layers.ReLU(name=f"{name}_relu")(layers.Add(name=f"{name}_add")([outputs, straight]))


def parallel_convolutions(inputs, settings, name: str) -> list:
    """Convolutions of the longest kernel, its half and its quarter, side by side."""
    return [
        layers.Conv1D(settings.filters, size, padding="same", use_bias=False, name=f"{name}_kernel_{size}")(inputs)
        for size in (settings.kernel_size, settings.kernel_size // 2, settings.kernel_size // 4)
    ]
