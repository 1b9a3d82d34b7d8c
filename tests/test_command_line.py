"""What a mistake on the command line is answered with, without starting a process."""

import signal

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from omegaconf import OmegaConf

from convpipe import PROJECT
from convpipe.command_line import end_as_by_ctrl_c
from convpipe.complaints import check_options, complaint
from convpipe.config import register
from convpipe.errors import ConfigError
from convpipe.help_page import first_line, help_page


@pytest.fixture
def compose_train():
    """`compose_train("model=fcn")`: the configuration of scripts/train.py."""
    register()
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(PROJECT / "conf"), version_base="1.3"):
        yield lambda *overrides: compose("train", list(overrides))


@pytest.mark.parametrize("override, line", [
    ("model=resent", "unknown model=resent; did you mean resnet?"),
    ("training=qqqq", "unknown training=qqqq; "),
    ("modle=fcn", "unknown key modle; did you mean model?"),
    ("epochs=5", "unknown key epochs; did you mean training.epochs?"),
    ("model.kernel_size=[3]", "unknown key model.kernel_size; did you mean model.kernel_sizes?"),
    ("model.qqqq=3", "unknown key model.qqqq; known: dropout, filters"),
    ("qqqq=3", "unknown key qqqq; known: augmentation, data, embedding, ensemble"),
    ("seed=abc", "seed=abc is not a whole number"),
    ("training.learning_rate=fast", "training.learning_rate=fast is not a number"),
    ("model.hybrid=maybe", "model.hybrid=maybe is not true or false"),
    ("model.filters=3", "model.filters=3 is not a list; write model.filters=[...]"),
    ("model=fcn,resnet", "model=fcn,resnet holds several values; add -m to sweep over them"),
    ("model=[", "cannot read 'model=['; write KEY=VALUE"),
    ("seed", "cannot read 'seed'; write KEY=VALUE"),
    ("~modle", "Could not delete from config. 'modle' does not exist."),
    ("training=1", "Config group override must be a string or a list."),
])  # fmt: skip
def test_mistake_is_told_in_one_line(compose_train, override, line):
    with pytest.raises(Exception) as caught:
        compose_train("model=fcn", override)
    told = complaint(caught.value)
    assert told.startswith(line) and "\n" not in told


def test_plus_before_a_group_that_has_a_choice_is_explained(compose_train):
    with pytest.raises(Exception) as caught:
        compose_train("+model=mlp")
    assert complaint(caught.value) == "model is chosen already; write model=... without the +"


def test_key_that_several_groups_have_names_them_all(compose_train):
    with pytest.raises(Exception) as caught:
        compose_train("model=fcn", "scaling=none")
    assert complaint(caught.value) == (
        "unknown key scaling; did you mean preprocessing.scaling or augmentation.scaling?"
    )


@pytest.mark.parametrize("argument, added", [
    ("experiment=digits,mnist_5k", "; a key that only the swept choices have is written ++data.path=..."),
    ("data=digits,image_folder", "; a key that only the swept choices have is written ++data.path=..."),
    ("model=fcn,resnet", ""),
    ("seed=0,1", ""),
])  # fmt: skip
def test_key_of_a_swept_choice_alone_is_explained(compose_train, argument, added):
    with pytest.raises(Exception) as caught:
        compose_train("data.path=folder")
    told = complaint(caught.value, ["-m", argument, "data.path=folder"])
    assert told.startswith("unknown key data.path; known: ") and told.partition("; known: ")[2].endswith(added)
    assert ("++" in told) == bool(added)


def test_broken_yaml_names_the_file(tmp_path):
    (tmp_path / "own.yaml").write_text("a: [1\nb: 2\n")
    GlobalHydra.instance().clear()
    with pytest.raises(Exception) as caught, initialize_config_dir(str(tmp_path), version_base="1.3"):
        compose("own")
    assert "own.yaml" in complaint(caught.value)


def test_memory_that_runs_out_is_told_in_one_line():
    told = complaint(MemoryError("Unable to allocate 53.6 GiB\nfor an array"))
    assert told.startswith("out of memory (Unable to allocate 53.6 GiB for an array); use fewer") and "\n" not in told


@pytest.mark.parametrize("bug", [KeyError("x"), ValueError("x"), AttributeError("x"), OSError("x")])
def test_bug_is_not_a_complaint(bug):
    assert complaint(bug) is None


@pytest.mark.parametrize("arguments", [
    ["-m", "model=fcn"], ["--cfg", "job"], ["--multi", "seed=1"], ["--config-dir=x"], ["model.dropout=-1"], [],
])  # fmt: skip
def test_options_of_hydra_pass(arguments):
    check_options(arguments)


def test_setting_written_as_option_is_refused():
    with pytest.raises(ConfigError, match=r"unknown option --lr; .* without dashes, lr=\.\.\."):
        check_options(["--lr", "3"])


def test_every_model_and_data_set_of_conf_composes(compose_train):
    for group in ("model", "data", "training", "augmentation"):
        for file in sorted((PROJECT / "conf" / group).glob("*.yaml")):
            config = compose_train(f"{group}={file.stem}")
            assert OmegaConf.is_config(config[group]), file


def test_every_preparation_and_embedding_composes_with_data_of_its_kind(compose_train):
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
def test_first_line_says_what_a_choice_is(tmp_path, text, line):
    file = tmp_path / "x.yaml"
    file.write_text(text)
    assert first_line(file) == line


def test_help_page_lists_groups_and_uses_the_name_of_the_script(tmp_path):
    (tmp_path / "train.yaml").write_text("# Train things\n")
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "fcn.yaml").write_text("# Three blocks\n")
    page = help_page("scripts/train.py", "train", tmp_path)
    assert page.startswith("Train things\n") and "  fcn                 Three blocks\n" in page
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "digits.yaml").write_text("# Digits\ndefaults:\n  - override /preprocessing: image\n")
    (tmp_path / "data" / "letters.yaml").write_text("# Letters\ndefaults:\n  - override /preprocessing: characters\n")
    (tmp_path / "data" / "watch.yaml").write_text("# Watch\n")
    kinds = [line for line in help_page("train.py", "train", tmp_path).splitlines() if line.startswith("data sets")]
    assert kinds == [f"data sets of {kind} (data=...)" for kind in ("series", "texts", "images")]
    assert page.count("python scripts/train.py") >= 4 and "{script}" not in page


def test_a_recipe_that_clashes_with_a_model_is_told_in_one_line(run_script):
    done = run_script("train.py", "experiment=watch", "model=fcn")
    assert done.returncode == 2
    assert done.stderr.startswith("error: experiment=watch sets model.strides, which Fcn does not have; leave out")
    assert done.stderr.count("\n") == 1


def test_kill_ends_as_ctrl_c_does_and_what_is_ignored_stays_ignored():
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        end_as_by_ctrl_c()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)  # a second one disturbs nothing
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
