"""Models: one module per model, with its settings, its builder and its registration."""

from dataclasses import replace
from typing import NamedTuple

from convpipe.errors import ConfigError
from convpipe.input_spec import InputSpec
from convpipe.registry import MODALITIES, MODELS

#: Number of axes -> name of samples with this number of axes.
SAMPLES = {1: "series of (steps, channels)", 2: "images", 3: "volumes"}


class InputTransform(NamedTuple):
    """Numbers of axes of the input and output of an input transform, and its layer as "module:class"."""

    input_axes: int
    output_axes: int
    layer: str


_MODULE = "convpipe.models.layers.input_transforms"
#: Value of the setting `model.input_transform` -> input transform.
TRANSFORMS = {
    "as_image": InputTransform(1, 2, f"{_MODULE}:AsImage"),
    "height_one": InputTransform(1, 2, f"{_MODULE}:HeightOne"),
    "spectrogram": InputTransform(1, 2, f"{_MODULE}:LogSpectrogram"),
    "rows": InputTransform(2, 1, f"{_MODULE}:Rows"),
    "middle_slice": InputTransform(3, 2, f"{_MODULE}:MiddleSlice"),
    "middle_line": InputTransform(3, 1, f"{_MODULE}:MiddleLine"),
}


def transforms_to(axes: int) -> list[str]:
    """Return the names of the input transforms whose output has `axes` axes.

    >>> transforms_to(1)
    ['rows', 'middle_line']
    """
    return [name for name, transform in TRANSFORMS.items() if transform.output_axes == axes]


def build(settings, spec: InputSpec):
    """Build the network of `settings` for samples of `spec`.

    Args:
        settings: settings of a registered model.
        spec: sizes, channels and classes that the network must fit.

    Returns:
        An uncompiled functional `keras.Model` that returns logits (batch, classes) float32.

    Raises:
        ConfigError: the model does not take such samples, or the output of a layer would be empty because images or
            volumes are too small; then the error names the layer and the smallest sufficient size.
    """
    check_fits(settings, spec.axes, bool(spec.tokens))
    builder, transform = MODELS[settings.name].build, getattr(settings, "input_transform", None)
    try:
        return builder(settings, replace(spec, transform=transform))
    except ValueError:
        key, value, remedy = "model", settings.name, "lower model.kernel_sizes or model.pooling"
        if transform:
            key, value = "model.input_transform", transform
            samples = f"samples of {' x '.join(map(str, (*spec.sizes, spec.channels)))}"
        elif spec.spectrogram:
            samples = f"the spectrogram of {spec.steps / spec.spectrogram.sampling_rate:g} s of sound"
            remedy += ", lower preprocessing.hop_length or raise preprocessing.seconds"
        else:
            _check_sizes(builder, settings, spec)
            raise
        message = f"with {key}={value}, the output of a layer would be empty for {samples}"
        raise ConfigError(message, key=key, value=value, remedy=remedy) from None


def check_fits(settings, axes: tuple[int, ...], is_text: bool) -> None:
    """Refuse a model that does not take the samples.

    Args:
        settings: settings of the model.
        axes: numbers of axes along which kernels may move, as in `Modality.axes`.
        is_text: whether the samples are texts.

    Raises:
        ConfigError: the model is unknown, or takes samples with another number of axes.
    """
    model, transform = MODELS[settings.name], getattr(settings, "input_transform", None)
    model_axes = axes
    if transform:
        input_axes, output_axes, _ = TRANSFORMS[transform]
        if input_axes != axes[0]:
            key = "model.input_transform"
            message = f"{key}={transform} takes {SAMPLES[input_axes]}, not {SAMPLES[axes[0]]}"
            raise ConfigError(message, key=key, value=transform, remedy=f"set {key}=null")
        model_axes = (output_axes,)
    if not set(model.axes) & set(model_axes):
        message = f"model={settings.name} takes {SAMPLES[model.axes[0]]}, not {SAMPLES[axes[0]]}"
    elif model.needs_tokens and not is_text:
        message = f"model={settings.name} takes texts, not {SAMPLES[axes[0]]}"
    else:
        return
    fitting = (n for n, other in MODELS.items() if set(other.axes) & set(axes) and (is_text or not other.needs_tokens))
    remedy = "set model=" + " or ".join(sorted(fitting))
    raise ConfigError(message, key="model", value=settings.name, remedy=remedy)


def check_augmentation(settings, augmentation, modality: str) -> None:
    """Refuse augmentation that does not apply to the modality or to the model.

    Args:
        settings: settings of the model.
        augmentation: `config.Augmentation`.
        modality: modality of the samples.

    Raises:
        ConfigError: augmentation is on but does not apply; the message names the setting.
    """
    model, applies = MODELS[settings.name], MODALITIES[modality].augmentation
    for name, strength in vars(augmentation).items():
        if not strength or (name in applies and model.solver != "linear"):
            continue
        key = f"augmentation.{name}"
        remedy = f"set {key}={'false' if strength is True else 0}"
        if name in applies:
            message = f"{key} does not apply to model={settings.name}, which uses each sample once"
        else:
            others = f" (these do: {', '.join(applies)})" if applies else ""
            message = f"{key} does not apply to {modality} samples{others}"
        raise ConfigError(message, key=key, value=strength, remedy=remedy)


def _check_sizes(builder, settings, spec: InputSpec) -> None:
    """Raise ConfigError if images or volumes are too small for the network; Keras only reports a size of zero."""
    from convpipe.cost.model_cost import model_cost

    if len(spec.sizes) > 1:
        any_size = replace(spec, sizes=(None,) * len(spec.sizes))
        model_cost(builder(settings, any_size), (*spec.sizes, spec.channels))
