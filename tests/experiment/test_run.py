"""One run in this process: its decisions, its files, its end."""

import gc
import json
import sys
import weakref
from dataclasses import replace

import numpy as np
import pytest
from omegaconf import OmegaConf

from convpipe.errors import ConfigError, TrainingError
from convpipe.experiment.run import run, stopped_run
from convpipe.experiment.run_result import combined
from convpipe.experiment.tracking import open_store
from convpipe.plugins import load_plugins
from convpipe.registry import METRICS
from convpipe.schemas import read_settings

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("quick")]
SMALL = ("model=cnn1d", "model.filters=[3]", "model.kernel_sizes=[3]", "model.strides=[1]", "model.pooling=[1]",
         "training.epochs=2", "training.max_steps=2", "tracking.enabled=false", "tracking.report=false")  # fmt: skip


def read(folder) -> dict:
    return json.loads((folder / "result.json").read_text())


def test_the_returned_result_is_in_result_json(given, tmp_path, settings_of, samples):
    given(samples())
    result = run(settings_of("data=gunpoint", *SMALL), tmp_path)
    assert read(tmp_path) == json.loads(json.dumps(result))
    assert result["status"] == "finished" and result["run_id"] is None
    assert not (tmp_path / "state").exists()


def test_a_report_and_a_model_card_are_written(given, tmp_path, settings_of, samples):
    given(samples(groups=True))
    result = run(settings_of("data=gunpoint", *SMALL, "tracking.report=true"), tmp_path)
    page = (tmp_path / "report.html").read_text()
    assert (
        f"{result['test']['accuracy']:.3f}" in page and "training.max_steps" in page and "layer_1_convolution" in page
    )
    card = (tmp_path / "classifier" / "model_card.md").read_text()
    assert "0" * 64 in card and "`class 1`" in card and f"{result['test']['accuracy']:.3f}" in card
    assert {"group", "label"} <= set((tmp_path / "predictions.csv").read_text().splitlines()[0].split(","))


def test_a_run_is_finished_even_if_its_report_fails(given, tmp_path, settings_of, samples, monkeypatch, caplog):
    def broken(facts):
        raise ValueError("no ink")

    given(samples())
    monkeypatch.setattr("convpipe.evaluation.report_page.build.report", broken)
    monkeypatch.setattr("convpipe.evaluation.model_card.model_card", broken)
    with caplog.at_level("WARNING", "convpipe"):
        assert run(settings_of("data=gunpoint", *SMALL, "tracking.report=true"), tmp_path)["status"] == "finished"
    assert not (tmp_path / "report.html").exists() and "no ink" in caplog.text


def test_the_used_settings_can_be_read_again(given, tmp_path, settings_of, samples):
    given(samples())
    settings = settings_of("data=gunpoint", *SMALL, "training.label_smoothing=0.1")
    run(settings, tmp_path)
    assert read_settings(tmp_path / "config.yaml") == settings


def test_folds_give_means_spreads_and_one_folder_each(given, tmp_path, settings_of, samples):
    made = samples(official=False, groups=True)
    given(replace(made, recordings=made.groups))
    result = run(settings_of("data=watch", *SMALL, "window.seconds=null", "split.folds=3"), tmp_path)
    accuracies = [fold["test"]["accuracy"] for fold in result["folds"]]
    assert len(accuracies) == 3 and result["test"]["n"] == 30 and result["test"]["recordings"] == 6
    assert [fold["test"]["recordings"] for fold in result["folds"]] == [2, 2, 2]
    assert result["test"]["accuracy"] == pytest.approx(np.mean(accuracies))
    assert result["spread"]["test"]["accuracy"] == pytest.approx(np.std(accuracies))
    assert all((tmp_path / f"fold_{i}" / "classifier" / "classifier.json").exists() for i in (1, 2, 3))
    log = (tmp_path / "log.txt").read_text("utf-8")
    assert all(f"fold {fold}: epoch 1/" in log for fold in (1, 2, 3)) and "accuracy by fold" in log


def test_folds_inside_an_official_training_part_do_not_use_the_test_part(given, tmp_path, settings_of, samples):
    given(samples())
    result = run(settings_of("data=gunpoint", *SMALL, "split.folds=2"), tmp_path)
    assert result["test"] is None and result["validation"]["n"] == 20


def test_an_ensemble_is_one_classifier_of_several_networks(given, tmp_path, settings_of, samples):
    given(samples())
    result = run(settings_of("data=gunpoint", *SMALL, "ensemble.size=2"), tmp_path)
    assert len(list((tmp_path / "classifier").glob("network_*.keras"))) == 2
    assert result["parameters"] == 2 * (3 * 3 + 3 + 12 + 8)


def test_a_calibrated_ensemble_keeps_its_temperature_and_predictions(given, tmp_path, settings_of, samples):
    given(samples(n=60))
    plain = run(settings_of("data=gunpoint", *SMALL, "ensemble.size=2"), tmp_path / "plain")
    result = run(
        settings_of("data=gunpoint", *SMALL, "ensemble.size=2", "training.calibrate=true"), tmp_path / "scaled"
    )
    stored = json.loads((tmp_path / "scaled" / "classifier" / "classifier.json").read_text())
    assert stored["temperature"] == result["calibration"]["temperature"] != 1
    assert result["calibration"]["before"]["log_loss"] == pytest.approx(plain["validation"]["log_loss"], rel=1e-5)
    assert result["calibration"]["after"]["log_loss"] == pytest.approx(result["validation"]["log_loss"], rel=1e-5)
    assert result["test"]["accuracy"] == plain["test"]["accuracy"] and plain["calibration"] is None


