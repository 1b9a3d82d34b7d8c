"""A suite that measures nothing."""

import sys
from types import ModuleType

import pytest

from convpipe.experiment.benchmark import SUITES, case
from convpipe.experiment.benchmark.case import Case, spread


@pytest.fixture
def fake_suite(monkeypatch):
    """A suite `fake` with the peer keras and two groups of one model each. Results come from `suite.measured`, which is
    called with key and seed; `suite.asked` lists these calls."""
    suite = ModuleType("fake_suite")
    suite.PEERS = {"keras": ("keras",)}
    suite.asked, suite.measured = [], lambda key, seed: {"seconds": 1.0 + seed}

    def groups(settings):
        keys = [[{"set": name, "library": each} for each in settings.libraries] for name in settings.sets]
        return [[Case(key, {"key": key}) for key in group] for group in keys]

    def in_fresh_process(module, values, seed, threads):
        assert module == "fake_suite"
        suite.asked.append((*values["key"].values(), seed))
        return suite.measured(values["key"], seed)

    suite.groups = groups
    suite.columns = lambda measured: spread("seconds", [each["seconds"] for each in measured])
    suite.summary = lambda measured: f"{measured['seconds']} s"
    suite.lines = lambda rows: [f"{len(rows)} rows"]
    suite.figure = lambda rows: None
    monkeypatch.setitem(sys.modules, "fake_suite", suite)
    monkeypatch.setitem(SUITES, "fake", "fake_suite")
    monkeypatch.setattr(case, "in_fresh_process", in_fresh_process)
    return suite
