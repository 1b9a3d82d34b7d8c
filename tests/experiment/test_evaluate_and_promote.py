"""The commands evaluate and promote on runs of this process."""

import csv
import json
import sys
from importlib import import_module

import pytest

from convpipe.experiment.champion import Registered
from convpipe.experiment.run import run

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("quick")]
#: A network that one tiny step leaves as its seed made it.
UNTRAINED = ("data=gunpoint", "model=cnn1d", "model.filters=[3]", "model.kernel_sizes=[3]", "model.strides=[1]",
             "model.pooling=[1]", "training.learning_rate=1e-7", "training.epochs=1",
             "training.max_steps=1")  # fmt: skip


@pytest.fixture
def command(monkeypatch, capsys):
    """`command("promote", RUN, "mine")`: the exit status, and the lines on standard output and standard error."""

    def run(name: str, *words) -> tuple[int, list[str], list[str]]:
        module = import_module(f"convpipe.cli.{name}")
        monkeypatch.setattr(module, "exit_now", lambda: None)  # it would end this process at once
        monkeypatch.setattr(module, "end_like_ctrl_c", lambda: None)  # it would stay after the test
        monkeypatch.setattr(sys, "argv", [f"{name}.py", *map(str, words)])
        monkeypatch.setenv("COLUMNS", "80")
        capsys.readouterr()
        try:
            module.main()
            status = 0
        except SystemExit as ended:
            status = ended.code
        shown = capsys.readouterr()
        return status, shown.out.splitlines(), shown.err.splitlines()

    return run


@pytest.fixture
def data(given, monkeypatch, samples):
    """The data of all runs."""
    made = samples(n=90)
    given(made)
    monkeypatch.setattr("convpipe.inference.evaluation_part.load", lambda data, window, report: made)
    return made


def test_a_run_is_evaluated_on_its_test_part(home, data, settings_of, command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("convpipe.evaluation.evaluation_files.write_figure", lambda path, figure: None)
    folder, off = home / "runs" / "one", "tracking.enabled=false"
    result = run(settings_of("data=gunpoint", "model=linear", off), folder)
    status, lines, errors = command("evaluate", folder)
    assert (status, errors) == (0, []) and max(map(len, lines[:-1])) <= 80
    assert lines[-1] == f"results: {folder / 'evaluation'}"
    record = json.loads((folder / "evaluation" / "evaluation.json").read_text())
    assert record["data_sha256"] == result["data_sha256"] and record["samples"] == result["test"]["n"]
    found = {name: each["value"] for name, each in record["classifiers"][0]["metrics"].items()}
    assert {name: found[name] for name in ("accuracy", "log_loss")} == pytest.approx(
        {name: result["test"][name] for name in ("accuracy", "log_loss")}
    )
    files = [csv.DictReader((each / "predictions.csv").open()) for each in (folder, folder / "evaluation")]
    for one, other in zip(*files, strict=True):
        assert (one["sample_id"], one["predicted"]) == (other["sample_id"], other["predicted"])
        assert float(one["p(class 0)"]) == pytest.approx(float(other["p(class 0)"]), abs=1e-6)
    run(settings_of("data=gunpoint", "model=linear", off, "split.folds=2"), home / "runs" / "folds")
    status, _, errors = command("evaluate", folder, home / "runs" / "folds" / "fold_1")
    assert status == 2 and len(errors) == 1 and "--data" in errors[0] and not (tmp_path / "evaluation").exists()
    status, _, _ = command("evaluate", home / "runs" / "folds", "--fold", 2)
    assert status == 0 and (home / "runs" / "folds" / "fold_2" / "evaluation" / "evaluation.json").exists()
    status, _, errors = command("promote", folder, "mine")
    assert status == 2 and "tracking.enabled=true" in errors[0]


def test_from_the_first_version_to_a_forced_one(store, home, data, settings_of, command):
    good, bad, other = (home / "runs" / name for name in ("good", "bad", "other"))
    run(settings_of("data=gunpoint", "model=linear"), good)
    run(settings_of(*UNTRAINED, "seed=1"), bad)
    run(settings_of("data=gunpoint", "model=linear", "split.seed=3"), other)
    accuracies = [json.loads((folder / "result.json").read_text())["validation"]["accuracy"] for folder in (good, bad)]
    assert accuracies[0] > accuracies[1]

    def champion() -> str:
        return Registered("mine").champion().version

    def promote(*words) -> tuple[int, str]:
        status, lines, errors = command("promote", *words)
        return status, [*lines, *errors][-1]

    assert promote(bad, "mine")[0] == 0 and champion() == "1"
    assert promote(bad, "mine") == (0, "this model is already the champion, mine version 1")
    assert promote(good, "mine")[0] == 0 and champion() == "2"
    described = Registered("mine").client.get_model_version("mine", "2").description
    assert f"{accuracies[0] - accuracies[1]:+.3f}" in described and f"{accuracies[0]:.3f}" in described
    status, line = promote(bad, "mine")
    assert status == 1 and champion() == "2" and "is not the champion" in line
    status, line = promote(other, "mine")
    assert status == 2 and line.startswith("error: ") and "--force" in line and champion() == "2"
    assert promote(other, "mine", "--force")[0] == 0 and champion() == "3"
    assert "Forced" in Registered("mine").client.get_model_version("mine", "3").description
