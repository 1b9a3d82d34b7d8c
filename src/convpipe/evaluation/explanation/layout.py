"""From what a network takes back to the sample: the axes of a map in seconds, steps, pixels, voxels, Hz or tokens."""

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

#: Names of the axes of a sample, by modality; others have numbers.
AXES = {"image": ("row", "column"), "volume": ("depth", "height", "width"), "text": ("token",)}
UNITS = {"image": "px", "volume": "voxels"}


@dataclass(frozen=True)
class Piece:
    """The map of a sample, or of one window of a recording.

    Args:
        start: where the window begins in the sample, in steps.
        batch: (1, ...) as the network takes it.
        scores: (positions..., classes).
        front: the layer whose output the positions are of; None: those of `batch`.
    """

    start: int
    batch: np.ndarray
    scores: np.ndarray
    front: Any


@dataclass(frozen=True)
class Laid:
    """A map that lies on its sample; fields as in `Explanation`, and what fell on padding (classes,)."""

    scores: np.ndarray
    axes: tuple[Axis, ...]
    spectrogram: Spectrogram | None
    outside: np.ndarray


def as_drawn(modality: str, sample, sample_id: str):
    """A sample as an explanation keeps it.

    Raises:
        DataError: it is none of this modality.
    """
    convert = {"series": as_series, "image": as_image, "sound": as_sound}.get(modality)
    if modality == "volume":
        return as_volume(sample, sample_id, "zero")
    return convert(sample, sample_id) if convert else sample


def lay_out(classifier: Classifier, sample, pieces: list[Piece]) -> Laid:
    """Lay the map of a sample, or the mean of the maps of its windows, onto its axes.

    Args:
        classifier: that the maps are of.
        sample: as `as_drawn` gives it.
        pieces: one, or one a window.
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
    """The spectrogram of a recording as networks take it; None of other series and of one shorter than a frame."""
    if not isinstance(preprocessing, SoundPreprocessing) or len(sample) < preprocessing.frame_length:
        return None
    loudness = float(np.sqrt(np.mean(np.square(sample, dtype=np.float64))))
    wave = (sample / (loudness or 1.0)).astype(np.float32)
    return spectrogram_of(LogMel.of(preprocessing.spectrogram), wave[None], preprocessing.sampling_rate, 0)


def rate_of(classifier: Classifier) -> float | None:
    """Steps a second of series and sound in Hz, None where unknown."""
    return classifier.sampling_rate or getattr(classifier.preprocessing, "sampling_rate", None)


def is_spectrogram(front) -> bool:
    """Whether the positions are frames and bands."""
    return isinstance(front, (LogMel, LogSpectrogram))


def on_input(piece: Piece, modality: str) -> np.ndarray:
    """The map of a piece on the axes of its input, (positions..., classes); of series (steps, classes), or (steps,
    channels, classes) where channels have shares of their own."""
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
    """Shares of frames (frames, classes) spread over the steps (steps, classes) of each."""
    result = np.zeros((steps, scores.shape[-1]))
    for number, each in enumerate(scores):
        result[number * front.hop_length :][: front.frame_length] += each / front.frame_length
    return result


def _on_recording(sample: np.ndarray, pieces: list[Piece], modality: str) -> tuple[np.ndarray, np.ndarray]:
    """The mean map of the windows of a recording on its steps, and what fell on padding."""
    maps = [on_input(piece, modality) for piece in pieces]
    if maps[0].ndim == 3:  # preprocessing may have added all channels in another form
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
    """The step of a recording at which its prepared form begins; below zero where that was padded."""
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
    """The name of each channel of a series, or its number."""
    names = classifier.training.channel_names
    return names if len(names) == channels else tuple(f"channel {number}" for number in range(channels))


def spectrogram_of(layer, batch: np.ndarray, rate: float | None, start: int) -> Spectrogram:
    """The output of a spectrogram layer for one series or recording, the mean over its channels.

    Args:
        layer: `LogMel` or `LogSpectrogram`.
        batch: (1, steps, channels).
        rate: steps a second in Hz, None where unknown.
        start: the step of the recording at which `batch` begins.
    """
    values = np.asarray(ops.convert_to_numpy(layer(batch))[0], np.float64).mean(axis=-1)
    frames, bands = values.shape
    # Each frame is drawn round its middle.
    times = start + (layer.frame_length - layer.hop_length) / 2 + np.arange(frames + 1) * layer.hop_length
    if isinstance(layer, LogMel):
        middles = mel_edges(bands, layer.sampling_rate)
        frequencies = np.concatenate([middles[:1], (middles[1:-2] + middles[2:-1]) / 2, middles[-1:]])
    else:
        frequencies = (np.arange(bands + 1) - 0.5).clip(0, bands - 1) * (rate or 1) / layer.frame_length
    return Spectrogram(values, times / (rate or 1), frequencies)
