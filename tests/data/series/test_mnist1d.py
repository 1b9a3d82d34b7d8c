"""MNIST-1D from the package mnist1d, or from a stand-in if that is not installed."""

import hashlib
import random
import sys
from importlib.util import find_spec
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from convpipe.data.series.mnist1d import Mnist1dSettings, read
from convpipe.errors import DataError

#: SHA-256 of the package's arrays, rounded to three decimals so that NumPy and SciPy cannot change the last bit.
ROUNDED = "4d4664d1fd90e436f03ea7396d2d76182d524aab5ee28a9a0626c3e06f7134ae"


@pytest.fixture
def package(monkeypatch):
    """A stand-in for mnist1d that returns numbered series and changes the global random state."""

    def make_dataset(chosen):
        random.seed(1), np.random.seed(1)
        steps = np.arange(4.0)[::-1] if chosen.shuffle_seq else np.arange(4.0)
        train = 10 * np.arange(6)[:, None] + steps
        return {"x": train, "y": np.arange(6) % 3, "x_test": train[:2] + 100, "y_test": np.array([2, 1])}

    data = ModuleType("mnist1d.data")
    data.get_dataset_args, data.make_dataset = lambda: SimpleNamespace(shuffle_seq=False), make_dataset
    monkeypatch.setitem(sys.modules, "mnist1d", ModuleType("mnist1d"))
    monkeypatch.setitem(sys.modules, "mnist1d.data", data)


def test_the_parts_are_those_of_the_package(package):
    samples = read(Mnist1dSettings(name="mnist1d"), print)
    assert samples.inputs.shape == (8, 4, 1) and samples.inputs.dtype == np.float32
    assert samples.labels.tolist() == [0, 1, 2, 0, 1, 2, 2, 1]
    assert samples.is_test.tolist() == [False] * 6 + [True] * 2
    assert samples.inputs[-1].ravel().tolist() == [110, 111, 112, 113]
    assert samples.sample_ids[5:7] == ["training series 5", "test series 0"]


def test_permuted_steps_change_the_hash(package):
    samples, permuted = (read(Mnist1dSettings(name="mnist1d", permute_steps=each), print) for each in (False, True))
    assert np.array_equal(permuted.inputs, samples.inputs[:, ::-1]) and permuted.sha256 != samples.sha256


def test_the_global_random_state_is_preserved(package):
    random.seed(7), np.random.seed(7)
    expected = random.random(), np.random.random()
    random.seed(7), np.random.seed(7)
    read(Mnist1dSettings(name="mnist1d"), print)
    assert (random.random(), np.random.random()) == expected


def test_without_the_package_its_extra_is_named(monkeypatch, refused):
    monkeypatch.setitem(sys.modules, "mnist1d", None)
    with refused(DataError, value="mnist1d", remedy="mnist1d==0.0.2.post1", mentions=("extra mnist1d",)):
        read(Mnist1dSettings(name="mnist1d"), print)


@pytest.mark.skipif(find_spec("mnist1d") is None, reason="the extra mnist1d is not installed")
def test_the_series_are_those_of_the_package():
    samples = read(Mnist1dSettings(name="mnist1d"), print)
    assert samples.inputs.shape == (5000, 40, 1) and samples.is_test.sum() == 1000
    rounded = np.round(samples.inputs.astype(np.float64), 3) + 0.0
    assert hashlib.sha256(rounded.tobytes() + samples.labels.tobytes()).hexdigest() == ROUNDED
