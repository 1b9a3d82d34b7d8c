"""The closing table of a run, as plain text."""

import io

import numpy as np
import pytest
from rich.console import Console

from convpipe.evaluation.report import closing_table
from convpipe.metrics import measure
from convpipe.registry import METRICS, Metric


@pytest.fixture
def result():
    figures = {"n": 1300, "accuracy": 0.925, "balanced_accuracy": 0.9, "macro_f1": 0.91, "log_loss": 0.25}
    return {
        "data": "gunpoint", "model": "fcn", "seed": 3, "status": "finished",
        "train": {"n": 50, "seconds": 12.34, "epochs": 60}, "validation": {"n": 20, "accuracy": 0.95},
        "test": figures | {"expected_calibration_error": 0.04}, "parameters": 264704, "multiply_adds": 39_500_000,
    }  # fmt: skip


def shown(result, published):
    """The plain text of the table as a list of rows, without repeated blanks."""
    console = Console(file=io.StringIO(), width=80)
    console.print(closing_table(result, published))
    text = console.file.getvalue()
    assert max(map(len, text.splitlines())) <= 80 and "\x1b" not in text
    return [" ".join(line.split()) for line in text.splitlines()]


def has_row(rows: list[str], *facts: str) -> bool:
    """Whether a row contains all the facts."""
    return any(all(fact in row for fact in facts) for row in rows)


def test_one_row_per_metric_and_one_column_per_part(result):
    rows = shown(result, {})
    assert "gunpoint, fcn, seed 3" in rows
    assert "validation test" in rows
    assert "samples 20 1,300" in rows
    assert "accuracy 0.950 0.925" in rows
    assert "macro F1 - 0.910" in rows
    assert has_row(rows, "50 samples", "60 epochs", "12.3 s")
    assert has_row(rows, "264,704 parameters", "39.5 million multiply-adds")


def test_published_accuracies_have_a_difference_in_points(result):
    rows = shown(result, {"HIVE-COTE 2": 1.0, "InceptionTime": 0.9})
    assert "HIVE-COTE 2 1.000 -7.5" in rows
    assert "InceptionTime 0.900 +2.5" in rows


def test_without_validation_there_is_no_validation_column(result):
    rows = shown(result | {"validation": None}, {})
    assert "accuracy 0.925" in rows and "validation test" not in rows


def test_without_a_test_part_nothing_is_compared(result):
    rows = shown(result | {"test": None}, {"InceptionTime": 0.9})
    assert "accuracy 0.950" in rows and not any("InceptionTime" in row for row in rows)


def test_folds_have_mean_standard_deviation_and_each_accuracy(result):
    folds = [{"test": {"n": 10, "accuracy": 0.9}}, {"test": {"n": 10, "accuracy": 0.95}}]
    result |= {"validation": None, "spread": {"test": {"accuracy": 0.025}}, "folds": folds}
    rows = shown(result, {"Forest": 0.873})
    assert has_row(rows, "gunpoint, fcn, seed 3", "2 folds")
    assert "accuracy 0.925 ± 0.025" in rows
    assert has_row(rows, "accuracy", "0.900 0.950")
    assert "Forest 0.873 +5.2" in rows


def test_one_line_has_the_accuracy_by_recording(result):
    assert not has_row(shown(result, {}), "recording")
    by_recording = {"recordings": 18, "accuracy_per_recording": 0.875}
    result["test"] |= by_recording
    rows = shown(result, {})
    assert has_row(rows, "recording", "18", "0.875") and not has_row(rows, "accuracy_per_recording")
    result["test"] |= {"recording_accuracy": 0.944}
    assert has_row(shown(result, {}), "18", "0.875", "0.944")
    assert has_row(shown(result | {"validation": result["test"], "test": None}, {}), "18", "0.875", "0.944")


def test_a_registered_metric_has_a_row(result, monkeypatch):
    assert "accuracy" in METRICS  # imports the built-in metrics
    sureness = Metric(lambda labels, probabilities: probabilities.max(axis=1).mean(), "mean sureness")
    monkeypatch.setitem(METRICS._entries, "sureness", sureness)
    probabilities = np.array([[0.75, 0.25], [0.5, 0.5]])
    result |= {"test": measure(np.array([0, 1]), probabilities, ["accuracy", "sureness"]), "validation": None}
    assert "mean sureness 0.625" in shown(result, {})


def test_rows_have_the_order_of_the_test_part(result):
    """If cross-validation selects the number of epochs, validation has accuracy and log loss only."""
    rows = shown(result | {"validation": {"n": 20, "accuracy": 0.9, "log_loss": 0.3}}, {})
    labels = ["samples", "accuracy", "balanced accuracy", "macro F1", "log loss", "calibration error"]
    places = [next(at for at, row in enumerate(rows) if row.startswith(f"{label} ")) for label in labels]
    assert places == sorted(places)


def test_a_temperature_is_shown_with_its_effect(result):
    before = {"log_loss": 0.5, "expected_calibration_error": 0.08}
    calibration = {"temperature": 1.834, "before": before, "after": {key: x / 2 for key, x in before.items()}}
    rows = shown(result | {"calibration": calibration}, {})
    assert has_row(rows, "temperature 1.83") and has_row(rows, "error 0.080 to 0.040", "log loss 0.500 to 0.250")
    folds = [{"test": result["test"], "calibration": calibration}, {"test": result["test"], "calibration": calibration}]
    folds[1] = folds[1] | {"calibration": calibration | {"temperature": 2.834}}
    assert has_row(shown(result | {"folds": folds}, {}), "temperature 2.33")
    calibration = calibration | {"after": {key: 2 * x for key, x in before.items()}}
    assert has_row(shown(result | {"calibration": calibration}, {}), "log loss rose")
