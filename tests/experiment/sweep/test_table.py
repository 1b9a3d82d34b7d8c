"""The table of a sweep, and spreads over seeds."""

import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convpipe.errors import ConfigError
from convpipe.experiment.sweep.table import (
    check_place,
    further_metrics,
    merged,
    ordered,
    over_seeds,
    read_csv,
    row,
    show,
    with_fewer_seeds,
    write_csv,
)


def one(model="fcn", seed="1", validation=None, test=None, status="finished"):
    result = {"status": status, "train": {"seconds": 1.5, "epochs": 3.0}, "parameters": 10}
    result |= {"validation": validation and {"accuracy": validation}, "test": test and {"accuracy": test}}
    return row({"model": model, "seed": seed}, result, "/sweep/job_0")


@given(st.lists(st.tuples(st.none() | st.floats(0.01, 1), st.none() | st.floats(0.01, 1)), min_size=1))
def test_jobs_are_sorted_by_validation_accuracy_and_never_by_the_test_part(figures):
    rows = [one(seed=str(number), validation=validation) for number, (validation, _) in enumerate(figures)]
    tested = [{**each, "test_accuracy": test} for each, (_, test) in zip(rows, figures, strict=True)]
    seeds = [each["seed"] for each in ordered(rows, ["model", "seed"])]
    assert seeds == [each["seed"] for each in ordered(tested, ["model", "seed"])]
    measured = [figures[int(seed)][0] for seed in seeds if figures[int(seed)][0] is not None]
    assert measured == sorted(measured, reverse=True)
    assert all(figures[int(seed)][0] is None for seed in seeds[len(measured) :])


def test_jobs_without_validation_come_last_by_name():
    rows = [one(seed="10"), one(seed="9"), one(seed="1", validation=0.2), one(model="a", seed="11")]
    assert [(each["model"], each["seed"]) for each in ordered(rows, ["model", "seed"])] == [
        ("fcn", "1"), ("a", "11"), ("fcn", "9"), ("fcn", "10"),
    ]  # fmt: skip


def test_spread_over_seeds_is_that_of_numpy():
    accuracies = {"fcn": [0.5, 0.7, 0.9], "mlp": [0.8, 0.9, 0.95]}
    rows = [one(m, str(i), a, a / 2) for m, values in accuracies.items() for i, a in enumerate(values)]
    rows.append(one("mlp", "9", 0.1, status="failed"))
    summary = over_seeds(rows, ["model", "seed"])
    assert [each["model"] for each in summary] == ["mlp", "fcn"]
    for each in summary:
        values = np.array(accuracies[each["model"]])
        assert each["seeds"] == 3
        assert each["validation_accuracy"] == pytest.approx(values.mean())
        assert each["validation_accuracy_spread"] == pytest.approx(values.std(ddof=1))
        assert each["test_accuracy_spread"] == pytest.approx((values / 2).std(ddof=1))


def test_there_is_no_spread_unless_two_jobs_differ_only_in_their_seed():
    assert over_seeds([one("fcn", "1", 0.5), one("mlp", "2", 0.5)], ["model", "seed"]) == []
    assert over_seeds([one("fcn", "1", 0.5), one("fcn", "1", 0.5)], ["model"]) == []


def test_csv_has_swept_values_results_and_folder(tmp_path):
    write_csv(tmp_path / "sweep.csv", [one(validation=0.5, test=0.25), row({"model": "x", "seed": "2"}, None, "/f")])
    with (tmp_path / "sweep.csv").open() as file:
        first, second = csv.DictReader(file)
    assert first == {
        **{
            "model": "fcn",
            "seed": "1",
            "data": "",
            "status": "finished",
            "validation_accuracy": "0.5",
            "test_accuracy": "0.25",
        },
        **{"train_seconds": "1.5", "epochs": "3", "parameters": "10", "folder": "/sweep/job_0", "error": ""},
    }
    assert (second["status"], second["validation_accuracy"], second["folder"]) == ("not run", "", "/f")


def test_a_table_of_several_sweeps_keeps_rows_of_other_sweeps(tmp_path):
    path, table = tmp_path / "text.csv", []
    for swept, names in ((["experiment", "seed"], "ab"), (["data", "seed"], "cd"), (["experiment", "seed"], "b")):
        summary = [{swept[0]: name, "test_accuracy": len(table), "model": "m"} for name in names]
        table = merged(read_csv(path), summary, swept)
        write_csv(path, table)
    found = [(each["experiment"], each["data"], each["test_accuracy"]) for each in read_csv(path)]
    assert found == [("a", "", "0"), ("", "c", "2"), ("", "d", "2"), ("b", "", "4")]


