"""Bad input: one line that says what, where and what to do, exit status 2, and nothing left behind."""

import errno
import json
from pathlib import Path

import numpy as np
import pytest

SMALL = ("model=cnn1d", "model.filters=[4]", "model.kernel_sizes=[3]", "model.strides=[1]", "model.pooling=[1]",
         "training.epochs=1", "training.max_steps=1")  # fmt: skip


def ts_file(path: Path, rows: list[str], classes="a b") -> str:
    header = ["@problemName x", "@timeStamps false", "@univariate true", f"@classLabel true {classes}", "@data"]
    path.write_text("\n".join([*header, *rows]) + "\n")
    return f"data.train={path}"


def rows(*labels: str, steps=8) -> list[str]:
    random = np.random.default_rng(0)
    return [",".join(f"{value:.3f}" for value in random.normal(size=steps)) + f":{label}" for label in labels]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["data=gunpiont"], "unknown data=gunpiont; did you mean gunpoint?"),
        (["model=fcm"], "unknown model=fcm; did you mean fcn?"),
        (["model.filterz=[3]"], "unknown key model.filterz; did you mean model.filters?"),
        (["+model.kernel_sze=9"], "unknown key model.kernel_sze; did you mean kernel_size"),
        (["training.epochs=0"], "training.epochs must be at least 1, not 0"),
        (["training.epochs=many"], "training.epochs=many is not a whole number"),
        (["split.folds=1"], "split.folds must be 0 (no cross-validation) or at least 2, not 1"),
        (["data=ts_files"], "data.train"),
    ],
)
def test_mistaken_setting(refused, arguments, message):
    assert message in refused(*arguments)


@pytest.mark.parametrize(
    ("lines", "arguments", "message"),
    [
        (rows("a", "a", "a", "a"), [], "one class only"),
        (rows(*"aaaaab"), ["split.validation=share"], "class b .* has a single member"),
        (rows(*"ab" * 8), ["model.padding=valid", "model.kernel_sizes=[9]"], "smallest input that would do is 9"),
        (rows(*"ab" * 8), ["window.seconds=9"], "window"),
        ([*rows(*"ab" * 8), "1,2,?,4,5,6,7,8:a"], [], r"missing value in channel 0, step 2; preprocessing.gaps"),
        ([*rows(*"ab" * 8), "1,2,NaN,4,5,6,7,8:a"], [], r"missing value in channel 0, step 2; preprocessing.gaps"),
        ([*rows(*"ab" * 8), "1,2,inf,4,5,6,7,8:a"], [], r"line 22|series .*infinity|infinity in channel 0"),
        ([*rows(*"ab" * 8), "1,2,x,4,5,6,7,8:a"], [], r"x.ts.*22"),
        ([*rows(*"ab" * 8), "1,2,3,4,5,6,7,8:c"], [], r"x.ts.*22"),
        ([], [], "x.ts"),
    ],
    ids=["one class", "single member", "kernel", "window", "gap", "nan", "infinity", "no number", "class", "empty"],
)
def test_data_that_cannot_be_used(refused, tmp_path, lines, arguments, message):
    import re

    error = refused("data=ts_files", *SMALL, ts_file(tmp_path / "x.ts", lines), *arguments)
    assert re.search(message, error), error


def test_file_that_is_not_there(refused, tmp_path):
    assert str(tmp_path / "no.ts") in refused("data=ts_files", *SMALL, f"data.train={tmp_path / 'no.ts'}")


def test_resuming_what_is_no_run(refused, tmp_path):
    assert "holds no config.yaml" in refused(f"training.resume={tmp_path}")
    (tmp_path / "config.yaml").write_text("data: 3")
    assert "holds no result.json" in refused(f"training.resume={tmp_path}")
    (tmp_path / "result.json").write_text("{")
    assert "result.json cannot be read" in refused(f"training.resume={tmp_path}")
    (tmp_path / "result.json").write_text('{"status": "stopped"}')
    assert "does not hold the settings of a run" in refused(f"training.resume={tmp_path}")
    (tmp_path / "result.json").write_text('{"status": "finished"}')
    assert "is finished; there is nothing to go on with" in refused(f"training.resume={tmp_path}")


def test_store_that_cannot_be_written(refused, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/file/mlflow.db")
    error = refused("data=ts_files", *SMALL, ts_file(tmp_path / "x.ts", rows(*"ab" * 8)))
    assert "cannot open the tracking store" in error and "tracking.enabled=false" in error


def full(*arguments, **options):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_disk_that_is_full_from_the_start(refused, tmp_path, monkeypatch):
    monkeypatch.setattr("convpipe.run_record.RunRecord._write_config", full)
    error = refused("data=ts_files", *SMALL, ts_file(tmp_path / "x.ts", rows(*"ab" * 8)))
    assert "No space left on device" in error


def test_disk_that_fills_up_during_a_run(train, home, statuses, tmp_path, monkeypatch):
    monkeypatch.setattr("convpipe.classifier.Classifier._write", full)
    status, lines = train("data=ts_files", *SMALL, ts_file(tmp_path / "x.ts", rows(*"ab" * 8)))
    assert status == 2 and len(lines) == 1 and "No space left on device" in lines[0]
    (result,) = home.glob("runs/*/*/result.json")
    assert json.loads(result.read_text())["status"] == "failed"
    assert not list(home.rglob("*.partial")) and not (result.parent / "classifier").exists()
    assert statuses() == ["FAILED"]


def test_loss_that_is_no_number(train, home, tmp_path):
    series = [line.replace(",", "e37,").replace(":", "e37:") for line in rows(*"ab" * 8)]
    arguments = ("preprocessing.scaling=none", "tracking.enabled=false", "model.batch_normalization=false",
                 "training.optimizer=sgd", "training.learning_rate=10", "training.schedule=constant")  # fmt: skip
    status, lines = train("data=ts_files", *SMALL, ts_file(tmp_path / "x.ts", series), *arguments, "training.epochs=9")
    assert status == 2 and len(lines) == 1 and "the loss is not a number in epoch" in lines[0]
    (result,) = home.glob("runs/*/*/result.json")
    assert json.loads(result.read_text())["status"] == "failed"
