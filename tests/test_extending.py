"""docs/extending.md works unchanged: its snippets are written to a folder and run with the scripts."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from convpipe.paths import PROJECT

PAGE = (PROJECT / "docs" / "extending.md").read_text(encoding="utf-8")
SNIPPETS = dict(re.findall(r'```\w+ title="([^"]+)"\n(.*?)```', PAGE, re.DOTALL))
COMMAND = shlex.split(re.search(r"```shell\n(.*?)```", PAGE, re.DOTALL)[1])
QUICK = ["training.epochs=2", "tracking.enabled=false"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with the snippets as files, and recordings for the reader."""
    folder = tmp_path_factory.mktemp("extending")
    for name, content in SNIPPETS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    random = np.random.default_rng(0)
    recordings = [
        {"label": "abc"[number % 3], "values": (random.normal(size=(20 + number % 4, 2)) + number % 3).tolist()}
        for number in range(60)
    ]
    (folder / "recordings.json").write_text(json.dumps(recordings))
    return folder


def run(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess:
    """`python scripts/NAME.py ...` from `folder`."""
    command = [sys.executable, str(PROJECT / words[0]), *words[1:]]
    variables = {**os.environ, "CONVPIPE_HOME": str(folder / "home"), "PYTHONPATH": str(PROJECT / "src"), **environment}
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def trained(folder) -> tuple[Path, subprocess.CompletedProcess]:
    """The folder of a run of the command on the page, and its output."""
    done = run(folder, *COMMAND[1:], *QUICK, f"hydra.run.dir={folder / 'run'}")
    assert done.returncode == 0, done.stderr
    return folder / "run", done


def test_the_page_has_a_model_a_reader_and_a_metric_of_about_twenty_lines():
    sizes = {name: len([line for line in text.splitlines() if line.strip()]) for name, text in SNIPPETS.items()}
    assert set(sizes) == {
        *("my_models.py", "my_readers.py", "my_metrics.py"),
        *("conf/model/gated.yaml", "conf/data/json_recordings.yaml"),
    }
    assert max(sizes.values()) <= 30


@pytest.mark.slow
def test_the_command_of_the_page_trains_with_the_plugins(trained):
    folder, done = trained
    result = json.loads((folder / "result.json").read_text())
    assert result["model"] == "gated" and result["data"] == "json_recordings"
    assert list(result["test"]) == ["n", "accuracy", "top_2_accuracy"]
    assert result["plugins"] == ["my_models", "my_readers", "my_metrics"]
    assert "top-2 accuracy" in done.stdout and "60 recordings of 3 classes" in done.stdout
    assert "filters: 16" in (folder / "config.yaml").read_text()  # from the YAML file, not the 32 of the class


@pytest.mark.slow
def test_a_model_without_a_file_is_selected_by_name_and_plugins_come_from_the_environment(folder):
    words = ["data=json_recordings", "model=gated", "training.max_steps=1", *QUICK]
    done = run(folder, "scripts/train.py", *words, "--cfg", "job", CONVPIPE_PLUGINS="my_models,my_readers")
    assert done.returncode == 0 and "filters: 32" in done.stdout, done.stderr


@pytest.mark.slow
def test_a_sweep_passes_plugins_and_metrics_to_its_jobs(folder):
    sweep = [f"hydra.sweep.dir={folder / 'sweep'}", "model.kernel_size=3,5", "training.max_steps=1"]
    done = run(folder, COMMAND[1], "-m", *COMMAND[2:], *QUICK, *sweep)
    assert done.returncode == 0, done.stdout + done.stderr
    table = (folder / "sweep" / "sweep.csv").read_text().splitlines()
    assert len(table) == 3 and "test_top_2_accuracy" in table[0]


def load(folder: Path, classifier: Path, **environment: str) -> subprocess.CompletedProcess:
    """`Classifier.load` in a separate process."""
    code = (
        f"from convpipe import Classifier; print(Classifier.load({str(classifier)!r}).predict([[[0, 0]] * 20]).names)"
    )
    variables = {**os.environ, "PYTHONPATH": str(PROJECT / "src"), "TF_CPP_MIN_LOG_LEVEL": "3", **environment}
    return subprocess.run([sys.executable, "-c", code], cwd=folder, env=variables, capture_output=True, text=True)


@pytest.mark.slow
def test_a_classifier_of_a_plugin_is_loaded_only_if_the_user_names_the_plugin(folder, trained):
    classifier = trained[0] / "classifier"
    assert json.loads((classifier / "classifier.json").read_text())["plugins"] == ["my_models"]
    refused = load(folder, classifier)
    last = refused.stderr.strip().splitlines()[-1]
    assert refused.returncode == 1 and "PluginError" in last and "CONVPIPE_PLUGINS=my_models" in last
    loaded = load(folder, classifier, CONVPIPE_PLUGINS="my_models")
    assert loaded.returncode == 0 and loaded.stdout.strip() in ("['a']", "['b']", "['c']"), loaded.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("plugin", "content", "facts"),
    [
        ("broken", "import nothing_like_this", ["broken", "nothing_like_this"]),
        ("missing", None, ["missing"]),
        (
            "doubled",
            "from convpipe import *\nfrom convpipe.models.conv1d.fcn import FcnSettings\n"
            "register_model(FcnSettings)(print)",
            ["doubled", "fcn"],
        ),
        ("bare", "from convpipe import register_model\n@register_model\ndef build(settings, spec): ...", ["bare"]),
        (
            "nameless",
            "from convpipe import ModelSettings, register_model\nregister_model(ModelSettings)(print)",
            ["nameless", "name"],
        ),
    ],
)
def test_an_unusable_plugin_is_refused_in_one_line(tmp_path, plugin, content, facts):
    if content is not None:
        (tmp_path / f"{plugin}.py").write_text(content)
    done = run(tmp_path, "scripts/train.py", f"plugins=[{plugin}]", "data=digits", "debug=one_step")
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.count("\n") == 1 and all(fact in done.stderr for fact in facts), done.stderr
    assert not (tmp_path / "home").exists()