def test_a_piped_table_is_plain_text(capsys, tmp_path):
    failed = {**one("mlp", "2", status="failed"), "error": "too [bold] a rate", "folder": str(tmp_path / "job_1")}
    rows = ordered([one("fcn", "1", 0.5), one("fcn", "2", 0.75), failed, one("tcn", "1")], ["model", "seed"])
    show(rows, over_seeds(rows, ["model", "seed"]), ["model", "seed"], tmp_path)
    out = capsys.readouterr().out
    assert "\x1b" not in out and "failed: model=mlp seed=2: too [bold] a rate\n" in out
    assert "0.6250 ± 0.1768" in out and "job_1" in out and str(tmp_path) not in out
    assert "1 without validation metrics: sorted by name" in out


METRICS = ["roc_auc", "brier_score"]


def with_metrics(seed: str, auc: float | None, test=True):
    measured = {"accuracy": 0.5, "log_loss": 1.0, "roc_auc": auc, "brier_score": 0.2}
    result = {"status": "finished", "validation": measured, "test": measured if test else None}
    return row({"seed": seed}, result, "/sweep/job_0", METRICS)


def test_further_metrics_have_columns():
    assert further_metrics([["accuracy", "log_loss"], ["macro_f1"]]) == []
    found, plain = with_metrics("1", 0.75), row({"seed": "1"}, None, "/sweep/job_0")
    assert [*plain] == [key for key in found if key in plain]
    assert [key for key in found if key not in plain] == [
        "validation_roc_auc", "test_roc_auc", "validation_brier_score", "test_brier_score",
    ]  # fmt: skip
    assert (found["validation_roc_auc"], found["test_brier_score"]) == (0.75, 0.2)


def test_an_unknown_or_undefined_metric_is_an_empty_cell():
    found = with_metrics("1", float("nan"), test=False)
    assert (found["validation_roc_auc"], found["test_roc_auc"], found["validation_brier_score"]) == (None, None, 0.2)
    assert row({"seed": "1"}, None, "/sweep/job_0", METRICS)["test_brier_score"] is None


def test_further_metrics_have_a_mean_and_a_spread_over_seeds(tmp_path):
    rows = [with_metrics(str(seed), auc) for seed, auc in enumerate((0.5, 0.75, None))]
    (found,) = over_seeds(rows, ["seed"], METRICS)
    default = list(over_seeds([one(seed="1"), one(seed="2")], ["seed"])[0])
    assert [key for key in found if key not in default] == [
        f"{part}_{name}{end}" for name in METRICS for part in ("validation", "test") for end in ("", "_spread")
    ]
    assert [key for key in found if key in default] == default
    assert (found["test_roc_auc"], found["validation_brier_score_spread"]) == (0.625, pytest.approx(0))
    assert found["test_roc_auc_spread"] == pytest.approx(np.std([0.5, 0.75], ddof=1))
    write_csv(tmp_path / "table.csv", merged([{"seeds": "2", "data": "old"}], [found], ["seed"]))
    old, new = read_csv(tmp_path / "table.csv")
    assert (old["test_roc_auc"], new["test_roc_auc"]) == ("", "0.625")


@pytest.mark.parametrize("width, shown", [(200, 4), (100, 2), (80, 0)])
def test_further_metrics_are_printed_if_there_is_room(capsys, monkeypatch, tmp_path, width, shown):
    import rich.console

    class Narrow(rich.console.Console):
        def __init__(self, **options):
            super().__init__(**options | {"width": width})

    monkeypatch.setattr("convpipe.tables.Console", Narrow)
    rows = [with_metrics("1", 0.5), with_metrics("2", 0.75)]
    show(rows, [], ["seed"], tmp_path, METRICS)
    head, first, second = capsys.readouterr().out.splitlines()
    assert head.count("roc_auc") + head.count("brier_score") == shown
    assert first.count("0.5000") == 2 + min(shown, 2) and len(head) <= width


@pytest.mark.parametrize(
    ("name", "remedy"), [("nowhere/means.csv", "/nowhere"), ("mine.csv", "another file"), ("", "another file")]
)
def test_a_table_that_cannot_be_written_is_refused_before_any_job(tmp_path, refused, name, remedy):
    (tmp_path / "mine.csv").write_text("text,label\nx,a\n")
    with refused(ConfigError, key="sweep.table", value=str(tmp_path / name), remedy=remedy):
        check_place(tmp_path / name, {"seeds"})


def test_only_rows_with_fewer_seeds_than_the_table_are_found():
    before = [{"model": "fcn", "data": "a", "seeds": "5"}, {"model": "tcn", "data": "a", "seeds": "2"}]
    new = [{"model": name, "data": "a", "seeds": 3} for name in ("fcn", "tcn", "mlp")]
    assert with_fewer_seeds(before, new, ["model", "seed"]) == new[:1]
