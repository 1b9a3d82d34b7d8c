"""Bad input: one line (what is wrong, where, what to do), exit status 2, and no files."""

import errno
import json
from pathlib import Path

import numpy as np
import pytest

SMALL = ("model=cnn1d", "model.filters=[4]", "model.kernel_sizes=[3]", "model.strides=[1]", "model.pooling=[1]",
         "training.epochs=1", "training.max_steps=1")  # fmt: skip
MISSING = "preprocessing.missing_values"


def ts_file(path: Path, rows: list[str], classes="a b") -> str:
    header = ["@problemName x", "@timeStamps false", "@univariate true", f"@classLabel true {classes}", "@data"]
    path.write_text("\n".join([*header, *rows]) + "\n")
    return f"data.path={path}"


def rows(*labels: str, steps=8) -> list[str]:
    random = np.random.default_rng(0)
    return [",".join(f"{value:.3f}" for value in random.normal(size=steps)) + f":{label}" for label in labels]


@pytest.mark.parametrize("arguments, facts", [
    (["data=gunpiont"], ["data=gunpiont", "did you mean gunpoint?"]),
    (["model=fcm"], ["model=fcm", "did you mean fcn?"]),
    (["model.filterz=[3]"], ["model.filterz", "did you mean model.filters?"]),
    (["+model.kernel_sze=9"], ["model.kernel_sze", "did you mean kernel_size"]),
    (["training.epochs=0"], ["training.epochs", "1", "0"]),
    (["training.epochs=many"], ["training.epochs=many", "whole number"]),
    (["split.folds=1"], ["split.folds", "0", "2"]),
    (["data=series"], ["data.path=..."]),
    (["model=cnn2d"], ["model=cnn2d", "cnn1d"]),
    (["evaluation.metrics=[acuracy]"], ["acuracy", "did you mean accuracy?"]),
    (["plugins=[no_such_module]"], ["no_such_module"]),
])  # fmt: skip
def test_bad_setting(refused_line, arguments, facts):
    line = refused_line(*arguments)
    assert [fact for fact in facts if fact not in line] == []


@pytest.mark.parametrize("lines, arguments, facts", [
    pytest.param(rows(*"aaaa"), [], ["x.ts", "class"], id="one class"),
    pytest.param(rows(*"aaaaab"), ["split.validation=holdout"], ["class b"], id="class of one sample"),
    pytest.param(rows(*"ab" * 8), ["model.padding=valid", "model.kernel_sizes=[9]"], ["9"], id="kernel too long"),
    pytest.param(rows(*"ab" * 8), ["window.seconds=9"], ["window"], id="window too long"),
    pytest.param([*rows(*"ab" * 8), "1,2,?,4,5,6,7,8:a"], [], ["channel 0", "step 2", MISSING], id="gap"),
    pytest.param([*rows(*"ab" * 8), "1,2,NaN,4,5,6,7,8:a"], [], ["channel 0", "step 2", MISSING], id="nan"),
    pytest.param([*rows(*"ab" * 8), "1,2,inf,4,5,6,7,8:a"], [], ["channel 0", "infin"], id="infinity"),
    pytest.param([*rows(*"ab" * 8), "1,2,x,4,5,6,7,8:a"], [], ["x.ts", "22"], id="not a number"),
    pytest.param([*rows(*"ab" * 8), "1,2,3,4,5,6,7,8:c"], [], ["x.ts", "22", "c"], id="undeclared class"),
    pytest.param([], [], ["x.ts"], id="empty"),
])  # fmt: skip
def test_unusable_data(refused_line, tmp_path, lines, arguments, facts):
    line = refused_line("data=series", *SMALL, ts_file(tmp_path / "x.ts", lines), *arguments)
    assert [fact for fact in facts if fact not in line] == []


def test_missing_file(refused_line, tmp_path):
    assert str(tmp_path / "no.ts") in refused_line("data=series", *SMALL, f"data.path={tmp_path / 'no.ts'}")


