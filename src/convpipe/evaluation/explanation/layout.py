"""Map scores from network input back to the sample: axes in seconds, steps, pixels, voxels, Hz or tokens."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops

from convpipe.data.volumes import as_volume
from convpipe.evaluation.explanation.result import Axis, Spectrogram
from convpipe.inference.classifier import Classifier
from convpipe.models.layers.input_transforms import HeightOne, LogSpectrogram, MiddleLine, MiddleSlice, Rows
from convpipe.models.layers.spectrogram import LogMel, mel_edges
from convpipe.preprocessing import Preprocessing
from convpipe.preprocessing.images import as_image
from convpipe.preprocessing.series import as_series
from convpipe.preprocessing.sound import SoundPreprocessing, as_sound

#: Names of the axes of a sample by modality; the axes of other modalities are numbered.
AXES = {"image": ("row", "column"), "volume": ("depth", "height", "width"), "text": ("token",)}
UNITS = {"image": "px", "volume": "voxels"}


@dataclass(frozen=True)
class Piece:
    """The map of a sample, or of one window of a recording.

    Args:
        start: of the window in the sample, in steps.
        batch: (1, ...) input of the network.
        scores: (positions..., classes).
        front: the layer whose output defines the positions; None for those of `batch`.
    """

    start: int
    batch: np.ndarray
    scores: np.ndarray
    front: Any


@dataclass(frozen=True)
class Laid:
    """A map on the axes of its sample: fields of `Explanation`, and `outside`, the scores on padding (classes,)."""

    scores: np.ndarray
    axes: tuple[Axis, ...]
    spectrogram: Spectrogram | None
    outside: np.ndarray


def as_drawn(modality: str, sample, sample_id: str):
    """Convert a sample to the form that an explanation contains.

    Raises:
        DataError: the sample is not of this modality.
    """
    convert = {"series": as_series, "image": as_image, "sound": as_sound}.get(modality)
    if modality == "volume":
        return as_volume(sample, sample_id, "zero")
    return convert(sample, sample_id) if convert else sample


def lay_out(classifier: Classifier, sample, pieces: list[Piece]) -> Laid:
    """Map the scores of a sample, or the mean over its windows, to the axes of the sample.

    Args:
        classifier: of the maps.
        sample: from `as_drawn`.
        pieces: one, or one per window.
    """
    modality, rate, first = classifier.preprocessing.modality, rate_of(classifier), pieces[0]
    if modality not in ("series", "sound"):
        scores = on_input(first, modality)
        outside = np.zeros(scores.shape[-1])
        return Laid(scores, _plain_axes(modality, scores, sample), None, outside)
    is_sound = modality == "sound"
    if is_spectrogram(first.front) and len(pieces) == 1:
        start = _offset(sample, first) if is_sound else 0
        spectrogram = spectrogram_of(first.front, first.batch, rate, start)
        units = ("s", "Hz") if rate else ("steps", "1/step")
        axes = tuple(map(Axis, ("time", "frequency"), units, (spectrogram.times, spectrogram.frequencies)))
        return Laid(first.scores, axes, spectrogram, np.zeros(first.scores.shape[-1]))
    scores, outside = _on_recording(sample, pieces, modality)
    return Laid(scores, _time_axes(scores, classifier), _of_wave(classifier.preprocessing, sample), outside)


def _of_wave(preprocessing: Preprocessing, sample: np.ndarray) -> Spectrogram | None:
    """Return the spectrogram of a recording after preprocessing, or None for other series and less than a frame."""
    if not isinstance(preprocessing, SoundPreprocessing) or len(sample) < preprocessing.frame_length:
        return None
    loudness = float(np.sqrt(np.mean(np.square(sample, dtype=np.float64))))
    wave = (sample / (loudness or 1.0)).astype(np.float32)
    return spectrogram_of(LogMel.of(preprocessing.spectrogram), wave[None], preprocessing.sampling_rate, 0)


def rate_of(classifier: Classifier) -> float | None:
    """Return the sampling rate of series and sound in Hz, or None if unknown."""
    return classifier.sampling_rate or getattr(classifier.preprocessing, "sampling_rate", None)


def is_spectrogram(front) -> bool:
    """Whether a layer computes a spectrogram, so that positions are frames and bands."""
    return isinstance(front, (LogMel, LogSpectrogram))


def on_input(piece: Piece, modality: str) -> np.ndarray:
    """Map the scores of a piece to the axes of its input, (positions..., classes).

    For series: (steps, classes), or (steps, channels, classes) if channels have separate scores.
    """
    shape, scores, front = piece.batch.shape[1:], piece.scores, piece.front
    if is_spectrogram(front):
        scores = _over_steps(front, scores.sum(axis=1), shape[0])
    elif isinstance(front, HeightOne):
        scores = scores[0]
    elif isinstance(front, Rows):
        scores = np.repeat(scores[:, None] / shape[1], shape[1], axis=1)
    elif isinstance(front, (MiddleSlice, MiddleLine)):
        whole = np.zeros((*shape[:3], scores.shape[-1]))
        whole[shape[0] // 2 if isinstance(front, MiddleSlice) else (shape[0] // 2, shape[1] // 2)] = scores
        scores = whole
    if modality == "text":
        return scores.reshape(len(scores), -1, scores.shape[-1]).sum(axis=1)
    has_channels = scores.ndim == len(shape) + 1
    return scores.sum(axis=-2) if has_channels and modality != "series" else scores


def _over_steps(front, scores: np.ndarray, steps: int) -> np.ndarray:
    """Spread the scores of frames (frames, classes) evenly over their steps, (steps, classes)."""
    result = np.zeros((steps, scores.shape[-1]))
    for number, each in enumerate(scores):
        result[number * front.hop_length :][: front.frame_length] += each / front.frame_length
    return result


def _on_recording(sample: np.ndarray, pieces: list[Piece], modality: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean map of the windows of a recording on its steps, and the scores on padding."""
    maps = [on_input(piece, modality) for piece in pieces]
    if maps[0].ndim == 3:  # preprocessing may have added derived copies of all channels
        maps = [each.reshape(len(each), -1, sample.shape[1], each.shape[-1]).sum(axis=1) for each in maps]
    whole, outside = np.zeros((len(sample), *maps[0].shape[1:])), np.zeros(maps[0].shape[-1])
    for piece, scores in zip(pieces, maps, strict=True):
        offset = piece.start + (_offset(sample[piece.start :], piece) if modality == "sound" else 0)
        places = offset + np.arange(len(scores))
        inside = (places >= 0) & (places < len(sample))
        whole[places[inside]] += scores[inside] / len(pieces)
        outside = outside + scores[~inside].reshape(-1, scores.shape[-1]).sum(axis=0) / len(pieces)
    return whole, outside


