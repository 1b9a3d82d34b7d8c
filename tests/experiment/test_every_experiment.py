"""Every model for series, and every experiment of conf/, trains one step."""

import numpy as np
import pytest
from omegaconf import OmegaConf

from convpipe.data.dataset import Dataset
from convpipe.experiment.run import run
from convpipe.paths import PROJECT
from convpipe.preprocessing.text.vectors import Table

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("quick")]
SERIES_MODELS = (
    *("mlp", "cnn1d", "fcn", "resnet", "inception_time", "lite_time", "tcn"),
    *("mini_rocket", "hydra", "hydra_mini", "linear"),
)
EXPERIMENTS = sorted(path.stem for path in (PROJECT / "conf" / "experiment").glob("*.yaml"))
#: What stands in for the series of a dataset: their channels, classes and steps a second; few and short.
SERIES = {
    "watch": {"channels": 6, "classes": 7, "n": 84, "groups": True, "official": False, "rate": 10.0},
    "hapt": {"channels": 6, "classes": 6, "n": 72, "groups": True, "rate": 25.0},
    "japanesevowels": {"channels": 12, "classes": 9, "n": 72, "unequal": True},
    "basicmotions": {"channels": 6, "classes": 4},
    "plaid": {"classes": 11, "n": 88, "unequal": True},
    "pickupgesturewiimotez": {"classes": 10, "n": 60, "unequal": True},
}
#: Shape of what stands in for a sample of another modality; for a text the number of its words.
SHAPES = {"image": (28, 28, 1), "volume": (15, 15, 15, 1), "sound": (4000, 1), "text": (12,)}


@pytest.mark.parametrize("name", SERIES_MODELS)
def test_every_model_trains_one_step(given, tmp_path, name, settings_of, samples):
    given(samples(steps=20, channels=2, unequal=True))
    result = run(settings_of("data=gunpoint", f"model={name}", "debug=one_step"), tmp_path)
    assert result["status"] == "finished" and result["model"] == name


def stand_in(modality: str) -> Dataset:
    """A dataset of a modality, made in memory: noise, brighter in each further class."""
    random, labels = np.random.default_rng(0), np.arange(24) % 3
    values = [random.integers(0, 80, SHAPES[modality]) + 80 * label for label in labels]
    made = {
        "image": lambda each: each.astype("uint8"),
        "volume": lambda each: each.astype("float32"),
        "sound": lambda each: (each / 240 - 0.5).astype("float32"),
        "text": lambda each: " ".join(f"word{number}" for number in each),
    }[modality]
    return Dataset(
        [made(each) for each in values], labels.astype("int64"), ("a", "b", "c"), [f"file {i}" for i in range(24)],
        "made here", "0" * 64, is_test=np.arange(24) >= 15, modality=modality,
        sampling_rate=4000.0 if modality == "sound" else None,
    )  # fmt: skip


@pytest.fixture
def vectors(monkeypatch):
    """Pretrained vectors of three numbers for every token, whatever the source."""

    def opened(name, tokenizer, wanted, report):
        return Table(name, sorted(wanted), np.random.default_rng(0).normal(size=(len(wanted), 3)))

    monkeypatch.setattr("convpipe.preprocessing.text.tokens_to_ids.open_source", opened)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_trains_one_step(given, vectors, tmp_path, name, settings_of, compose_train, samples):
    overrides = [f"experiment={name}", "debug=one_step"]
    composed = compose_train(*overrides)
    overrides += [f"{key}=given_here" for key in OmegaConf.missing_keys(composed)]
    if composed.embedding and composed.embedding.name == "contextual":
        overrides.append("embedding=static")  # its transformer is fetched; tests/preprocessing has a tiny one
    modality, series = composed.preprocessing.modality, SERIES.get(composed.data.name, {"classes": 3})
    given(samples(steps=64, **series) if modality == "series" else stand_in(modality))
    result = run(settings_of(*overrides), tmp_path)
    assert result["status"] == "finished"
