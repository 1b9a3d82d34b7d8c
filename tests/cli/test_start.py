"""Messages for user errors on the command line, without starting a process."""

import errno
import os
import signal

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from omegaconf import OmegaConf

from convpipe.cli.help_page import first_line, help_page
from convpipe.cli.start import end_like_ctrl_c
from convpipe.errors import ConfigError
from convpipe.paths import PROJECT, check_home
from convpipe.schemas import register_schemas
from convpipe.user_errors import check_options, explain


@pytest.fixture
def compose_train():
    """`compose_train("model=fcn")`: the configuration of scripts/train.py."""
    register_schemas()
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(PROJECT / "conf"), version_base="1.3"):
        yield lambda *overrides: compose("train", list(overrides))


@pytest.mark.parametrize("override, facts", [
    ("model=resent", ["model=resent", "did you mean resnet?"]),
    ("training=qqqq", ["training=qqqq", "quick", "standard"]),
    ("modle=fcn", ["key modle", "did you mean model?"]),
    ("epochs=5", ["key epochs", "did you mean training.epochs?"]),
    ("model.kernel_size=[3]", ["model.kernel_size;", "did you mean model.kernel_sizes?"]),
    ("model.qqqq=3", ["model.qqqq", "dropout, filters"]),
    ("qqqq=3", ["qqqq", "augmentation, data, embedding, ensemble"]),
    ("seed=abc", ["seed=abc", "whole number"]),
    ("training.learning_rate=fast", ["training.learning_rate=fast", "a number"]),
    ("model.hybrid=maybe", ["model.hybrid=maybe", "true or false"]),
    ("model.filters=3", ["model.filters=3", "list", "model.filters=[...]"]),
    ("model=fcn,resnet", ["model=fcn,resnet", "-m", "[...]"]),
    ("model=[", ["'model=['", """'model="["'"""]),
    ("data.path=[a, b", ["""'data.path="[a, b"'"""]),
    ("tracking.experiment=a,b", ["-m", """'tracking.experiment="a,b"'"""]),
    ("seed", ["'seed'", "KEY=VALUE"]),
    ("~modle", ["'modle'"]),
    ("training=1", ["string"]),
    ("scaling=none", ["key scaling", "preprocessing.scaling", "augmentation.scaling"]),
    ("evaluation.metrics=roc_auc", ["evaluation.metrics", "list", "evaluation.metrics=[...]"]),
])  # fmt: skip
def test_user_error_gets_one_line(compose_train, override, facts):
    with pytest.raises(Exception) as caught:
        compose_train("model=fcn", override)
    line = explain(caught.value)
    assert "\n" not in line and [fact for fact in facts if fact not in line] == []


def test_plus_before_a_group_with_a_value_is_explained(compose_train):
    with pytest.raises(Exception) as caught:
        compose_train("+model=mlp")
    line = explain(caught.value)
    assert "model=..." in line and "without the +" in line and "\n" not in line


@pytest.mark.parametrize("argument, explained", [
    ("experiment=digits,mnist_5k", True),
    ("data=digits,image_folder", True),
    ("model=fcn,resnet", False),
    ("seed=0,1", False),
])  # fmt: skip
def test_key_that_only_a_swept_choice_has_is_explained(compose_train, argument, explained):
    with pytest.raises(Exception) as caught:
        compose_train("data.path=folder")
    line = explain(caught.value, ["-m", argument, "data.path=folder"])
    assert "key data.path; choose one of " in line and ("++data.path=..." in line) == explained


def test_broken_yaml_names_the_file(tmp_path):
    (tmp_path / "own.yaml").write_text("a: [1\nb: 2\n")
    GlobalHydra.instance().clear()
    with pytest.raises(Exception) as caught, initialize_config_dir(str(tmp_path), version_base="1.3"):
        compose("own")
    assert "own.yaml" in explain(caught.value)


def test_out_of_memory_gets_one_line():
    line = explain(MemoryError("Unable to allocate 53.6 GiB\nfor an array"))
    assert "memory" in line and "53.6 GiB" in line and "\n" not in line


@pytest.mark.parametrize("number, place, remedy", [
    (errno.ENOSPC, "/home/of/runs/x.csv", "free some space"),
    (errno.EDQUOT, None, "free some space"),
    (errno.EROFS, "/home/of/runs", "CONVPIPE_HOME"),
    (errno.EACCES, "/home/of", "CONVPIPE_HOME"),
    (errno.ENOTDIR, "/home/of/runs", "CONVPIPE_HOME"),
    (errno.EACCES, "/home/other/data.csv", "permissions"),
])  # fmt: skip
def test_output_that_cannot_be_written_gets_one_line(monkeypatch, number, place, remedy):
    monkeypatch.setenv("CONVPIPE_HOME", "/home/of")
    line = explain(OSError(number, os.strerror(number), place))
    assert os.strerror(number) in line and (place or "") in line and "\n" not in line
    assert remedy in line.partition("; ")[2]


