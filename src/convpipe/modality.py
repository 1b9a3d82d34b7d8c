"""The kinds of samples: one row each names every module that treats one of them."""

from typing import Any

from convpipe.registry import Modality, register_modality

_SERIES_AUGMENTATION = ("jitter", "scaling", "time_warp", "window_slice", "time_shift", "channel_rotation", "mixup")
_IMAGE_AUGMENTATION = ("translation", "flip", "crop", "cutout", "brightness_contrast", "mixup")
_VOLUME_AUGMENTATION = ("translation", "rotation", "brightness_contrast", "mixup")

Steps = list[list[int | float]]  # (steps, channels)


def _register(name: str, module: str, axes: tuple[int, ...], input_type: object, augmentation: tuple[str, ...] = ()):
    """A modality of this package, whose modules for preprocessing and figures have the same name."""
    settings = f"convpipe.config.preprocessing:{name.capitalize()}PreprocessingSettings"
    modules = (f"convpipe.preprocessing.{module}", f"convpipe.evaluation.figures.{module}")
    plural = {"text": "texts", "sound": "recordings"}.get(name, module)
    register_modality(Modality(name, plural, axes, input_type, settings, *modules, augmentation))


_register("series", "series", (1,), list[Steps], _SERIES_AUGMENTATION)
_register("text", "text", (1,), list[str])
_register("image", "images", (2,), list[Any], _IMAGE_AUGMENTATION)  # arrays, or files in base64
_register("volume", "volumes", (3,), list[list[list[Steps]]], _VOLUME_AUGMENTATION)
_register("sound", "sound", (1, 2), list[Any], _SERIES_AUGMENTATION)  # likewise
