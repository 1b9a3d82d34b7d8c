"""A whole export: the content of the folder, refusals, and no incomplete files."""

import json
from dataclasses import replace

import numpy as np
import pytest

from convpipe.errors import ConfigError, DataError
from convpipe.inference.export import conversion, export
from convpipe.inference.export.certificate import certify, compared
from convpipe.inference.export.entry import entry_of, with_fixed_steps
from convpipe.inference.export.formats import FORMATS, FormatError, check_format


@pytest.fixture
def saved(tmp_path, made, part_of, monkeypatch):
    """`saved(case)` saves a classifier whose run was evaluated on its six samples."""

    def save(case: str):
        classifier, samples = made(case)
        folder = tmp_path / "run" / "classifier"
        classifier.save(folder)
        monkeypatch.setattr(export, "evaluation_parts", lambda run: [part_of(case, samples, folder)])
        return folder

    return save


def exported(folder, name="saved_model", quantize=None, **options):
    return export.export(folder, FORMATS[name], quantize, report=lambda line: None, **options)


def left(folder) -> list[str]:
    return sorted(path.name for path in folder.parent.iterdir())


@pytest.mark.slow
def test_the_folder_holds_the_file_its_description_and_its_certificate(saved):
    folder = saved("unequal series")
    done = exported(folder)
    assert done.folder == folder.parent / "export_saved_model" and done.passed
    assert left(folder) == ["classifier", "export_saved_model"]
    about = json.loads((done.folder / "description.json").read_text())
    taken = about["input"]
    assert (taken["name"], taken["shape"], taken["dtype"]) == ("samples", [None, None, 2], "float32")
    assert (taken["padding"], taken["channel_names"]) == ("NaN", ["x", "y"])
    assert (about["output"]["name"], about["output"]["shape"]) == ("probabilities", [None, 3])
    assert about["classes"] == ["low", "high", "none"] and about["format"] == "saved_model"
    assert about["preprocessing"]["before_the_graph"] == [] and len(about["preprocessing"]["in_the_graph"]) == 2
    assert "tensorflow" in about["versions"] and about["source"]["classifier"] == str(folder)
    found = json.loads((done.folder / "certificate.json").read_text())
    assert (found["samples"], found["same_class"], found["ties"], found["part"]) == (6, 6, 0, "test")
    assert found["largest_difference"] < 1e-5 and found["accuracy_before"] == found["accuracy_after"]
    assert found["latency_ms"] > 0 and found["multiply_adds"] > 0
    files = [path for path in (done.folder / "saved_model").rglob("*") if path.is_file()]
    assert found["size_bytes"] == sum(path.stat().st_size for path in files)
    exported(folder)  # an older export is replaced
    assert left(folder) == ["classifier", "export_saved_model"]


@pytest.mark.slow
def test_litert_of_images_has_their_size_and_the_memory_of_its_tensors(saved):
    done = exported(saved("image"), "litert")
    about = json.loads((done.folder / "description.json").read_text())
    assert about["input"]["shape"] == [1, 8, 6, 1]
    assert any("8 x 6" in line for line in about["preprocessing"]["before_the_graph"])
    assert done.sizes["arena_bytes"] >= 8 * 6 * 4, "the input is one of its tensors"


@pytest.mark.slow
def test_texts_are_exported_with_vocabulary_and_rule(saved):
    done = exported(saved("text"), "saved_model", certified=False)
    rule = json.loads((done.folder / "tokenizer.json").read_text())
    assert rule["tokenizer"] == "word" and rule["lowercase"] and "pattern" in rule
    tokens = json.loads((done.folder / "vocabulary.json").read_text())["tokens"]
    assert {"cold", "snow", "sun"} <= set(tokens)
    assert not (done.folder / "certificate.json").exists() and done.certificate is None


def test_a_file_with_other_predictions_is_not_kept(saved, monkeypatch):
    def wrong(classifier, entry, chosen, quantize, path, representative):
        path.write_text("a file")

    def run(batch):
        return np.roll(np.eye(3, dtype=np.float32)[np.zeros(len(batch), int)], 1)

    folder = saved("series")
    run.name, run.input_details = "a runtime", None
    monkeypatch.setattr(export, "convert", wrong)
    monkeypatch.setattr(export, "Guarded", lambda *given: run)
    predicted = []
    monkeypatch.setattr(export, "certify", lambda *given: predicted.append(certify(*given)) or predicted[0])
    done = exported(folder)
    assert not done.passed and predicted[0].same_class < 6 and left(folder) == ["classifier"]
    assert exported(folder, "litert", "float16").passed, "a quantized file is kept"


