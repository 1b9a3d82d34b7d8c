"""Sound from files to a saved and loaded classifier, with both experiments."""

import json

import numpy as np
import pytest
from hydra import compose, initialize_config_dir
from scipy.io import wavfile

from convpipe import config
from convpipe.config.schema import to_settings
from convpipe.experiment.run import run
from convpipe.inference.classifier import Classifier
from convpipe.paths import CONF
from convpipe.schemas import register_schemas

pytestmark = pytest.mark.slow

RATE = 8000


def tone(digit: int, repetition: int) -> np.ndarray:
    """Return a tone. Its pitch depends on the digit, its length on the repetition."""
    return 0.5 * np.sin(2 * np.pi * 300 * (digit + 1) * np.arange(4000 + 100 * repetition) / RATE)


@pytest.fixture
def recordings(tmp_path):
    folder = tmp_path / "spoken"
    folder.mkdir()
    for digit in range(2):
        for speaker in ("ann", "bob", "cleo"):
            for repetition in range(2):
                values = (tone(digit, repetition) * 2**15).astype("int16")
                wavfile.write(folder / f"{digit}_{speaker}_{repetition}.wav", RATE, values)
    return folder


@pytest.mark.parametrize("name", ["spoken_digits_spectrogram", "spoken_digits_waveform"])
def test_experiment_trains_one_step_and_the_classifier_takes_raw_recordings(home, eager, tmp_path, recordings, name):
    register_schemas()
    overrides = [f"experiment={name}", f"data.path={recordings}", "debug=one_step", "training.batch_size=4"]
    with initialize_config_dir(version_base="1.3", config_dir=str(CONF)):
        settings = to_settings(compose("train", overrides), config.Settings)
    folder = tmp_path / "run"
    folder.mkdir()
    result = run(settings, folder)
    assert result["status"] == "finished" and json.loads((folder / "result.json").read_text())["test"]["n"] == 4
    assert (folder / "figures" / "worst_mistakes.png").exists()
    assert (folder / "figures" / "first_kernels.png").exists() == (name == "spoken_digits_waveform")
    classifier = Classifier.load(folder / "classifier")
    arrays = classifier.predict([tone(0, 0), tone(1, 1)[:, None]])
    lists = classifier.predict([tone(0, 0)[:, None].tolist(), tone(1, 1)[:, None].tolist()])
    assert classifier.sampling_rate == RATE and classifier.class_names == ("0", "1")
    np.testing.assert_allclose(arrays.probabilities, lists.probabilities, atol=1e-6)
