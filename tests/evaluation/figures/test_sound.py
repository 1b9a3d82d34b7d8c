"""Figures of sound: number of panels, units, and a message without mistakes."""

from types import SimpleNamespace

import numpy as np
import pytest

from convpipe import models
from convpipe.data.dataset import Dataset
from convpipe.evaluation.figures.context import FigureContext
from convpipe.evaluation.figures.sound import figures
from convpipe.input_spec import InputSpec
from convpipe.models.sound.m5 import M5Settings
from convpipe.preprocessing.sound import SoundPreprocessing

CONTEXT = FigureContext("made here", "fcn", 3, "test part")
PREPARATION = SoundPreprocessing("recording", 400, 1000.0, 8, 64, 16)


def heading(figure) -> str:
    return " ".join(text.get_text() for text in figure.texts)


def drawn(mistakes: int, preprocessing=PREPARATION, networks=()):
    random = np.random.default_rng(0)
    inputs = [random.normal(size=(300 + i, 1)).astype("float32") for i in range(12)]
    labels = np.arange(12) % 2
    sample_ids = [f"take {i}" for i in range(12)]
    samples = Dataset(inputs, labels, ("no", "yes"), sample_ids, "made", "", sampling_rate=1000.0, modality="sound")
    probabilities = np.eye(2)[np.where(np.arange(12) < mistakes, 1 - labels, labels)] * 0.8 + 0.1
    classifier = SimpleNamespace(preprocessing=preprocessing, networks=networks or [SimpleNamespace(layers=[])])
    return figures(
        samples, samples.subset(range(12)), SimpleNamespace(probabilities=probabilities), classifier, CONTEXT
    )


@pytest.mark.parametrize(("mistakes", "shown"), [(1, 1), (4, 4), (9, 6)])
def test_worst_mistakes_are_waveforms_above_spectrograms(mistakes, shown):
    figure = drawn(mistakes)["worst_mistakes"]
    panels = [axes for axes in figure.axes if axes.get_visible()]
    waves, pictures = [axes for axes in panels if axes.lines], [axes for axes in panels if axes.images]
    assert len(waves) == len(pictures) == shown
    assert {axes.get_xlim() for axes in panels} == {(0, 0.4)}, "seconds"
    assert waves[0].get_title(loc="left") == "no → yes (90%)"
    assert f"{mistakes} mistakes" in heading(figure) or mistakes == 1


def test_without_mistakes_there_is_a_message():
    assert "No mistakes" in heading(drawn(0)["worst_mistakes"])


def test_recordings_shorter_than_a_frame_have_no_spectrogram():
    figure = drawn(1, SoundPreprocessing("recording", 50, 1000.0, 8, 64, 16))["worst_mistakes"]
    assert not any(axes.images for axes in figure.axes)


def test_kernels_are_plotted_if_the_input_is_the_waveform():
    network = models.build(M5Settings(filters=[4, 4], kernel_size=16), InputSpec((400,), 1, 2))
    assert set(drawn(1, networks=[network])) == {"worst_mistakes", "first_kernels"}
    assert set(drawn(1)) == {"worst_mistakes"}