def test_a_failed_export_leaves_no_files(saved, monkeypatch):
    def interrupted(*given):
        raise KeyboardInterrupt

    folder = saved("series")
    monkeypatch.setattr(export, "convert", interrupted)
    with pytest.raises(KeyboardInterrupt):
        exported(folder)
    assert left(folder) == ["classifier"]


def test_a_converter_that_fails_is_one_line(made, tmp_path, monkeypatch, refused):
    def fails(*given):
        raise RuntimeError("error: failed\nTF Select ops: Sort, StatelessWhile\nDetails:\n  more")

    monkeypatch.setattr(conversion.writers, "write_litert", fails)
    classifier, _ = made("series")
    entry = entry_of(classifier.preprocessing, FORMATS["litert"])
    with refused(FormatError, key="--format", mentions=("Sort, StatelessWhile",), remedy="--format onnx"):
        conversion.convert(classifier, entry, FORMATS["litert"], None, tmp_path / "model.tflite")


def test_a_folder_that_is_not_an_export_is_refused_and_unchanged(saved, refused):
    folder = saved("series")
    (folder.parent / "mine").mkdir()
    with refused(ConfigError, file="mine", key="--output"):
        exported(folder, output=folder.parent / "mine")


@pytest.mark.parametrize("name, quantize, remedy", [
    ("onnx", None, "--no-certificate"),
    ("litert", "int8", "--quantize"),
])  # fmt: skip
def test_missing_data_are_refused(saved, monkeypatch, refused, name, quantize, remedy):
    def gone(run):
        raise DataError("the data cannot be read", file="run")

    folder = saved("series")
    monkeypatch.setattr(export, "evaluation_parts", gone)
    with refused(DataError, file="run", remedy=remedy):
        exported(folder, name, quantize)
    assert left(folder) == ["classifier"]


@pytest.mark.parametrize("name", ["saved_model", "onnx"])
def test_only_litert_is_quantized(name, refused):
    with refused(ConfigError, key="--quantize", value="int8", remedy="--format litert"):
        check_format(name, "int8")


def test_a_missing_package_is_named_with_the_extra(monkeypatch, refused):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with refused(
        ConfigError, key="--format", value="onnx", remedy="pip install 'convpipe[export]'", mentions=("onnx",)
    ):
        check_format("onnx", None)


def test_another_backend_is_refused(monkeypatch, refused):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    with refused(ConfigError, key="KERAS_BACKEND", value="jax"):
        check_format("saved_model", None)


def test_fixed_kernels_of_unequal_series_are_refused(made, refused):
    classifier, _ = made("unequal series")
    entry = entry_of(classifier.preprocessing, FORMATS["litert"])
    with refused(FormatError, key="--format", value="litert", remedy="--format onnx"):
        with_fixed_steps(entry, classifier.preprocessing)
    equal, _ = made("series")
    assert with_fixed_steps(entry, equal.preprocessing).shape == (20, 2)


def test_a_tie_is_between_the_two_classes_that_differ():
    before = np.array([[0.4, 0.4 - 1e-6, 0.2], [0.4, 0.4 - 1e-6, 0.2], [0.6, 0.3, 0.1]])
    after = np.array([[0.3, 0.5, 0.2], [0.3, 0.3, 0.4], [0.6, 0.3, 0.1]])
    same, tied = compared(before, after)
    assert same.tolist() == [False, False, True] and (tied & ~same).tolist() == [True, False, False]


def test_samples_of_a_batch_are_padded_at_their_ends(made):
    entry = entry_of(made("unequal series")[0].preprocessing, FORMATS["onnx"])
    batch = entry.batch([np.ones((2, 2), np.float32), np.ones((3, 2), np.float32)])
    assert batch.shape == (2, 3, 2) and np.isnan(batch[0, 2]).all() and not np.isnan(batch[1]).any()
    assert replace(entry, padding=None).batch([np.ones((2, 2))]).shape == (1, 2, 2)
