"""New samples compared with the training samples: windows, other sampling rates, and warnings."""

import json
from dataclasses import replace

import keras
import numpy as np
import pytest

from convpipe import config, models
from convpipe.data.dataset import Subset
from convpipe.errors import ConvpipeError
from convpipe.inference.classifier import Classifier
from convpipe.inference.training_shape import TrainingShape, resampled, windows_of
from convpipe.preprocessing.series import SeriesPreprocessing
from convpipe.registry import MODELS

RATE, SIZE, STRIDE = 50.0, 20, 10


def recording(steps: int, seed: int = 0, scale: float = 1.0, offset: float = 0.0) -> np.ndarray:
    return (scale * np.random.default_rng(seed).normal(1, 2, (steps, 2)) + offset).astype("float32")


@pytest.fixture(scope="module")
def trained() -> Classifier:
    """A small network on windows of twenty steps, half overlapping."""
    train = [recording(SIZE, seed) for seed in range(30)]
    asked = config.Settings(preprocessing=config.SeriesPreprocessingSettings(scaling="channel"))
    preprocessing = SeriesPreprocessing.fit(Subset(train, np.zeros(30), ["?"] * 30), asked)
    keras.utils.set_random_seed(3)
    settings = MODELS["cnn1d"].settings(filters=[4], kernel_sizes=[5], strides=[1], pooling=[1])
    network = models.build(settings, preprocessing.spec(2))
    shape = TrainingShape.of(train, "series", ("ax", "ay"), (SIZE, STRIDE))
    return Classifier(preprocessing, [network], ("rest", "walk"), RATE, training=shape)


def test_recording_longer_than_a_window_gets_the_mean_of_its_windows(trained):
    long, short = recording(55, 1), recording(SIZE, 2)
    pieces = [long[at : at + SIZE] for at in (0, 10, 20, 30)]
    alone = trained.predict(pieces).probabilities
    answers = trained.predict([long, short], ["a", "b"])
    np.testing.assert_allclose(answers.probabilities[0], alone.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(answers.probabilities[1], trained.predict([short]).probabilities[0], rtol=1e-5)
    assert list(answers.sample_ids) == ["a", "b"] and answers.probabilities.dtype == np.float32
    by_window = trained.predict([long, short], ["a", "b"], windows=True)
    np.testing.assert_allclose(by_window.probabilities[:4], alone, rtol=1e-5)
    assert len(by_window) == 5 and by_window.sample_ids[1] == "a, steps 10 to 30"


def test_samples_in_the_training_range_give_no_warning(trained):
    assert trained.predict([recording(SIZE, seed) for seed in range(100, 120)]).warnings == ()


@pytest.mark.parametrize("scale, offset", [(1.0, 40.0), (0.05, -15.0), (0.01, 1.0), (50.0, 0.0)])
def test_other_units_give_a_warning_with_sample_and_channel(trained, scale, offset):
    strange = recording(SIZE, 5)
    strange[:, 1] = recording(SIZE, 5, scale, offset)[:, 1]
    answers = trained.predict([recording(SIZE, 4), strange], ["usual", "strange"])
    (line,) = answers.warnings
    assert len(answers) == 2 and all(fact in line for fact in ("1 of 2", "strange", "ay"))


def test_a_sample_shorter_than_every_training_sample_gives_a_warning(trained):
    (line,) = trained.predict([recording(12)], ["short one"]).warnings
    assert all(fact in line for fact in ("1 of 1", "short one", "12", "20"))


def test_another_sampling_rate_is_resampled_with_a_warning(trained):
    fine = resampled(recording(SIZE, 6), RATE, 2 * RATE)
    assert len(fine) == 2 * SIZE - 1
    answers = trained.predict([fine], sampling_rate=2 * RATE)
    np.testing.assert_allclose(answers.probabilities, trained.predict([recording(SIZE, 6)]).probabilities, atol=1e-5)
    (line,) = answers.warnings
    assert "100 Hz" in line and "50 Hz" in line
    assert trained.predict([recording(SIZE, 6)], sampling_rate=RATE).warnings == ()


def test_images_are_compared_by_brightness_and_texts_are_not_compared():
    dark = [np.random.default_rng(seed).integers(0, 60, (8, 8, 1), dtype="uint8") for seed in range(20)]
    shape = TrainingShape.of(dark, "image")
    assert list(shape.warnings(dark, "image", ["?"] * 20)) == []
    (line,) = shape.warnings([255 - dark[0]], "image", ["bright.png"])
    assert "bright.png" in line
    assert list(TrainingShape.of(["a"], "text").warnings(["b"], "text", ["?"])) == []


def test_ranges_ignore_missing_values():
    with_gaps = [recording(SIZE, seed) for seed in range(10)]
    with_gaps[0][3] = np.nan
    shape = TrainingShape.of(with_gaps, "series", ("ax", "ay"))
    means = [np.nanmean(each[:, 0]) for each in with_gaps]
    np.testing.assert_allclose(shape.means[0], (min(means), max(means)), rtol=1e-5)


def test_windows_cover_all_steps_except_an_incomplete_last_window():
    for steps in range(1, 60):
        starts = list(windows_of(steps, SIZE, STRIDE))
        assert starts[0] == 0 and all(at + SIZE <= steps or steps < SIZE for at in starts)
        assert steps - (starts[-1] + SIZE) < STRIDE


def test_the_training_shape_is_saved_with_the_classifier(trained, tmp_path, refused):
    trained.save(tmp_path / "classifier")
    assert Classifier.load(tmp_path / "classifier").training == trained.training
    path = tmp_path / "classifier" / "classifier.json"
    about = json.loads(path.read_text())
    for broken in ({"means": [[0, 1]]}, {"window_steps": 0}, {"means": [[0, None], [0, 1]]}, {"shortest": "x"}):
        path.write_text(json.dumps(about | {"training": about["training"] | broken}))
        with refused(ConvpipeError, file=str(tmp_path / "classifier"), mentions=("training",)):
            Classifier.load(tmp_path / "classifier")


def test_a_classifier_without_a_training_shape_gives_the_same_predictions(trained):
    bare = replace(trained, training=TrainingShape())
    assert bare.predict([recording(55, 1, 9.0, 99.0)]).warnings == ()
