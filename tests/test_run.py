"""One run in this process: what it decides, what it writes down, how it ends."""

import json

import numpy as np
import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from convpipe import PROJECT, config
from convpipe.data.samples import Samples
from convpipe.errors import ConfigError, TrainingError
from convpipe.preprocessing.vectors import Table
from convpipe.run import combined, run, stopped_run
from convpipe.run_record import RunRecord, config_sha256, flat
from convpipe.settings import to_settings

SMALL = ("model=cnn1d", "model.filters=[3]", "model.kernel_sizes=[3]", "model.strides=[1]", "model.pooling=[1]",
         "training.epochs=2", "training.max_steps=2", "tracking.enabled=false")  # fmt: skip
EXPERIMENTS = sorted(path.stem for path in (PROJECT / "conf" / "experiment").glob("*.yaml"))


def compose_train(*overrides: str):
    config.register()
    with initialize_config_dir(version_base="1.3", config_dir=str(PROJECT / "conf")):
        return compose("train", list(overrides))


def settings_of(*overrides: str) -> config.Settings:
    return to_settings(compose_train(*overrides), config.Settings)


def samples(n=30, classes=2, channels=1, steps=16, groups=False, official=True, unequal=False) -> Samples:
    """Sines of a frequency for each class, in noise."""
    random, labels = np.random.default_rng(0), np.arange(n) % classes
    lengths = steps - (np.arange(n) % 3 if unequal else np.zeros(n, int))
    inputs = [
        (np.sin((label + 1) * np.linspace(0, 6, count))[:, None] + random.normal(0, 0.1, (count, channels)))
        .astype("float32") for label, count in zip(labels, lengths, strict=True)
    ]  # fmt: skip
    return Samples(
        inputs, labels.astype("int64"), tuple(f"class {i}" for i in range(classes)), [f"row {i}" for i in range(n)],
        "made here", "0" * 64, groups=np.array([f"g{i // classes % 6}" for i in range(n)]) if groups else None,
        is_test=np.arange(n) >= n * 2 // 3 if official else None,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def quick(eager, monkeypatch):
    """No compiling and no figures: the processes of end_to_end have both."""
    monkeypatch.setattr("convpipe.evaluation.run_files.write_figures", lambda *arguments: None)


@pytest.fixture
def given(monkeypatch, home):
    """`given(samples)` is what every reader returns."""

    def give(made: Samples) -> None:
        monkeypatch.setattr("convpipe.run.load", lambda data, window, report: made)

    return give


def read(folder) -> dict:
    return json.loads((folder / "result.json").read_text())


def test_what_is_returned_is_what_is_written(given, tmp_path):
    given(samples())
    result = run(settings_of("data=gunpoint", *SMALL), tmp_path)
    assert read(tmp_path) == json.loads(json.dumps(result))
    assert result["status"] == "finished" and result["run_id"] is None
    assert not (tmp_path / "state").exists()


def test_the_settings_that_were_used_can_be_read_again(given, tmp_path):
    given(samples())
    settings = settings_of("data=gunpoint", *SMALL, "training.label_smoothing=0.1")
    run(settings, tmp_path)
    assert config.read_settings(tmp_path / "config.yaml") == settings


def test_folds_give_a_mean_and_a_spread_and_a_folder_each(given, tmp_path):
    given(samples(official=False, groups=True))
    result = run(settings_of("data=watch", *SMALL, "window.seconds=null", "split.folds=3"), tmp_path)
    accuracies = [fold["test"]["accuracy"] for fold in result["folds"]]
    assert len(accuracies) == 3 and result["test"]["n"] == 30
    assert result["test"]["accuracy"] == pytest.approx(np.mean(accuracies))
    assert result["spread"]["test"]["accuracy"] == pytest.approx(np.std(accuracies))
    assert all((tmp_path / f"fold_{i}" / "classifier" / "classifier.json").exists() for i in (1, 2, 3))


def test_folds_inside_an_official_training_part_leave_the_test_part_alone(given, tmp_path):
    given(samples())
    result = run(settings_of("data=gunpoint", *SMALL, "split.folds=2"), tmp_path)
    assert result["test"] is None and result["validation"]["n"] == 20


def test_an_ensemble_is_one_classifier_of_several_networks(given, tmp_path):
    given(samples())
    result = run(settings_of("data=gunpoint", *SMALL, "ensemble.size=2"), tmp_path)
    assert len(list((tmp_path / "classifier").glob("network_*.keras"))) == 2
    assert result["parameters"] == 2 * (3 * 3 + 3 + 12 + 8)


def test_small_classes_have_their_epochs_chosen_by_cross_validation(given, tmp_path):
    given(samples(n=12))
    result = run(settings_of("data=gunpoint", *SMALL), tmp_path)
    assert result["train"]["n"] == 8 and result["validation"]["n"] == 8
    assert 1 <= result["train"]["epochs"] <= 2


def test_ctrl_c_after_several_trainings_of_a_run_can_be_resumed(given, tmp_path, monkeypatch):
    """Three folds to choose epochs and the first network are done; the second one is interrupted."""
    from convpipe.classifier import Classifier
    from convpipe.training.progress import LineProgress

    given(samples(n=12, unequal=True))
    settings = settings_of("data=gunpoint", *SMALL, "ensemble.size=2", "augmentation.jitter=0.1")
    run(settings, tmp_path / "unbroken")
    title_of_last, on_epoch_end = "network 2 of 2", LineProgress.on_epoch_end

    def interrupt(self, epoch, logs=None):
        on_epoch_end(self, epoch, logs)
        if title_of_last in self.title:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(LineProgress, "on_epoch_end", interrupt)
        with pytest.raises(KeyboardInterrupt):
            run(settings, tmp_path / "broken")
    assert read(tmp_path / "broken")["status"] == "stopped"
    again = settings_of("data=watch", f"training.resume={tmp_path / 'broken'}")
    assert run(again, tmp_path / "nowhere")["status"] == "finished"
    assert not (tmp_path / "nowhere").exists()
    pair = [Classifier.load(tmp_path / name / "classifier").networks for name in ("unbroken", "broken")]
    for one, other in zip(*pair, strict=True):
        for ours, theirs in zip(one.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_an_error_in_the_middle_marks_the_run_as_failed(given, tmp_path, monkeypatch):
    given(samples())

    def fail(*arguments):
        raise TrainingError("the loss is not a number in epoch 1")

    monkeypatch.setattr("convpipe.training.train.fit", fail)
    with pytest.raises(TrainingError):
        run(settings_of("data=gunpoint", *SMALL), tmp_path)
    result = read(tmp_path)
    assert result["status"] == "failed" and result["error"] == "the loss is not a number in epoch 1"
    assert stopped_run(tmp_path).model.name == "cnn1d"


def test_nothing_is_written_before_the_samples_are_known_to_fit(given, tmp_path):
    given(samples())
    wide = settings_of("data=gunpoint", *SMALL, "model.padding=valid", "model.kernel_sizes=[40]")
    with pytest.raises(ConfigError, match="smallest input that would do is 40"):
        run(wide, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_the_hash_of_the_settings_leaves_out_what_changes_no_result():
    one = settings_of("data=gunpoint", *SMALL)
    same = settings_of("data=gunpoint", *SMALL, "tracking.experiment=x", "training.resume=y")
    other = settings_of("data=gunpoint", *SMALL, "seed=1")
    assert config_sha256(one) == config_sha256(same) != config_sha256(other)


def test_a_record_that_cannot_be_begun_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(RunRecord, "_write_result", lambda self: (_ for _ in ()).throw(OSError(28, "full")))
    with pytest.raises(OSError, match="full"):
        RunRecord(settings_of("data=gunpoint", *SMALL), tmp_path / "run", {})
    assert list((tmp_path / "run").iterdir()) == []


def test_flat_keys():
    assert flat({"a": {"b": {"c": 1}, "d": [2]}}) == {"a.b.c": 1, "a.d": [2]}


def test_mean_over_folds_by_hand():
    part = {"model_uri": "m", "classifier": "c", "best_epoch": 3, "validation": None, "parameters": 7}
    parts = [
        part | {"train": {"n": 4, "seconds": 2.0, "epochs": 5}, "test": {"n": 2, "accuracy": 0.5}},
        part | {"train": {"n": 6, "seconds": 4.0, "epochs": 5}, "test": {"n": 4, "accuracy": 1.0}},
    ]
    mean = combined(parts)
    assert mean["train"] == {"n": 5, "seconds": 3.0, "epochs": 5.0}
    assert mean["test"] == {"n": 6, "accuracy": 0.75} and mean["spread"]["test"] == {"n": 6, "accuracy": 0.25}
    assert mean["validation"] is None and mean["model_uri"] is None and mean["parameters"] == 7


@pytest.mark.parametrize("name", config.SERIES_MODELS)
def test_every_model_trains_one_step(given, tmp_path, name):
    given(samples(steps=20, channels=2, unequal=True))
    result = run(settings_of("data=gunpoint", f"model={name}", "debug=one_step"), tmp_path)
    assert result["status"] == "finished" and result["model"] == name


#: What stands in for the series of a data set: their channels and classes; few and short.
SERIES = {
    "watch": {"channels": 6, "classes": 7, "n": 84, "groups": True, "official": False},
    "japanesevowels": {"channels": 12, "classes": 9, "n": 72, "unequal": True},
    "basicmotions": {"channels": 6, "classes": 4},
    "plaid": {"classes": 11, "n": 88, "unequal": True},
    "pickupgesturewiimotez": {"classes": 10, "n": 60, "unequal": True},
}
#: Shape of what stands in for a sample of the other kinds; a text's is the number of its words.
SHAPES = {"image": (28, 28, 1), "volume": (15, 15, 15, 1), "sound": (4000, 1), "text": (12,)}


def stand_in(kind: str, name: str) -> Samples:
    """Samples of the kind that a data set has, made in memory: noise, brighter in each further class."""
    if kind == "series":
        return samples(steps=64, **SERIES.get(name, {"classes": 3}))
    random, labels = np.random.default_rng(0), np.arange(24) % 3
    values = [random.integers(0, 80, SHAPES[kind]) + 80 * label for label in labels]
    made = {
        "image": lambda each: each.astype("uint8"),
        "volume": lambda each: each.astype("float32"),
        "sound": lambda each: (each / 240 - 0.5).astype("float32"),
        "text": lambda each: " ".join(f"word{number}" for number in each),
    }[kind]
    return Samples(
        [made(each) for each in values], labels.astype("int64"), ("a", "b", "c"), [f"file {i}" for i in range(24)],
        "made here", "0" * 64, is_test=np.arange(24) >= 15, kind=kind,
        sampling_rate=4000.0 if kind == "sound" else None,
    )  # fmt: skip


@pytest.fixture
def vectors(monkeypatch):
    """Pretrained vectors of three numbers for every token, whatever the source."""

    def opened(name, tokenizer, wanted, report):
        return Table(name, sorted(wanted), np.random.default_rng(0).normal(size=(len(wanted), 3)))

    monkeypatch.setattr("convpipe.preprocessing.text.open_source", opened)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_trains_one_step(given, vectors, tmp_path, name):
    overrides = [f"experiment={name}", "debug=one_step"]
    composed = compose_train(*overrides)
    overrides += [f"{key}=given_here" for key in OmegaConf.missing_keys(composed)]
    if composed.embedding and composed.embedding.name == "contextual":
        overrides.append("embedding=static")  # its transformer is fetched; tests/preprocessing has a tiny one
    given(stand_in(composed.preprocessing.kind, composed.data.name))
    result = run(settings_of(*overrides), tmp_path)
    assert result["status"] == "finished"
