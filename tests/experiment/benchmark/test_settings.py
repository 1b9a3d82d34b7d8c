"""Suites and peers on the command line."""

import pytest

from convpipe.errors import ConfigError
from convpipe.experiment.benchmark import SUITES
from convpipe.experiment.benchmark.settings import BenchmarkSettings


@pytest.fixture
def installed(monkeypatch):
    """`installed("aeon")`: these packages and no others."""

    def only(*names: str) -> None:
        found = lambda name, package=None: object() if name in names else None  # noqa: E731
        monkeypatch.setattr("importlib.util.find_spec", found)

    return only


def test_unknown_suite_is_refused_with_the_known_ones(refused):
    with refused(ConfigError, key="suite", value="speed", mentions=tuple(SUITES)):
        BenchmarkSettings(suite="speed")


@pytest.mark.parametrize("peers, expected", [
    (None, ["keras", "torch"]), ("none", []), ([], []), ("torch", ["torch"]), (["torch", "keras"], ["torch", "keras"]),
])  # fmt: skip
def test_peers_are_a_name_a_list_none_or_all(installed, peers, expected):
    installed("keras", "torch")
    assert BenchmarkSettings(suite="training", peers=peers).peers == expected


@pytest.mark.parametrize("there, missing", [((), "aeon"), (("aeon",), "torch"), (("torch",), "aeon")])
def test_a_missing_peer_is_refused_with_its_extra(installed, refused, there, missing):
    installed(*there)
    remedy = "pip install 'convpipe[peers]'"
    with refused(ConfigError, key="peers", value="aeon", remedy=remedy, mentions=(f"package {missing}",)):
        BenchmarkSettings(suite="fixed_kernels", peers="aeon")


def test_peer_of_another_suite_is_refused(installed, refused):
    installed("torch")
    with refused(ConfigError, key="peers", value="torch", mentions=("fixed_kernels", "aeon")):
        BenchmarkSettings(suite="fixed_kernels", peers=["torch"])