def test_calibration_without_a_validation_part_is_refused_before_training(
    given, tmp_path, settings_of, samples, refused
):
    given(samples(n=12))  # four training samples a class: epochs are chosen by cross-validation
    with refused(ConfigError, key="training.calibrate", remedy="split.validation=holdout"):
        run(settings_of("data=gunpoint", *SMALL, "training.calibrate=true"), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_small_classes_have_their_epochs_chosen_by_cross_validation(given, tmp_path, settings_of, samples):
    given(samples(n=12))
    result = run(settings_of("data=gunpoint", *SMALL), tmp_path)
    assert result["train"]["n"] == 8 and result["validation"]["n"] == 8
    assert 1 <= result["train"]["epochs"] <= 2


def test_ctrl_c_after_several_trainings_of_a_run_can_be_resumed(given, tmp_path, monkeypatch, settings_of, samples):
    """Three folds to choose epochs and the first network are done; the second one is interrupted."""
    from convpipe.inference.classifier import Classifier
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


def test_an_error_in_the_middle_marks_the_run_as_failed(given, tmp_path, monkeypatch, settings_of, samples):
    given(samples())

    def fail(*arguments):
        raise TrainingError("the loss is not a number in epoch 1")

    monkeypatch.setattr("convpipe.training.trainer.fit", fail)
    with pytest.raises(TrainingError):
        run(settings_of("data=gunpoint", *SMALL), tmp_path)
    result = read(tmp_path)
    assert result["status"] == "failed" and result["error"] == "the loss is not a number in epoch 1"
    assert stopped_run(tmp_path).model.name == "cnn1d"
    assert "TrainingError: the loss is not a number" in (tmp_path / "log.txt").read_text("utf-8")


def test_one_fold_is_released_before_the_next_is_prepared(given, tmp_path, monkeypatch, settings_of, samples):
    from convpipe.training.trainer import Trainer

    held, alive = [], []  # trainers, and the samples that they prepared

    class Watched(Trainer):
        def __init__(self, *arguments):
            gc.collect()
            alive.append(sum(each() is not None for each in held))
            super().__init__(*arguments)
            held.extend([weakref.ref(self), weakref.ref(self.prepared.train.inputs)])

    given(samples())
    monkeypatch.setattr("convpipe.training.trainer.Trainer", Watched)
    run(settings_of("data=gunpoint", *SMALL, "split.folds=3"), tmp_path)
    assert alive == [0, 0, 0]


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """The name of an imported plugin with the metric `half`, which is removed after the test."""
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "halves.py").write_text(
        "from convpipe import register_metric\n\n"
        "@register_metric('half')\ndef half(labels, probabilities):\n    return 0.5\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path / "plugins"))
    monkeypatch.setenv("CONVPIPE_PLUGINS", "")
    monkeypatch.setattr("convpipe.plugins._imported", [])
    for kept in ("_entries", "_plugins"):
        monkeypatch.setattr(METRICS, kept, dict.copy(getattr(METRICS, kept)))
    load_plugins(["halves"])
    yield "halves"
    del sys.modules["halves"]


def test_plugins_and_all_requested_metrics_are_recorded(given, store, tmp_path, plugin, settings_of, samples):
    given(samples())
    chosen = ("tracking.enabled=true", f"plugins=[{plugin}]", "evaluation.metrics=[roc_auc,half]")
    result = run(settings_of("data=gunpoint", *SMALL, *chosen), tmp_path / "run")
    assert read(tmp_path / "run")["plugins"] == [plugin]
    assert OmegaConf.load(tmp_path / "run" / "config.yaml").plugins == [plugin]
    tracked = open_store("gunpoint")[0].get_run(result["run_id"]).data
    assert tracked.tags["plugins"] == plugin
    for part in ("validation", "test"):
        assert list(result[part]) == ["n", "accuracy", "roc_auc", "half"] and result[part]["half"] == 0.5
        numbers = {f"{part}_{name}": value for name, value in result[part].items() if name != "n"}
        assert numbers.items() <= tracked.metrics.items()


def test_nothing_is_written_before_the_samples_are_checked(given, tmp_path, refused, settings_of, samples):
    given(samples())
    wide = settings_of("data=gunpoint", *SMALL, "model.padding=valid", "model.kernel_sizes=[40]")
    with refused(ConfigError, mentions=(40,)):
        run(wide, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_the_mean_over_folds():
    part = {"model_uri": "m", "classifier": "c", "best_epoch": 3, "validation": None, "parameters": 7}
    parts = [
        part | {"train": {"n": 4, "seconds": 2.0, "epochs": 5}, "test": {"n": 2, "accuracy": 0.5}},
        part | {"train": {"n": 6, "seconds": 4.0, "epochs": 5}, "test": {"n": 4, "accuracy": 1.0}},
    ]
    mean = combined(parts)
    assert mean["train"] == {"n": 5, "seconds": 3.0, "epochs": 5.0}
    assert mean["test"] == {"n": 6, "accuracy": 0.75} and mean["spread"]["test"] == {"n": 6, "accuracy": 0.25}
    assert mean["validation"] is None and mean["model_uri"] is None and mean["parameters"] == 7


def test_recordings_are_summed_over_folds_and_only_common_metrics_are_averaged():
    part = {"validation": None, "train": {"n": 4, "seconds": 2.0, "epochs": 5}}
    tests = [
        {"n": 2, "recordings": 1, "accuracy": 0.5, "recording_accuracy": 1.0},
        {"n": 4, "recordings": 2, "accuracy": 1.0},
    ]
    mean = combined([part | {"test": test} for test in tests])
    assert mean["test"] == {"n": 6, "recordings": 3, "accuracy": 0.75}
