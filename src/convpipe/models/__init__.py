"""Networks: one module a model, with its settings, its builder and its registration."""

from dataclasses import replace
from typing import NamedTuple

from convpipe.errors import ConfigError
from convpipe.input_spec import InputSpec
from convpipe.registry import MODALITIES, MODELS

#: Number of axes -> what samples with so many axes are called.
SAMPLES = {1: "series of (steps, channels)", 2: "images", 3: "volumes"}


class InputTransform(NamedTuple):
    """The number of axes of what an input transform takes and of what it gives, and its layer as "module:class"."""

    takes: int
    gives: int
    layer: str


_MODULE = "convpipe.models.layers.input_transforms"
#: By the value of the setting `model.input_transform`.
TRANSFORMS = {
    "as_image": InputTransform(1, 2, f"{_MODULE}:AsImage"),
    "height_one": InputTransform(1, 2, f"{_MODULE}:HeightOne"),
    "spectrogram": InputTransform(1, 2, f"{_MODULE}:LogSpectrogram"),
    "rows": InputTransform(2, 1, f"{_MODULE}:Rows"),
    "middle_slice": InputTransform(3, 2, f"{_MODULE}:MiddleSlice"),
    "middle_line": InputTransform(3, 1, f"{_MODULE}:MiddleLine"),
}


def transforms_to(axes: int) -> list[str]:
    """The input transforms that give samples with so many axes.

    >>> transforms_to(1)
    ['rows', 'middle_line']
    """
    return [name for name, transform in TRANSFORMS.items() if transform.gives == axes]


def build(settings, spec: InputSpec):
    """The network that `settings` describes, for samples of `spec`.

    Args:
        settings: of a registered model.
        spec: what the network must fit.

    Returns:
        An uncompiled functional `keras.Model` that gives logits (batch, classes) float32.

    Raises:
        ConfigError: the model does not take such samples, or leaves nothing of images or volumes of this size; then
            the error names the layer and the smallest sufficient size.
    """
    check_fits(settings, spec.axes, bool(spec.tokens))
    builder, transform = MODELS[settings.name].build, getattr(settings, "input_transform", None)
    try:
        return builder(settings, replace(spec, transform=transform))
    except ValueError:
        key, value, remedy = "model", settings.name, "lower model.kernel_sizes or model.pooling"
        if transform:
            key, value, found = "model.input_transform", transform, " x ".join(map(str, (*spec.sizes, spec.channels)))
        elif spec.spectrogram:
            found = f"the spectrogram of {spec.steps / spec.spectrogram.sampling_rate:g} s"
            remedy += ", lower preprocessing.hop_length or raise preprocessing.seconds"
        else:
            _check_sizes(builder, settings, spec)
            raise
        raise ConfigError(f"{key}={value} leaves nothing of {found}", key=key, value=value, remedy=remedy) from None


def check_fits(settings, axes: tuple[int, ...], is_text: bool) -> None:
    """Refuse a model for samples that it cannot take.

    Args:
        settings: of the model.
        axes: numbers of axes that kernels may move along, as in `Modality.axes`.
        is_text: whether the samples are texts.

    Raises:
        ConfigError: the model is unknown, or made for samples with another number of axes.
    """
    model, transform = MODELS[settings.name], getattr(settings, "input_transform", None)
    seen = axes
    if transform:
        takes, gives, _ = TRANSFORMS[transform]
        if takes != axes[0]:
            key = "model.input_transform"
            message = f"{key}={transform} takes {SAMPLES[takes]}, not {SAMPLES[axes[0]]}"
            raise ConfigError(message, key=key, value=transform, remedy=f"set {key}=null")
        seen = (gives,)
    if not set(model.axes) & set(seen):
        message = f"model={settings.name} takes {SAMPLES[model.axes[0]]}, not {SAMPLES[axes[0]]}"
    elif model.needs_tokens and not is_text:
        message = f"model={settings.name} takes texts as token ids only"
    else:
        return
    fitting = (n for n, other in MODELS.items() if set(other.axes) & set(axes) and (is_text or not other.needs_tokens))
    remedy = "choose model=" + " or ".join(sorted(fitting))
    raise ConfigError(message, key="model", value=settings.name, remedy=remedy)


def check_augmentation(settings, augmentation, modality: str) -> None:
    """Refuse augmentation that has no meaning for a modality, or that a model has no use for.

    Args:
        settings: of the model.
        augmentation: `config.Augmentation`.
        modality: of the samples.

    Raises:
        ConfigError: the message names the setting.
    """
    model, applies = MODELS[settings.name], MODALITIES[modality].augmentation
    for name, strength in vars(augmentation).items():
        if not strength or (name in applies and model.solver != "linear"):
            continue
        key = f"augmentation.{name}"
        remedy = f"set {key}={'false' if strength is True else 0}"
        if name in applies:
            message = f"model={settings.name} has no use for {key}: it sees each sample once"
        else:
            meant = f" (meant for them: {', '.join(applies)})" if applies else ""
            message = f"{key} has no meaning for {modality} samples{meant}"
        raise ConfigError(message, key=key, value=strength, remedy=remedy)


def _check_sizes(builder, settings, spec: InputSpec) -> None:
    """Raise ConfigError where images or volumes are too small for the network: Keras only says that a size is zero."""
    from convpipe.cost.model_cost import model_cost

    if len(spec.sizes) > 1:
        any_size = replace(spec, sizes=(None,) * len(spec.sizes))
        model_cost(builder(settings, any_size), (*spec.sizes, spec.channels))
