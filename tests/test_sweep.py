"""Sweeps without their jobs' processes: names, tables, records, what is finished already, how a sweep is closed."""

import csv
import subprocess
import sys

import numpy as np
import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf

from convpipe import sweep
from convpipe.config import Watch, read_settings
from convpipe.data import load
from convpipe.errors import ConfigError
from convpipe.run_record import config_sha256
from convpipe.sweep_job import Job, finished_before, job_name, quoted
from convpipe.sweep_table import check_place, merged, ordered, over_seeds, read_csv, row, show, write_csv
from convpipe.tracking import Tracker


def one(model="fcn", seed="1", validation=None, test=None, status="finished"):
    result = {"status": status, "train": {"seconds": 1.5, "epochs": 3.0}, "parameters": 10}
    result |= {"validation": validation and {"accuracy": validation}, "test": test and {"accuracy": test}}
    return row({"model": model, "seed": seed}, result, "/sweep/job_0")


@pytest.fixture
def job(tmp_path):
    config = {"data": {"name": "watch"}, "model": {"name": "fcn"}, "seed": 3}
    config |= {"tracking": {"enabled": True, "experiment": None}}
    (tmp_path / "job_0").mkdir()
    return Job(0, "seed=3", tmp_path / "job_0", OmegaConf.create(config))


# --- names ------------------------------------------------------------------------------------------------------


def test_job_is_named_by_what_varies():
    assert job_name(["data=watch", "model=fcn", "+debug=one", "seed=1"], ["model", "debug"]) == "model=fcn debug=one"
    assert job_name(["data=watch"], []) == ""


@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"], exclude_characters="$\\"), min_size=1))
def test_any_folder_passes_through_the_command_line(folder):
    (override,) = OverridesParser.create().parse_overrides([f"hydra.run.dir={quoted(folder)}"])
    assert override.value() == folder


# --- tables -----------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.none() | st.floats(0.01, 1), st.none() | st.floats(0.01, 1)), min_size=1))
def test_jobs_are_sorted_by_validation_and_the_test_part_has_no_say(figures):
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


def test_no_spread_where_no_two_jobs_differ_in_their_seed_alone():
    assert over_seeds([one("fcn", "1", 0.5), one("mlp", "2", 0.5)], ["model", "seed"]) == []
    assert over_seeds([one("fcn", "1", 0.5), one("fcn", "1", 0.5)], ["model"]) == []


def test_csv_holds_what_varies_the_figures_and_the_folder(tmp_path):
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


def test_a_table_of_several_sweeps_keeps_the_rows_of_the_others(tmp_path):
    path, table = tmp_path / "text.csv", []
    for swept, names in ((["experiment", "seed"], "ab"), (["data", "seed"], "cd"), (["experiment", "seed"], "b")):
        summary = [{swept[0]: name, "test_accuracy": len(table), "model": "m"} for name in names]
        table = merged(read_csv(path), summary, swept)
        write_csv(path, table)
    found = [(each["experiment"], each["data"], each["test_accuracy"]) for each in read_csv(path)]
    assert found == [("a", "", "0"), ("", "c", "2"), ("", "d", "2"), ("b", "", "4")]


def test_table_is_plain_where_it_is_piped(capsys, tmp_path):
    failed = {**one("mlp", "2", status="failed"), "error": "too [bold] a rate", "folder": str(tmp_path / "job_1")}
    rows = ordered([one("fcn", "1", 0.5), one("fcn", "2", 0.75), failed, one("tcn", "1")], ["model", "seed"])
    show(rows, over_seeds(rows, ["model", "seed"]), ["model", "seed"], tmp_path)
    out = capsys.readouterr().out
    assert "\x1b" not in out and "failed: model=mlp seed=2: too [bold] a rate\n" in out
    assert "0.6250 ± 0.1768" in out and "job_1" in out and str(tmp_path) not in out
    assert "1 without validation figures: listed by name" in out


# --- records ----------------------------------------------------------------------------------------------------


def test_job_that_never_began_is_recorded_as_failed(home, job, monkeypatch):
    parent = Tracker("watch", "seed=3,4")
    monkeypatch.setenv("CONVPIPE_PARENT_RUN", parent.run_id)
    job.end("failed", "no such file")
    run = parent.client.get_run(job.result["run_id"])
    assert (run.info.status, run.info.run_name) == ("FAILED", "seed=3")
    assert (run.data.tags["mlflow.parentRunId"], run.data.tags["error"]) == (parent.run_id, "no such file")
    assert (job.result["status"], job.result["error"], job.result["seed"]) == ("failed", "no such file", 3)


