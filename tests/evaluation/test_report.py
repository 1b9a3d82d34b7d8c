import io

import pytest
from rich.console import Console

from convpipe.evaluation.report import closing_table


@pytest.fixture
def result():
    figures = {"n": 1300, "accuracy": 0.925, "balanced_accuracy": 0.9, "macro_f1": 0.91, "log_loss": 0.25}
    return {
        "data": "gunpoint", "model": "fcn", "seed": 3, "status": "finished",
        "train": {"n": 50, "seconds": 12.34, "epochs": 60}, "validation": {"n": 20, "accuracy": 0.95},
        "test": figures | {"expected_calibration_error": 0.04}, "parameters": 264704, "multiply_adds": 39_500_000,
    }  # fmt: skip


def shown(result, published):
    """What a pipe would get, as a list of rows without runs of blanks."""
    console = Console(file=io.StringIO(), width=80)
    console.print(closing_table(result, published))
    text = console.file.getvalue()
    assert max(map(len, text.splitlines())) <= 80 and "\x1b" not in text
    return [" ".join(line.split()) for line in text.splitlines()]


def test_a_row_a_measure_and_a_column_a_part(result):
    rows = shown(result, {})
    assert "gunpoint, fcn, seed 3" in rows
    assert "validation test" in rows
    assert "samples 20 1,300" in rows
    assert "accuracy 0.950 0.925" in rows
    assert "macro F1 - 0.910" in rows
    assert "trained on 50 samples for 60 epochs in 12.3 s" in rows
    assert "264,704 parameters, 39.5 million multiply-adds a sample" in rows


def test_gaps_are_ours_less_theirs_in_points(result):
    rows = shown(result, {"HIVE-COTE 2": 1.0, "InceptionTime": 0.9})
    assert "HIVE-COTE 2 1.000 -7.5" in rows
    assert "InceptionTime 0.900 +2.5" in rows


def test_without_validation_there_is_no_such_column(result):
    rows = shown(result | {"validation": None}, {})
    assert "accuracy 0.925" in rows and "validation test" not in rows


def test_without_a_test_part_nothing_is_compared(result):
    rows = shown(result | {"test": None}, {"InceptionTime": 0.9})
    assert "accuracy 0.950" in rows and not any("InceptionTime" in row for row in rows)


def test_folds_show_mean_spread_and_each(result):
    folds = [{"test": {"n": 10, "accuracy": 0.9}}, {"test": {"n": 10, "accuracy": 0.95}}]
    result |= {"validation": None, "spread": {"test": {"accuracy": 0.025}}, "folds": folds}
    rows = shown(result, {"Forest": 0.873})
    assert "gunpoint, fcn, seed 3: mean and spread over 2 folds" in rows
    assert "accuracy 0.925 ± 0.025" in rows
    assert "accuracy by fold: 0.900 0.950" in rows
    assert "Forest 0.873 +5.2" in rows