def test_a_full_disk_is_reported_for_errors_of_any_library():
    assert "free some space" in explain(RuntimeError("write failed (errno = 28, 'No space left on device')"))


@pytest.mark.parametrize("bug", [KeyError("x"), ValueError("x"), AttributeError("x"), OSError("x")])
def test_bug_is_not_a_user_error(bug):
    assert explain(bug) is None


@pytest.mark.parametrize("arguments", [
    ["-m", "model=fcn"], ["--cfg", "job"], ["--multi", "seed=1"], ["--config-dir=x"], ["model.dropout=-1"], [],
])  # fmt: skip
def test_options_of_hydra_are_accepted(arguments):
    check_options(arguments)


@pytest.mark.parametrize("place", ["", "runs/below"])
def test_home_that_is_a_file_is_refused(tmp_path, monkeypatch, place, refused):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr("convpipe.paths.HOME", tmp_path / "file" / place)
    with refused(ConfigError, key="CONVPIPE_HOME", value=str(tmp_path / "file" / place)):
        check_home()
    monkeypatch.setattr("convpipe.paths.HOME", tmp_path / "new" / "folder")
    check_home()


def test_setting_written_as_option_is_refused(refused):
    with refused(ConfigError, key="--lr", remedy="lr=..."):
        check_options(["--lr", "3"])


@pytest.mark.slow
def test_every_model_and_dataset_of_conf_composes(compose_train):
    for group in ("model", "data", "training", "augmentation"):
        for file in sorted((PROJECT / "conf" / group).glob("*.yaml")):
            config = compose_train(f"{group}={file.stem}")
            assert OmegaConf.is_config(config[group]), file


@pytest.mark.slow
def test_all_preprocessing_and_every_embedding_compose_with_data_of_their_modality(compose_train):
    data = {"series": "gunpoint", "image": "digits", "volume": "volume_folder", "sound": "audio_folder"}
    for group in ("preprocessing", "embedding"):
        for file in sorted((PROJECT / "conf" / group).glob("*.yaml")):
            config = compose_train(f"data={data.get(file.stem, 'text_table')}", f"{group}={file.stem}")
            assert OmegaConf.is_config(config[group]), file


@pytest.mark.parametrize("text, line", [
    ("# @package _global_\n# What it is\na: 1\n", "What it is"),
    ("#What it is\n", "What it is"),
    ("a: 1\n# too late\n", ""),
    ("", ""),
])  # fmt: skip
def test_first_line_is_the_description_of_a_choice(tmp_path, text, line):
    file = tmp_path / "x.yaml"
    file.write_text(text)
    assert first_line(file) == line


def test_help_page_lists_groups_and_uses_the_name_of_the_command(tmp_path):
    (tmp_path / "train.yaml").write_text("# Train things\n")
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "fcn.yaml").write_text("# Three blocks\n")
    page = help_page("train", tmp_path)
    assert page.startswith("Train things.\n") and "  fcn                 Three blocks\n" in page
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "digits.yaml").write_text("# Digits\ndefaults:\n  - override /preprocessing: image\n")
    (tmp_path / "data" / "letters.yaml").write_text("# Letters\ndefaults:\n  - override /preprocessing: characters\n")
    (tmp_path / "data" / "watch.yaml").write_text("# Watch\n")
    titles = [line for line in help_page("train", tmp_path).splitlines() if line.startswith("datasets")]
    assert titles == [f"datasets of {plural} (data=...)" for plural in ("series", "texts", "images")]
    assert page.count("python scripts/train.py") >= 4 and "{" not in page.replace("{config,models,data}", "")


def test_a_recipe_in_conflict_with_a_model_gets_one_line(run_script):
    done = run_script("train.py", "experiment=watch", "model=fcn")
    assert done.returncode == 2 and done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    facts = ("experiment=watch", "model.strides", "leave out", "model=")
    assert [fact for fact in facts if fact not in done.stderr] == []


def test_sigterm_acts_like_ctrl_c_and_ignored_signals_stay_ignored():
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        end_like_ctrl_c()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)  # a second signal has no effect
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
