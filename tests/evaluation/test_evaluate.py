"""The evaluation of a classifier: metrics, tables and files."""

import csv
import io
import json
import math
from dataclasses import replace

import numpy as np
import pytest
import scipy.stats
import sklearn.metrics
from rich.console import Console

from convpipe.errors import ConfigError
from convpipe.evaluation.evaluate import REJECTION, comparisons, evaluate
from convpipe.evaluation.evaluation_files import write_evaluations
from convpipe.evaluation.evaluation_folder import check_own_part, check_replaceable, default_folder, whole_folder
from convpipe.evaluation.evaluation_table import comparison_table, evaluation_table
from convpipe.registry import METRICS, Metric

QUICK = 50


def shown(table) -> str:
    console = Console(file=io.StringIO(), width=80)
    console.print(table)
    text = console.file.getvalue()
    assert max(map(len, text.splitlines())) <= 80 and "\x1b" not in text
    return text


def test_the_interval_of_every_metric_contains_its_value(answers):
    made = answers(groups=6)
    told: list[int] = []
    found = evaluate(made, QUICK, told.append)
    assert told == list(range(1, QUICK + 1))
    assert list(found.metrics) == [*METRICS, *REJECTION]
    assert found.metrics["accuracy"] == sklearn.metrics.accuracy_score(made.labels, made.predicted)
    for name in ("accuracy", "log_loss", "matthews_corrcoef", "roc_auc"):
        assert found.intervals[name].low <= found.metrics[name] <= found.intervals[name].high
    assert [row["samples"] for row in found.groups] == [10] * 6 and not found.recordings


def test_a_single_class_has_the_metrics_that_are_defined(answers):
    made = answers(n=12)
    made = replace(made, labels=np.zeros(12, int))
    found = evaluate(made, QUICK)
    assert math.isnan(found.metrics["roc_auc"]) and found.intervals["roc_auc"].undefined == QUICK
    assert found.metrics["accuracy"] == np.mean(made.predicted == 0)
    assert "n/a" in shown(evaluation_table(found))


def test_single_class_resamples_are_left_out_and_counted(answers):
    found = evaluate(answers(n=3, classes=2), QUICK)
    assert 0 < found.intervals["roc_auc"].undefined < QUICK
    assert "ROC AUC is undefined in" in " ".join(shown(evaluation_table(found)).split())


def test_without_mistakes_the_possible_error_rate_is_shown(answers):
    made = answers(n=40)
    found = evaluate(replace(made, labels=made.predicted), QUICK)
    assert found.intervals["accuracy"].low == 1
    highest = scipy.stats.binomtest(0, 40).proportion_ci(0.95, "exact").high
    assert f"up to {highest:.1%}" in shown(evaluation_table(found))


def test_a_failing_plugin_metric_is_undefined(answers, monkeypatch):
    def fails(labels, probabilities):
        raise ZeroDivisionError

    monkeypatch.setitem(METRICS._entries, "mine", Metric(fails, "mine"))
    assert math.isnan(evaluate(answers(), QUICK).metrics["mine"])


def test_long_tables_show_the_worst_rows(answers):
    text = shown(evaluation_table(evaluate(answers(n=400, classes=40, recordings=200), QUICK)))
    assert "of 40" in text and "per_class.csv" in text and "of 200" in text and "per_recording.csv" in text
    assert "bootstrap of 200 recordings" in text


@pytest.mark.parametrize("count", [2, 5])
def test_several_classifiers_are_compared_with_the_first(answers, count):
    several = [answers(seed=seed, name=f"runs/{seed}") for seed in range(count)]
    beside = comparisons(several)
    text = shown(comparison_table([evaluate(each, QUICK) for each in several], beside))
    assert all(f"{number + 1}: runs/{number}" in text for number in range(count))
    assert len(beside) == count - 1
    assert beside[0].difference == pytest.approx(several[1].right.mean() - several[0].right.mean())
    assert beside[0].only_first == np.sum(several[0].right & ~several[1].right)


