"""Settings as Hydra composes them, and samples made in memory, for runs in this process."""

import numpy as np
import pytest
from hydra import compose, initialize_config_dir

from convpipe import config
from convpipe.config.schema import to_settings
from convpipe.data.dataset import Dataset
from convpipe.paths import PROJECT
from convpipe.schemas import register_schemas


@pytest.fixture
def compose_train():
    """`compose_train("model=fcn")`: the configuration of the command train."""

    def composed(*overrides: str):
        register_schemas()
        with initialize_config_dir(version_base="1.3", config_dir=str(PROJECT / "conf")):
            return compose("train", list(overrides))

    return composed


@pytest.fixture
def settings_of(compose_train):
    """`settings_of("model=fcn")`: the settings of a run."""
    return lambda *overrides: to_settings(compose_train(*overrides), config.Settings)


@pytest.fixture
def samples():
    """`samples(n=12)`: sines with one frequency per class, with noise."""
    return _samples


def _samples(n=30, classes=2, channels=1, steps=16, groups=False, official=True, unequal=False, rate=None) -> Dataset:
    random, labels = np.random.default_rng(0), np.arange(n) % classes
    lengths = steps - (np.arange(n) % 3 if unequal else np.zeros(n, int))
    inputs = [
        (np.sin((label + 1) * np.linspace(0, 6, count))[:, None] + random.normal(0, 0.1, (count, channels)))
        .astype("float32") for label, count in zip(labels, lengths, strict=True)
    ]  # fmt: skip
    return Dataset(
        inputs, labels.astype("int64"), tuple(f"class {i}" for i in range(classes)), [f"row {i}" for i in range(n)],
        "made here", "0" * 64, groups=np.array([f"g{i // classes % 6}" for i in range(n)]) if groups else None,
        is_test=np.arange(n) >= n * 2 // 3 if official else None, sampling_rate=rate,
    )  # fmt: skip


@pytest.fixture
def quick(eager, monkeypatch):
    """No compiling and no figures; the tests of end_to_end have both."""
    monkeypatch.setattr("convpipe.evaluation.run_files.write_figures", lambda *arguments: [])


@pytest.fixture
def given(monkeypatch, home):
    """`given(samples)`: every reader returns these samples."""

    def give(made: Dataset) -> None:
        monkeypatch.setattr("convpipe.experiment.run.load", lambda data, window, report: made)

    return give
