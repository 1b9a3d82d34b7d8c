"""The test and validation samples of a finished run, read again."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
from omegaconf import OmegaConf

from convpipe import config
from convpipe.data.dataset import Dataset
from convpipe.data.splits import make_splits, sha256_of
from convpipe.errors import ConvpipeError, DataError
from convpipe.inference import evaluation_part
from convpipe.inference.evaluation_part import evaluation_parts
from convpipe.models.conv1d.cnn1d import Cnn1dSettings
from convpipe.registry import READERS


@pytest.fixture
def dataset():
    labels = np.arange(30) % 3
    return Dataset(np.zeros((30, 4, 1)), labels, ("a", "b", "c"), [str(i) for i in range(30)], "made here", "a" * 64)


@pytest.fixture
def run(tmp_path, home, monkeypatch, dataset):
    """`run(folds)` writes the folder of a finished run on `dataset`, without networks."""

    def made(folds=0, validation="auto"):
        data = READERS["watch"].settings(name="watch")
        split, prepare = config.Split(folds=folds, validation=validation), config.SeriesPreprocessingSettings()
        settings = config.Settings(data=data, model=Cnn1dSettings(), preprocessing=prepare, split=split)
        folder = home / "runs" / "one"
        for place in [f"fold_{number}/classifier" for number in range(1, folds + 1)] or ["classifier"]:
            (folder / place).mkdir(parents=True)
            (folder / place / "classifier.json").write_text("{}")
        (folder / "config.yaml").write_text(OmegaConf.to_yaml(OmegaConf.create(asdict(settings))))
        result = {"run_id": "abc", "data_sha256": dataset.sha256}
        result["split_sha256"] = sha256_of(make_splits(dataset, settings.split))
        (folder / "result.json").write_text(json.dumps(result))
        return folder

    monkeypatch.setattr(evaluation_part, "load", lambda data, window, report: dataset)
    return made


@pytest.mark.parametrize("name", [lambda folder: folder, lambda folder: folder / "classifier", lambda folder: "abc"])
def test_a_run_is_found_by_folder_classifier_and_run_id(run, dataset, name):
    folder = run()
    (part,) = evaluation_parts(str(name(folder)))
    assert (part.classifier, part.name, part.fold) == (folder / "classifier", "test", None)
    assert np.array_equal(part.rows, make_splits(dataset, config.Split())[0].test)


def test_the_validation_part_is_read_again_as_well(run):
    (part,) = evaluation_parts(str(run()), "validation")
    (split,) = make_splits(part.dataset, config.Split())
    assert part.name == "validation" and np.array_equal(part.rows, split.validation) and len(part.rows)


def test_a_fold_inside_the_training_part_is_its_validation_part(run, dataset, monkeypatch):
    dataset = replace(dataset, is_test=np.arange(30) >= 24)
    monkeypatch.setattr(evaluation_part, "load", lambda data, window, report: dataset)
    folder = run(3)
    result = json.loads((folder / "result.json").read_text())
    splits = make_splits(dataset, config.Split(folds=3))
    (folder / "result.json").write_text(json.dumps(result | {"split_sha256": sha256_of(splits)}))
    parts = evaluation_parts(str(folder), "validation")
    assert [part.name for part in parts] == ["validation"] * 3
    assert all(np.array_equal(part.rows, split.test) for part, split in zip(parts, splits, strict=True))


def test_a_run_without_a_validation_part_is_refused(run, refused):
    folder = run(validation="none")
    with refused(DataError, file=folder, key="part", value="validation", remedy="--data"):
        evaluation_parts(str(folder), "validation")


@pytest.mark.parametrize("name", [lambda folder: folder, lambda folder: "abc"])
def test_each_fold_has_its_own_part(run, name):
    parts = evaluation_parts(str(name(run(3))))
    assert [part.fold for part in parts] == [1, 2, 3]
    assert sorted(np.concatenate([part.rows for part in parts])) == list(range(30))


def test_a_single_fold_has_only_its_own(run):
    folder = run(3)
    (part,) = evaluation_parts(str(folder / "fold_2"))
    assert part.fold == 2 and np.array_equal(part.rows, evaluation_parts(str(folder))[1].rows)


@pytest.mark.parametrize("key", ["data_sha256", "split_sha256"])
def test_other_data_or_parts_are_refused(run, refused, key):
    folder = run()
    result = json.loads((folder / "result.json").read_text())
    (folder / "result.json").write_text(json.dumps(result | {key: "b" * 64}))
    found = result[key]
    with refused(DataError, file=folder, key=key, value=found, mentions=("b" * 64,)):
        evaluation_parts(str(folder))


def test_missing_data_are_refused(run, refused, monkeypatch):
    def gone(data, window, report):
        raise DataError("no such file", file="data.csv")

    folder = run()
    monkeypatch.setattr(evaluation_part, "load", gone)
    with refused(DataError, file=folder, mentions=("data.csv",)):
        evaluation_parts(str(folder))


def test_a_classifier_without_its_run_is_refused(run, refused):
    folder = run()
    (folder / "config.yaml").unlink()
    with refused(ConvpipeError, file=folder, key="run", mentions=("config.yaml",)):
        evaluation_parts(str(folder))


def test_an_unknown_run_is_refused(home, refused):
    with refused(ConvpipeError, key="run", value="nowhere"):
        evaluation_parts("nowhere")
