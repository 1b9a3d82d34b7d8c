"""Figures of sound: the worst mistakes as waveforms and spectrograms, and the kernels of the first convolution."""

from functools import partial

import numpy as np
from matplotlib.figure import Figure

from convpipe.data.dataset import Dataset, Subset
from convpipe.evaluation.figures.common import BLUE
from convpipe.evaluation.figures.context import FigureContext
from convpipe.evaluation.figures.kernels import kernel_figures
from convpipe.evaluation.figures.mistakes import TRUE_TO_PREDICTED, Mistakes
from convpipe.evaluation.figures.series import first_kernels, signal_panels
from convpipe.evaluation.figures.words import GRAY
from convpipe.models.layers.spectrogram import LogMel, mel_edges

SHOWN = 6


def figures(dataset: Dataset, subset: Subset, predictions, classifier, context: FigureContext) -> dict[str, Figure]:
    """Return the worst mistakes, and the kernels of the first convolution if its input is the waveform."""
    worst = worst_mistakes(subset, predictions.probabilities, dataset.class_names, classifier.preprocessing, context)
    return {"worst_mistakes": worst} | kernel_figures(classifier, 1, partial(first_kernels, context=context))


def worst_mistakes(
    subset: Subset, probabilities: np.ndarray, class_names, preprocessing, context: FigureContext
) -> Figure:
    """Plot up to six wrong predictions with the highest confidence, each as a waveform above its spectrogram.

    Both are shown after the preprocessing: cut, padded and scaled; the spectrogram has mel bands.

    Args:
        subset: recordings, (steps, 1) each.
        probabilities: (n, classes) float.
        class_names: the classes in the order of their indices.
        preprocessing: a SoundPreprocessing.
        context: of the figure.

    Returns:
        The figure; without mistakes, a figure with a message.
    """
    mistakes = Mistakes(subset, probabilities, class_names, SHOWN)
    if not mistakes:
        return mistakes.none(context)
    captions = mistakes.captions(2.9)
    figure, pairs = signal_panels(len(mistakes), 3.0 + captions.height, ratios=(2, 3))
    waves = preprocessing.transform([subset.inputs[i] for i in mistakes], [subset.sample_ids[i] for i in mistakes])
    for (above, below), i, wave in zip(pairs, mistakes, waves, strict=True):
        _draw_wave(above, wave[:, 0], preprocessing.sampling_rate)
        _draw_spectrogram(below, wave, preprocessing)
        captions.write(above, i)
    mistakes.head(figure, context, f"{TRUE_TO_PREDICTED}; brightness: log power in mel bands, scaled per panel")
    return figure


def _draw_wave(axes, wave: np.ndarray, sampling_rate: float) -> None:
    reach = np.abs(wave).max() or 1.0
    axes.plot(np.arange(len(wave)) / sampling_rate, wave, color=BLUE, linewidth=0.5)
    axes.set(xlim=(0, len(wave) / sampling_rate), ylim=(-1.05 * reach, 1.05 * reach), xticks=[], yticks=[0])
    axes.set_ylabel("amplitude", fontsize=7)


def _draw_spectrogram(axes, wave: np.ndarray, preprocessing) -> None:
    rate, frame_length, hop_length = preprocessing.sampling_rate, preprocessing.frame_length, preprocessing.hop_length
    if len(wave) < frame_length:
        axes.text(0.5, 0.5, "shorter than a frame", ha="center", va="center", transform=axes.transAxes, color=GRAY)
        return
    spectrogram = np.asarray(LogMel.of(preprocessing.spectrogram)(wave[None]))[0, :, :, 0]
    # Each frame is centered, so that it is below its part of the waveform.
    start = (frame_length - hop_length) / 2 / rate
    extent = (start, start + len(spectrogram) * hop_length / rate, -0.5, preprocessing.n_mels - 0.5)
    axes.imshow(spectrogram.T, origin="lower", aspect="auto", extent=extent, cmap="magma", interpolation="nearest")
    axes.set(xlim=(0, len(wave) / rate), facecolor="black")
    axes.set_xlabel("time (s)", fontsize=8)
    axes.set_ylabel("frequency (Hz)", fontsize=7)
    # Ticks at octaves within the centers of the bands.
    middles = mel_edges(preprocessing.n_mels, rate)[1:-1]
    octaves = [hertz for hertz in 125 * 2 ** np.arange(12) if middles[0] <= hertz <= middles[-1]]
    axes.set_yticks(np.interp(octaves, middles, np.arange(len(middles))), [str(hertz) for hertz in octaves])
