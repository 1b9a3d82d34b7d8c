"""Pictures in which a recording is seen: the worst mistakes as wave and spectrogram, and the first kernels."""

import numpy as np
from matplotlib.figure import Figure

from convpipe.data.samples import Part, Samples
from convpipe.evaluation.figures import BLUE, GREY, first_layer
from convpipe.evaluation.mistakes import Mistakes, short
from convpipe.evaluation.signal_figures import first_kernels
from convpipe.models.spectrogram import LogMel, mel_edges

SHOWN = 6


def figures(samples: Samples, part: Part, predictions, classifier) -> dict[str, Figure]:
    """The worst mistakes, and the first layer's kernels where the network sees the waveform."""
    mistakes = worst_mistakes(part, predictions.probabilities, samples.class_names, classifier.preprocessing)
    kernels = first_layer(classifier, axes=1)
    return {"worst_mistakes": mistakes} | ({} if kernels is None else {"first_kernels": first_kernels(kernels)})


def worst_mistakes(part: Part, probabilities: np.ndarray, class_names, preprocessing) -> Figure:
    """The up to six wrong predictions that the classifier was surest of, each as its wave above its spectrogram.

    Both are drawn as a network gets them: cut, padded and scaled, the spectrogram in bands of the mel scale.

    Args:
        part: the recordings, (steps, 1) each.
        probabilities: (n, classes) float.
        class_names: the classes in the order of their indices.
        preprocessing: a SoundPreprocessing.

    Returns:
        The figure; without a mistake it says so.
    """
    mistakes = Mistakes(part.labels, probabilities, class_names, SHOWN)
    if not mistakes:
        return mistakes.none()
    figure, pairs = _panels(len(mistakes))
    waves = preprocessing.transform([part.inputs[i] for i in mistakes], [part.origins[i] for i in mistakes])
    for (above, below), i, wave in zip(pairs, mistakes, waves, strict=True):
        _draw_wave(above, wave[:, 0], preprocessing.sampling_rate)
        _draw_spectrogram(below, wave, preprocessing)
        above.set_title(mistakes.title(i), loc="left", fontsize=9, fontweight="bold", pad=14)
        place = {"transform": above.transAxes, "fontsize": 6.5, "color": GREY, "va": "bottom"}
        above.text(0, 1.03, short(part.origins[i], 52), **place)
    mistakes.head(figure)
    return figure


def _panels(count: int):
    """A figure, and for each recording the axes of its wave and of its spectrogram."""
    columns = min(3, count)
    rows = -(-count // columns)
    figure = Figure(figsize=(max(3.7 * columns, 6), 3.2 * rows + 0.5), layout="constrained")
    axes = figure.subplots(2 * rows, columns, squeeze=False, height_ratios=[2, 3] * rows)
    pairs = [(axes[2 * row, column], axes[2 * row + 1, column]) for row in range(rows) for column in range(columns)]
    for one in axes.flat:
        one.spines[["top", "right"]].set_visible(False)
        one.tick_params(labelsize=7, colors=GREY, labelcolor="black")
    for pair in pairs[count:]:
        for one in pair:
            one.set_visible(False)
    return figure, pairs[:count]


def _draw_wave(axes, wave: np.ndarray, sampling_rate: float) -> None:
    reach = np.abs(wave).max() or 1.0
    axes.plot(np.arange(len(wave)) / sampling_rate, wave, color=BLUE, linewidth=0.5)
    axes.set(xlim=(0, len(wave) / sampling_rate), ylim=(-1.05 * reach, 1.05 * reach), xticks=[], yticks=[0])


def _draw_spectrogram(axes, wave: np.ndarray, preprocessing) -> None:
    seen, rate = preprocessing, preprocessing.sampling_rate
    if len(wave) < seen.frame:
        axes.text(0.5, 0.5, "shorter than a frame", ha="center", va="center", transform=axes.transAxes, color=GREY)
        return
    picture = np.asarray(LogMel.of(seen.spectrogram)(wave[None]))[0, :, :, 0]
    # Each frame is drawn round its middle, so that it stands under its part of the wave.
    start = (seen.frame - seen.hop) / 2 / rate
    extent = (start, start + len(picture) * seen.hop / rate, -0.5, seen.mels - 0.5)
    axes.imshow(picture.T, origin="lower", aspect="auto", extent=extent, cmap="magma", interpolation="nearest")
    axes.set(xlim=(0, len(wave) / rate), facecolor="black")
    axes.set_xlabel("seconds", fontsize=8)
    _name_bands(axes, mel_edges(seen.mels, rate)[1:-1])


def _name_bands(axes, middles: np.ndarray) -> None:
    """Round frequencies, an octave apart, where they lie among the middles of the bands."""
    octaves = [hertz for hertz in 125 * 2 ** np.arange(12) if middles[0] <= hertz <= middles[-1]]
    axes.set_yticks(np.interp(octaves, middles, np.arange(len(middles))), [f"{hertz} Hz" for hertz in octaves])
