"""The input of an exported graph: preprocessing before the graph, and preprocessing inside it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import tensorflow as tf

from convpipe.data.volumes import as_volume
from convpipe.inference.export import arithmetic
from convpipe.inference.export.formats import INTEGERS, Format, FormatError
from convpipe.preprocessing import Preprocessing
from convpipe.preprocessing.images import ImagePreprocessing, as_image
from convpipe.preprocessing.series import SeriesPreprocessing
from convpipe.preprocessing.sound import SoundPreprocessing, as_sound
from convpipe.preprocessing.text.contextual import ContextualPreprocessing
from convpipe.preprocessing.text.inputs import TextPreprocessingBase
from convpipe.preprocessing.volumes import VolumePreprocessing


@dataclass(frozen=True)
class Entry:
    """The input of an exported graph.

    Args:
        shape: of one sample; None for axes of varying size.
        dtype: of the input.
        meaning: of its axes and values.
        outside: function of a raw sample and its id that returns an array of `shape`.
        inside: function of a batch of such arrays that returns the input of the networks, in TensorFlow operations.
        done_outside: a line for each step of `outside`.
        done_inside: a line for each step of `inside`.
        padding: value that fills shorter samples of a batch; None if samples of a batch must have one shape.
    """

    shape: tuple[int | None, ...]
    dtype: str
    meaning: str
    outside: Callable[[Any, str], np.ndarray]
    inside: Callable
    done_outside: tuple[str, ...] = ()
    done_inside: tuple[str, ...] = ()
    padding: float | None = None

    def batch(self, samples: Sequence[np.ndarray]) -> np.ndarray:
        """Stack the results of `outside` to one array; shorter ones are padded at the end."""
        longest = max(len(each) for each in samples)
        if self.padding is None or all(len(each) == longest for each in samples):
            return np.stack(samples)
        batch = np.full((len(samples), longest, *samples[0].shape[1:]), self.padding, self.dtype)
        for row, each in zip(batch, samples, strict=True):
            row[: len(each)] = each
        return batch


def entry_of(preprocessing: Preprocessing, target: Format, quantize: str | None = None) -> Entry:
    """Return the input of a classifier's graph.

    Args:
        preprocessing: of the classifier.
        target: the format.
        quantize: the quantization, if any. Integer graphs take preprocessed samples: the input has one range for all
            channels, in which small raw values would lose their precision.

    Raises:
        FormatError: the token vectors come from a transformer.
    """
    if isinstance(preprocessing, ContextualPreprocessing):
        message = "the transformer of contextual vectors cannot be exported"
        remedy = "train with another embedding, such as embedding=static, or use scripts/serve.py"
        raise FormatError(message, key="embedding", value="contextual", remedy=remedy)
    if isinstance(preprocessing, TextPreprocessingBase):
        return _text(preprocessing, target)
    kinds: dict[type, Callable[[Any, Format], Entry]] = {
        SeriesPreprocessing: _series,
        ImagePreprocessing: _image,
        VolumePreprocessing: _volume,
        SoundPreprocessing: _sound,
    }
    make = kinds.get(type(preprocessing))
    return _prepared(preprocessing) if make is None or quantize in INTEGERS else make(preprocessing, target)


def with_fixed_steps(entry: Entry, preprocessing: Preprocessing) -> Entry:
    """Return the entry with a fixed number of steps, which LiteRT needs to plan the memory of fixed kernels.

    Raises:
        FormatError: the training series differ in steps.
    """
    steps = preprocessing.input_shape[0]
    if preprocessing.smallest_input_shape[0] != steps:
        message = "LiteRT needs one number of steps for fixed kernels, but the training series differ in steps"
        remedy = "use --format saved_model or --format onnx, or train on windows (window.seconds=...)"
        raise FormatError(message, key="--format", value="litert", remedy=remedy)
    return replace(entry, shape=(steps, *entry.shape[1:]))


def _prepared(preprocessing: Preprocessing) -> Entry:
    """The entry without preprocessing in the graph, for integer quantization and for modalities of plugins."""
    masked = getattr(preprocessing, "masked", False)
    shape = (None, *preprocessing.input_shape[1:]) if masked else preprocessing.input_shape
    meaning = "a sample that the preprocessing of the classifier has transformed"
    done = ("everything: Classifier.load(FOLDER).preprocessing.transform([sample])[0]; see preprocessing.json",)
    return Entry(shape, "float32", meaning, _by_transform(preprocessing), lambda samples: samples, done)


def _by_transform(preprocessing: Preprocessing) -> Callable[[Any, str], np.ndarray]:
    return lambda sample, sample_id: np.asarray(preprocessing.transform([sample], [sample_id])[0])


def _text(preprocessing: Any, target: Format) -> Entry:
    cut = f"at most {preprocessing.max_length} tokens per text, see vocabulary.json and tokenizer.json"
    done = (f"tokenizing and mapping tokens to ids: {cut}", "a text without tokens becomes the id 1")
    meaning = "(tokens): token ids; 1 for unknown tokens" + ("; 0 after the end" if target.batches else "")
    padding = 0 if target.batches else None
    return Entry((None,), "int32", meaning, _by_transform(preprocessing), lambda ids: ids, done, (), padding)


def _series(preprocessing: SeriesPreprocessing, target: Format) -> Entry:
    masked = preprocessing.masked and target.batches
    cleaned = replace(preprocessing, scaling="none", log_magnitude_channels=False)
    scaling, log = preprocessing.scaling, preprocessing.log_magnitude_channels

    def inside(series):
        there = tf.logical_not(tf.reduce_all(tf.math.is_nan(series), -1, keepdims=True)) if masked else None
        values = tf.cast(series, tf.float64) if target.double and scaling != "none" else series
        parts = [series] if scaling == "none" else []
        if scaling in ("channel", "both"):
            parts.append(arithmetic.scaled(values, preprocessing.mean, preprocessing.deviation))
        if scaling in ("series", "both"):
            parts.append(arithmetic.standardized(values, [1], there))
        if log:
            parts.append(arithmetic.log_magnitude(series, there))
        parts = [tf.cast(each, tf.float32) for each in parts]
        return tf.concat(parts, 2) if len(parts) > 1 else parts[0]

    meaning = "(steps, channels): a series" + ("; NaN in all channels after its end" if masked else "")
    rule = "linear between neighbors, the nearest value at the ends"
    fill = (f"missing values interpolated: {rule}",) if preprocessing.missing_values == "interpolate" else ()
    done = {"none": [], "channel": ["channel"], "series": ["series"], "both": ["channel", "series"]}[scaling]
    lines = [f"scaling by the mean and deviation of each {what}" for what in done]
    lines += ["the logarithm of each value's magnitude, as further channels"] * log
    padding = float("nan") if masked else None
    outside = _by_transform(cleaned)
    return Entry((None, preprocessing.channels), "float32", meaning, outside, inside, fill, tuple(lines), padding)


def _image(preprocessing: ImagePreprocessing, target: Format) -> Entry:
    height, width, channels = preprocessing.input_shape

    def outside(values: Any, sample_id: str) -> np.ndarray:
        image = as_image(values, sample_id) if target.any_size else preprocessing.prepared(values, sample_id)
        return np.repeat(image, channels, 2) if image.shape[2] < channels else image

    def inside(images):
        if target.any_size:
            images = arithmetic.resized(images, (height, width), smoothed=True)
        pixels = images / 255.0
        return arithmetic.scaled(pixels, preprocessing.mean, preprocessing.deviation) if preprocessing.mean else pixels

    size = (None, None) if target.any_size else (height, width)
    meaning = "(height, width, channels): pixels from 0 to 255"
    resize = f"resizing to {height} x {width} pixels: bilinear, with a wider triangle filter when shrinking (Pillow)"
    scale = ("division by 255", *(["scaling by the mean and deviation of each channel"] if preprocessing.mean else []))
    done = ("uint16 pixels divided by 257",) * preprocessing.deep
    done += (f"a gray image repeated to {channels} channels",) * (channels > 1)
    lines = (done, (resize, *scale)) if target.any_size else ((*done, resize), scale)
    return Entry((*size, channels), "float32", meaning, lambda *each: outside(*each).astype(np.float32), inside, *lines)


def _volume(preprocessing: VolumePreprocessing, target: Format) -> Entry:
    scaling, zero = preprocessing.scaling, preprocessing.missing_values == "zero"

    def outside(values: Any, sample_id: str) -> np.ndarray:
        if not target.any_size:
            return replace(preprocessing, scaling="none").prepared(values, sample_id)
        return as_volume(values, sample_id, "keep" if zero else "refuse")

    def inside(volumes):
        if target.any_size and zero:
            volumes = tf.where(tf.math.is_nan(volumes), 0.0, volumes)
        if target.any_size:
            volumes = arithmetic.resized(volumes, preprocessing.size, smoothed=False)
        values = tf.cast(volumes, tf.float64) if target.double else volumes
        if scaling == "channel":
            values = arithmetic.scaled(values, preprocessing.mean, preprocessing.deviation)
        if scaling == "volume":
            values = arithmetic.standardized(values, [1, 2, 3])
        return tf.cast(values, tf.float32)

    fill = ("missing voxels (NaN) become zero",) * zero
    size = " x ".join(map(str, preprocessing.size))
    resize = (f"resizing to {size} voxels: linear, edges aligned (scipy.ndimage.zoom, grid_mode)",)
    scale = (f"scaling by the mean and deviation of each {scaling}",) * (scaling != "none")
    lines = ((), (*fill, *resize, *scale)) if target.any_size else ((*fill, *resize), scale)
    shape = (*((None,) * 3 if target.any_size else preprocessing.size), preprocessing.channels)
    meaning = "(depth, height, width, channels): a volume"
    return Entry(shape, "float32", meaning, lambda *each: outside(*each).astype(np.float32), inside, *lines)


def _sound(preprocessing: SoundPreprocessing, target: Format) -> Entry:
    steps = preprocessing.steps

    def inside(sound):
        sound = arithmetic.middle(sound, steps)
        if preprocessing.scaling == "recording":
            sound = arithmetic.unit_rms(sound)
        return arithmetic.padded(sound, steps)

    done = (f"resampling to {preprocessing.sampling_rate:g} Hz, one channel",)
    lines = [f"the middle {steps} steps; shorter recordings are padded with zeros at both ends"]
    lines += ["division by the root mean square of the recording"] * (preprocessing.scaling == "recording")
    return Entry((None, 1), "float32", "(steps, 1): a recording", as_sound, inside, done, tuple(lines))
