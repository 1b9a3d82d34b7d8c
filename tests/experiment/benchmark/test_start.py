"""The suite `start` without its measurements."""

import json
from pathlib import Path

import pytest

from convpipe import paths
from convpipe.errors import ConfigError
from convpipe.experiment.benchmark import start
from convpipe.experiment.benchmark.settings import BenchmarkSettings


def test_another_checkout_is_measured_in_turn_with_this_one(monkeypatch):
    monkeypatch.setenv(start.OTHER, str(paths.PROJECT))
    groups = start.groups(BenchmarkSettings(suite="start", models=["image", "text"]))
    assert [[case.key["run"] for case in group] for group in groups] == [["image"] * 2, ["text"] * 2]
    assert groups[0][0].values == {"run": "image", "checkout": str(paths.PROJECT)}


def test_an_unknown_run_is_refused(refused):
    with refused(ConfigError, key="models", value="imges", mentions=("series, image, text",)):
        start.groups(BenchmarkSettings(suite="start", models=["imges"]))


@pytest.mark.parametrize("phases", [{"data": 1.0, "training": 4.0, "figures": 2.0}, {}])
def test_time_without_the_fit_is_reported_by_phase(home, monkeypatch, phases):
    def seconds(words, environment):
        if "train.py" not in words[0]:
            return 5.0
        folder = Path(words[-1].removeprefix("hydra.run.dir="))
        folder.mkdir()
        (folder / "result.json").write_text(json.dumps({"train": {"seconds": 3.5}, "seconds": phases}))
        return 10.0

    monkeypatch.setattr(start, "_seconds", seconds)
    measured = start.measure({"run": "image", "checkout": str(paths.PROJECT)}, 0)
    assert (measured["beside_fit_seconds"], measured["imports"]) == (6.5, 1.3)
    rest = {"start_and_end": 3.0, "data": 1.0, "training": 0.5, "figures": 2.0} if phases else {}
    assert measured["phases"] == rest
    row = start.columns([measured, measured | {"imports": 1.5}]) | {"run": "image", "commit": "ab", "error": ""}
    assert (row["imports"], row["imports_lowest"], row["imports_highest"]) == (1.4, 1.3, 1.5)
    assert row.get("figures_seconds", 2.0) == 2.0
    (_, line) = start.lines([row])
    assert line.split() == ["image", "ab", "1.40", "1.30", "1.50", "6.50", "5.00"]
