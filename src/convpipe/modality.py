"""The modalities of this package: one entry each, with the names of its modules."""

from convpipe.registry import Modality, register_modality

_SERIES_AUGMENTATION = ("jitter", "scaling", "time_warp", "window_slice", "time_shift", "channel_rotation", "mixup")
_IMAGE_AUGMENTATION = ("translation", "flip", "crop", "cutout", "brightness_contrast", "mixup")
_VOLUME_AUGMENTATION = ("translation", "rotation", "brightness_contrast", "mixup")


def _register(
    name: str, module: str, axes: tuple[int, ...], input_type: object, reader: str, augmentation: tuple[str, ...] = ()
):
    """Register a modality whose modules for preprocessing and figures have the same name."""
    settings = f"convpipe.config.preprocessing:{name.capitalize()}PreprocessingSettings"
    modules = (f"convpipe.preprocessing.{module}", f"convpipe.evaluation.figures.{module}")
    plural = {"text": "texts", "sound": "recordings"}.get(name, module)
    register_modality(Modality(name, plural, axes, input_type, settings, *modules, augmentation, reader))


#: Nested lists of numbers, or an image or sound file in base64. MLflow does not check a union of types; it would check
#: nested lists number by number, which takes longer than the prediction. The classifier checks its samples itself.
SAMPLES = list[str | list[float]]

_register("series", "series", (1,), SAMPLES, "series", _SERIES_AUGMENTATION)
_register("text", "text", (1,), list[str], "text_table")
_register("image", "images", (2,), SAMPLES, "image_folder", _IMAGE_AUGMENTATION)
_register("volume", "volumes", (3,), SAMPLES, "volume_folder", _VOLUME_AUGMENTATION)
_register("sound", "sound", (1, 2), SAMPLES, "audio_folder", _SERIES_AUGMENTATION)