def test_files_contain_the_evaluation(answers, tmp_path):
    folder, found = tmp_path / "evaluation", evaluate(answers(groups=6, recordings=12), QUICK)
    write_evaluations(folder, [found])
    record = json.loads((folder / "evaluation.json").read_text())
    (one,) = record["classifiers"]
    assert one["metrics"]["accuracy"]["value"] == found.metrics["accuracy"]
    assert record["bootstrap"] == {"units": "groups", "count": 6, "resamples": QUICK, "level": 0.95, "seed": 0}
    for name, rows in (("class", 3), ("group", 6), ("recording", 12)):
        assert len(list(csv.DictReader((folder / f"per_{name}.csv").open()))) == rows
    with (folder / "predictions.csv").open() as file:
        first = next(csv.DictReader(file))
    assert (first["sample_id"], first["recording"], first["label"]) == ("row 0", "g0", "class 0")
    figures = {"confusion_matrix", "reliability", "roc", "precision_recall", "risk_coverage"}
    assert {file.stem for file in (folder / "figures").iterdir()} == figures
    assert list(tmp_path.iterdir()) == [folder]


def test_undefined_metrics_are_null(answers, tmp_path):
    made = replace(answers(n=12), labels=np.zeros(12, int))
    write_evaluations(tmp_path / "one", [evaluate(made, QUICK)])
    record = json.loads((tmp_path / "one" / "evaluation.json").read_text())
    assert record["classifiers"][0]["metrics"]["roc_auc"] == {
        "value": None, "low": None, "high": None, "undefined": QUICK
    }  # fmt: skip
    assert not (tmp_path / "one" / "per_group.csv").exists()


def test_each_of_several_classifiers_has_a_folder(answers, tmp_path):
    several = [answers(seed=seed) for seed in range(2)]
    write_evaluations(tmp_path / "both", [evaluate(each, QUICK) for each in several], comparisons(several))
    record = json.loads((tmp_path / "both" / "evaluation.json").read_text())
    assert len(record["classifiers"]) == 2 and 0 <= record["beside_the_first"][0]["p_value"] <= 1
    assert (tmp_path / "both" / "1" / "predictions.csv").exists()
    assert (tmp_path / "both" / "2" / "figures" / "roc.png").exists()


def test_only_an_earlier_evaluation_is_replaced(tmp_path, refused):
    folder = tmp_path / "evaluation"
    for text in ("old", "new"):
        with whole_folder(folder) as made:
            (made / "evaluation.json").write_text(json.dumps({"written_by": "convpipe evaluate", "text": text}))
    assert json.loads((folder / "evaluation.json").read_text())["text"] == "new"
    with pytest.raises(KeyboardInterrupt), whole_folder(folder):
        raise KeyboardInterrupt
    assert [each.name for each in tmp_path.iterdir()] == ["evaluation"]
    for content in ("{}", "[", '{"written_by": "hand"}'):
        (folder / "evaluation.json").write_text(content)
        with refused(ConfigError, file=folder, key="--output", remedy="--output"):
            check_replaceable(folder)


def test_a_file_is_not_replaced(tmp_path, refused):
    (tmp_path / "notes").write_text("mine")
    with refused(ConfigError, file="notes"):
        check_replaceable(tmp_path / "notes")


def test_the_default_folder_is_in_the_run(tmp_path):
    for folder in (tmp_path / "run" / "classifier", tmp_path / "folds" / "fold_2" / "classifier", tmp_path / "alone"):
        folder.mkdir(parents=True)
    for run in ("run", "folds"):
        (tmp_path / run / "result.json").write_text("{}")
    run, fold = tmp_path / "run" / "classifier", tmp_path / "folds" / "fold_2" / "classifier"
    assert default_folder([run]) == tmp_path / "run" / "evaluation"
    assert default_folder([fold]) == tmp_path / "folds" / "fold_2" / "evaluation"
    assert str(default_folder([tmp_path / "alone"])) == str(default_folder([run, fold])) == "evaluation"


def test_a_classifier_without_a_run_needs_data(tmp_path, refused):
    (tmp_path / "config.yaml").write_text("")
    check_own_part([tmp_path / "classifier"])
    with refused(ConfigError, file="classifier", key="--data", remedy="--data"):
        check_own_part([tmp_path / "classifier", tmp_path / "moved" / "classifier"])
