"""Versions and the champion in a real MLflow store."""

import json

import pytest

from convpipe.errors import ConfigError, ConvpipeError, TrackingError
from convpipe.experiment.champion import Candidate, Champion, Registered, candidate_of
from convpipe.experiment.run_record import run_tags
from convpipe.experiment.tracking import Tracker

HASHES = {"data_sha256": "a", "split_sha256": "b"}


@pytest.fixture
def run(home, tmp_path):
    """`run("one", fold=2)` writes a tracked run to the store and to a folder; returns the folder of its classifier."""

    def made(name="one", fold=None):
        inside = f"fold_{fold}" if fold else ""
        folder = home / "runs" / name / inside / "classifier"
        folder.mkdir(parents=True)
        (folder / "classifier.json").write_text('{"modality": "series"}')
        tracker = Tracker("watch", name)
        tracker.parameters({}, run_tags(HASHES, {}))
        logged = f"watch-fcn-fold-{fold}" if fold else "watch-fcn"
        tracker.classifier(folder, logged, inside)
        own = {"model_uri": tracker.model_uri(logged), "validation": {"accuracy": 0.9}, "test": None}
        result = {"data": "watch", "model": "fcn", "status": "finished", "run_id": tracker.run_id} | HASHES
        result |= {"model_uri": None, "folds": [{}] * (fold - 1) + [own]} if fold else own
        (home / "runs" / name / "result.json").write_text(json.dumps(result))
        tracker.finish("FINISHED")
        return folder

    return made


def test_a_candidate_has_the_model_and_hashes_of_its_run(store, run):
    found = candidate_of(run())
    assert found.model_uri.startswith("models:/m-") and found.score == "fcn on watch: validation accuracy 0.900"
    assert found.hashes == HASHES | {"fold": None}
    assert candidate_of(run("two", fold=2)).hashes["fold"] == 2


@pytest.mark.parametrize(
    ("changes", "facts"),
    [
        ({"run_id": None}, {"key": "tracking.enabled", "remedy": "tracking.enabled=true"}),
        ({"model_uri": None, "status": "stopped"}, {"key": "status", "value": "stopped"}),
    ],
)
def test_a_run_without_a_model_is_refused(tmp_path, refused, changes, facts):
    result = {"run_id": "abc", "model_uri": "models:/m-1", "status": "finished"}
    (tmp_path / "result.json").write_text(json.dumps(result | changes))
    with refused(ConvpipeError, file=tmp_path, **facts):
        candidate_of(tmp_path / "classifier")


def test_a_classifier_without_a_run_is_refused(tmp_path, refused):
    with refused(ConvpipeError, file="classifier", key="run"):
        candidate_of(tmp_path / "classifier")


def test_the_champion_is_the_version_with_the_alias(store, run):
    first, second, registered = candidate_of(run()), candidate_of(run("two", fold=2)), Registered("it's mine")
    assert registered.champion() is None
    assert registered.register(first, "first") == "1" and registered.champion() is None
    registered.crown("1")
    assert registered.champion() == Champion("1", first.model_uri, HASHES | {"fold": None})
    assert registered.register(second, "second") == "2"
    registered.crown("2")
    assert registered.champion() == Champion("2", second.model_uri, HASHES | {"fold": 2})
    assert registered.register(first, "again") == "1", "a model is one version"
    described = registered.client.get_model_version("it's mine", "1")
    assert (described.description, described.run_id) == ("again", first.run_id)
    registered.client.delete_registered_model_alias("it's mine", "champion")
    assert registered.champion() is None


def test_the_champion_is_found_after_the_store_was_moved(store, run, home, tmp_path, monkeypatch):
    from convpipe.inference.locate import classifier_folder

    registered = Registered("mine")
    registered.crown(registered.register(candidate_of(run()), "first"))
    home.rename(tmp_path / "moved")
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)  # MLflow sets it
    monkeypatch.setattr("convpipe.paths.HOME", tmp_path / "moved")
    assert Registered("mine").champion().version == "1"
    assert (classifier_folder("models:/mine@champion") / "classifier.json").is_file()


def test_a_run_that_is_not_in_the_store_has_no_hashes(store, run):
    registered = Registered("mine")
    candidate = candidate_of(run())
    unknown = Candidate(candidate.classifier, "f" * 32, candidate.model_uri, {})
    registered.crown(registered.register(unknown, ""))
    assert registered.champion().hashes == {}


@pytest.mark.parametrize("name", ["a/b", "a:b", "", " "])
def test_a_name_that_mlflow_refuses_is_refused(home, refused, name):
    with refused(ConfigError, key="NAME", value=name):
        Registered(name)


def test_a_missing_store_is_not_created(home, refused):
    with refused(TrackingError, file=home / "mlflow.db", remedy="MLFLOW_TRACKING_URI"):
        Registered("mine")
    assert list(home.iterdir()) == []


def test_a_model_of_another_store_is_refused(store, home, refused):
    candidate = Candidate(home, "f" * 32, "models:/m-nowhere", {})
    with refused(TrackingError, key="NAME", value="mine", remedy="MLFLOW_TRACKING_URI"):
        Registered("mine").register(candidate, "")