def _offset(sample: np.ndarray, piece: Piece) -> int:
    """Return the step of a recording at which its prepared form starts; negative if it was padded."""
    missing = piece.batch.shape[1] - len(sample)
    return -(missing // 2) if missing > 0 else -missing // 2


def _plain_axes(modality: str, scores: np.ndarray, sample) -> tuple[Axis, ...]:
    sizes, names = scores.shape[:-1], AXES.get(modality, ())
    known = names if len(names) == len(sizes) else [f"axis {number + 1}" for number in range(len(sizes))]
    drawn = sample.shape if modality in UNITS else sizes  # images and volumes were resized
    unit = UNITS.get(modality, "")
    rows = zip(known, sizes, drawn, strict=False)
    return tuple(Axis(name, unit, np.linspace(0, whole, size + 1)) for name, size, whole in rows)


def _time_axes(scores: np.ndarray, classifier: Classifier) -> tuple[Axis, ...]:
    rate = rate_of(classifier)
    time = Axis("time", "s" if rate else "steps", np.arange(len(scores) + 1) / (rate or 1))
    if scores.ndim == 2:
        return (time,)
    channels = scores.shape[1]
    return time, Axis("channel", "", np.arange(channels + 1.0), channel_labels(classifier, channels))


def channel_labels(classifier: Classifier, channels: int) -> tuple[str, ...]:
    """Return the name or the number of each channel of a series."""
    names = classifier.training.channel_names
    return names if len(names) == channels else tuple(f"channel {number}" for number in range(channels))


def spectrogram_of(layer, batch: np.ndarray, rate: float | None, start: int) -> Spectrogram:
    """Return the output of a spectrogram layer for one series or recording, averaged over its channels.

    Args:
        layer: `LogMel` or `LogSpectrogram`.
        batch: (1, steps, channels).
        rate: sampling rate in Hz, None if unknown.
        start: step of the recording at which `batch` starts.
    """
    values = np.asarray(ops.convert_to_numpy(layer(batch))[0], np.float64).mean(axis=-1)
    frames, bands = values.shape
    # Each frame is drawn around its center.
    times = start + (layer.frame_length - layer.hop_length) / 2 + np.arange(frames + 1) * layer.hop_length
    if isinstance(layer, LogMel):
        middles = mel_edges(bands, layer.sampling_rate)
        frequencies = np.concatenate([middles[:1], (middles[1:-2] + middles[2:-1]) / 2, middles[-1:]])
    else:
        frequencies = (np.arange(bands + 1) - 0.5).clip(0, bands - 1) * (rate or 1) / layer.frame_length
    return Spectrogram(values, times / (rate or 1), frequencies)