@pytest.mark.parametrize("config, result, facts", [
    (None, None, ["config.yaml"]),
    ("data: 3", None, ["result.json"]),
    ("data: 3", "{", ["result.json"]),
    ("data: 3", '{"status": "stopped"}', ["config.yaml"]),
    ("data: 3", '{"status": "finished"}', ["finished"]),
])  # fmt: skip
def test_resume_of_a_folder_without_a_stopped_run(refused_line, tmp_path, config, result, facts):
    for name, content in (("config.yaml", config), ("result.json", result)):
        if content is not None:
            (tmp_path / name).write_text(content)
    line = refused_line(f"training.resume={tmp_path}")
    assert [fact for fact in [str(tmp_path), *facts] if fact not in line] == []


def test_resume_with_other_settings(refused_line, tmp_path):
    line = refused_line(f"training.resume={tmp_path}", "seed=3")
    assert "training.resume" in line and "seed=3" in line


@pytest.mark.slow
def test_unwritable_store(refused_line, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    store = f"sqlite:///{tmp_path}/file/mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    line = refused_line("data=series", *SMALL, ts_file(tmp_path / "x.ts", rows(*"ab" * 8)))
    assert store in line and "MLFLOW_TRACKING_URI" in line and "tracking.enabled=false" in line


@pytest.mark.slow
@pytest.mark.parametrize("command", [
    ("train.py", "model=fcn"),
    ("train.py", "-m", "seed=0,1"),
    ("train.py", "-m", "seed=0,1", "tracking.enabled=false"),
    ("compare.py", "data=watch", "seeds=1"),
    ("fetch_data.py", "gunpoint"),
])  # fmt: skip
def test_unwritable_home(run_script, tmp_path, command):
    (tmp_path / "file").write_text("")
    home = tmp_path / "file" / "home"
    done = run_script(*command, env={"CONVPIPE_HOME": str(home)})
    assert done.returncode == 2 and done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith("error: ") and str(home) in done.stderr and "set CONVPIPE_HOME" in done.stderr


def disk_full(*arguments, **options):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_disk_full_at_the_start(refused_line, tmp_path, monkeypatch):
    monkeypatch.setattr("convpipe.experiment.run_record.RunRecord._write_config", disk_full)
    error = refused_line("data=series", *SMALL, ts_file(tmp_path / "x.ts", rows(*"ab" * 8)))
    assert "No space left on device" in error


@pytest.mark.slow
def test_disk_full_during_a_run(train, home, statuses, tmp_path, monkeypatch):
    monkeypatch.setattr("convpipe.preprocessing.Preprocessing.save", disk_full)
    status, lines = train("data=series", *SMALL, ts_file(tmp_path / "x.ts", rows(*"ab" * 8)))
    assert status == 2 and len(lines) == 1 and "disk is full" in lines[0] and "training.resume=" in lines[0]
    (result,) = home.glob("runs/*/*/result.json")
    assert json.loads(result.read_text())["status"] == "failed"
    assert not list(home.rglob("*.partial")) and not (result.parent / "classifier").exists()
    assert statuses() == ["FAILED"]


@pytest.mark.slow
def test_loss_that_is_not_a_number(train, home, tmp_path):
    series = [line.replace(",", "e37,").replace(":", "e37:") for line in rows(*"ab" * 8)]
    arguments = ("preprocessing.scaling=none", "tracking.enabled=false", "model.batch_normalization=false",
                 "training.optimizer=sgd", "training.learning_rate=10", "training.lr_schedule=constant")  # fmt: skip
    status, lines = train("data=series", *SMALL, ts_file(tmp_path / "x.ts", series), *arguments, "training.epochs=9")
    assert status == 2 and len(lines) == 1 and "loss" in lines[0] and "epoch" in lines[0]
    (result,) = home.glob("runs/*/*/result.json")
    assert json.loads(result.read_text())["status"] == "failed"