def test_run_that_was_killed_is_closed_and_one_that_ended_is_left_alone(home, job):
    tracker = Tracker("watch", "seed=3")
    job.write(job.about() | {"status": "running", "run_id": tracker.run_id, "parameters": 7})
    job.end("stopped", "stopped by Ctrl-C")
    assert tracker.client.get_run(tracker.run_id).info.status == "KILLED"
    assert (job.result["status"], job.result["parameters"]) == ("stopped", 7)
    job.end("failed", "later")
    assert job.result["status"] == "stopped"


@pytest.mark.parametrize("told", ["running", "stopped", "finished"])
def test_run_whose_process_was_killed_with_its_worker_is_closed(home, job, told):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (job.folder / "process_id").write_text(str(gone.pid))
    tracker = Tracker("watch", "seed=3")
    job.write(job.about() | {"status": told, "run_id": tracker.run_id})
    sweep._settle(job, "stopped")
    assert tracker.client.get_run(tracker.run_id).info.status == "KILLED"
    assert job.result["status"] == "stopped" and not (job.folder / "process_id").exists()


def test_finished_run_stays_finished_though_its_worker_was_killed(home, job):
    (job.folder / "process_id").write_text("999999999")
    tracker = Tracker("watch", "seed=3")
    job.write(job.about() | {"status": "finished", "run_id": tracker.run_id})
    tracker.finish("FINISHED")
    sweep._settle(job, "stopped")
    assert tracker.client.get_run(tracker.run_id).info.status == "FINISHED"
    assert job.result["status"] == "finished"


@pytest.fixture
def settings(tmp_path):
    groups = ("data: {name: watch, reader: watch}", "model: {name: fcn}", "preprocessing: {kind: series}")
    (tmp_path / "config.yaml").write_text("\n".join(groups))
    return read_settings(tmp_path / "config.yaml")


def test_only_a_finished_run_with_the_same_settings_and_data_is_skipped(home, settings):
    hashes = {
        "config_sha256": config_sha256(settings),
        "data_sha256": load(Watch(name="watch"), settings.window).sha256,
    }

    def record(status, **tags):
        tracker = Tracker("watch", "a run")
        tracker.parameters({}, {**hashes, "folder": "/old", **tags})
        tracker.metrics({"validation/accuracy": 0.5, "train/seconds": 2.0, "parameters": 7})
        tracker.finish(status)

    record("FAILED")
    record("FINISHED", config_sha256="0" * 64)
    record("FINISHED", data_sha256="0" * 64)
    assert finished_before(settings, "watch") is None
    record("FINISHED")
    found = finished_before(settings, "watch")
    assert (found["status"], found["folder"], found["parameters"]) == ("finished before", "/old", 7)
    assert (found["validation"], found["train"], found["test"]) == ({"accuracy": 0.5}, {"seconds": 2.0}, None)
    assert finished_before(settings, "another experiment") is None


def test_resuming_a_sweep_that_is_not_tracked_is_refused(home, settings):
    settings.tracking.enabled = False
    with pytest.raises(ConfigError, match="leave tracking.enabled=true"):
        finished_before(settings, "watch")


# --- closing ----------------------------------------------------------------------------------------------------


class Ended:
    """Stands in for a sweep; remembers how it was closed."""

    def __init__(self, status=0):
        self.status, self.closed = status, []

    def close(self, status=None):
        self.closed.append(status)
        return self.status


@pytest.mark.parametrize("error, closed", [(KeyboardInterrupt, "KILLED"), (ZeroDivisionError, "FAILED")])
def test_sweep_is_closed_whatever_ends_it(monkeypatch, error, closed):
    ended = Ended()
    with pytest.raises(error), sweep.closing():
        monkeypatch.setattr(sweep, "_current", ended)
        raise error
    assert ended.closed == [closed]


def test_sweep_with_a_failed_job_ends_with_status_1(monkeypatch):
    with pytest.raises(SystemExit) as caught, sweep.closing():
        monkeypatch.setattr(sweep, "_current", Ended(1))
    assert caught.value.code == 1


def test_sweep_whose_jobs_all_finished_ends_quietly(monkeypatch):
    ended = Ended()
    with sweep.closing():
        monkeypatch.setattr(sweep, "_current", ended)
    assert ended.closed == [None]


def test_refused_sweep_raises_what_refused_it():
    with pytest.raises(ConfigError, match="no such key"), sweep.closing():
        raise sweep.Refused from ConfigError("no such key")


def test_launching_process_does_not_import_tensorflow():
    program = (
        "import sys, convpipe.sweep, convpipe.run_record; print({'tensorflow', 'keras', 'mlflow'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nowhere/means.csv", "there is no folder"),
        ("mine.csv", "is no table of this kind"),
        ("", "is no table of this kind"),
    ],
)
def test_a_table_that_cannot_be_written_is_refused_before_any_job(tmp_path, name, reason):
    (tmp_path / "mine.csv").write_text("text,label\nx,a\n")
    with pytest.raises(ConfigError, match=reason):
        check_place(tmp_path / name, {"seeds"})
