"""Rows of the suite `export`: refusals of a format, and errors."""

import json
from types import SimpleNamespace

import pytest

from convpipe.errors import DataError, TrainingError
from convpipe.experiment import run as run_module
from convpipe.experiment.benchmark import export as suite
from convpipe.inference.export import export as export_module
from convpipe.inference.export.formats import FormatError


@pytest.fixture
def values() -> dict:
    """The values of a task whose settings are not read."""
    return {"task": "cnn1d", "settings": "{}", "format": "saved_model", "quantize": ""}


@pytest.fixture
def trained(home, monkeypatch):
    """The folders that were trained; each run ends with `ends["status"]`."""
    ends, trained = {"status": "finished"}, []

    def train(settings, folder):
        assert not folder.exists()
        trained.append(folder)
        folder.mkdir(parents=True)
        (folder / "result.json").write_text(json.dumps(ends))
        if ends["status"] == "failed":
            raise TrainingError("the loss is not finite")

    monkeypatch.setattr(suite, "read_text", lambda text: SimpleNamespace(seed=0))
    monkeypatch.setattr(suite, "replace", lambda settings, seed: settings)
    monkeypatch.setattr(run_module, "run", train)
    trained_and_ends = SimpleNamespace(folders=trained, ends=ends)
    return trained_and_ends


def exports(monkeypatch, error) -> None:
    def export(*given, **options):
        raise error

    monkeypatch.setattr(export_module, "export", export)


def test_a_format_that_cannot_hold_a_network_is_a_row(values, trained, monkeypatch):
    exports(monkeypatch, FormatError("cannot hold this network (Sort)", key="--format"))
    found = suite.measure(values, 0)
    assert found["status"] == "refused" and "Sort" in found["reason"]
    suite.measure(values, 0)
    assert len(trained.folders) == 1, "a finished run is trained once"


def test_missing_data_are_an_error(values, trained, monkeypatch):
    exports(monkeypatch, DataError("the data cannot be read", file="run"))
    with pytest.raises(DataError):
        suite.measure(values, 0)


def test_a_failed_training_is_an_error_and_is_repeated(values, trained, monkeypatch):
    exports(monkeypatch, FormatError("cannot hold this network", key="--format"))
    trained.ends["status"] = "failed"
    for _ in range(2):
        with pytest.raises(TrainingError):
            suite.measure(values, 0)
    trained.ends["status"] = "finished"
    assert suite.measure(values, 0)["status"] == "refused"
    assert len(trained.folders) == 3
