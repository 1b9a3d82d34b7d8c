"""The training of one network: arithmetic, schedule, best weights and errors."""

import functools

import keras
import numpy as np
import pytest

from convpipe import config
from convpipe.errors import TrainingError
from convpipe.inference import logits
from convpipe.inference.logits import plain_batches, predict_logits
from convpipe.models.conv1d.cnn1d import Cnn1dSettings
from convpipe.training.batches import Arrays, steps_per_epoch
from convpipe.training.compiled import steps_per_execution
from convpipe.training.fit import resolve_schedule
from convpipe.training.recalibration import Recalibration

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("all_eager")]


class Spy(keras.callbacks.Callback):
    """Records the metrics of each epoch, and the steps that the optimizer has taken."""

    def __init__(self):
        super().__init__()
        self.logs, self.steps = [], []

    def on_epoch_end(self, epoch, logs=None):
        self.logs.append(dict(logs))
        self.steps.append(int(self.model.optimizer.iterations))


@pytest.fixture(scope="module")
def validated(toy, all_eager):
    """A training that validates every second epoch, and the callback that recorded it."""
    spy = Spy()
    settings = toy.settings(validation_freq=2, restore_best_weights=False)
    return *toy.train(settings, callbacks=[spy]), spy


@pytest.fixture(scope="module")
def unvalidated(toy, all_eager):
    settings = toy.settings(epochs=2, early_stopping_patience=1, lr_schedule="cosine", warmup=0.0)
    return toy.train(settings, validated=False)


# --- schedule ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("samples", "epochs", "batch_size"),
    [(36, 222, 4), (50, 154, 4), (100, 111, 6), (1000, 40, 62), (10_000, 10, 64)],
)
def test_the_schedule_depends_on_the_number_of_samples(samples, epochs, batch_size):
    schedule = resolve_schedule(config.Training(), samples)
    assert schedule.batch_size == batch_size
    assert schedule.epochs == epochs
    assert schedule.validation_freq == max(1, round(epochs / 50))


def test_the_schedule_keeps_explicit_settings():
    schedule = resolve_schedule(config.Training(epochs=7, batch_size=3, validation_freq=2), 1000)
    assert (schedule.epochs, schedule.batch_size, schedule.validation_freq) == (7, 3, 2)


@pytest.mark.parametrize("steps", range(1, 60))
def test_steps_per_execution_divide_an_epoch(steps):
    assert steps % steps_per_execution(steps) == 0 and steps_per_execution(steps) <= 16


@pytest.mark.parametrize(("samples", "max_steps"), [(5, None), (18, None), (19, 17)])
def test_an_epoch_takes_exactly_its_steps(toy, compiling, samples, max_steps):
    """Otherwise epochs would overlap, and the learning rate schedule would end before the training."""
    spy, settings = Spy(), toy.settings(batch_size=1, epochs=2, max_steps=max_steps, recalibrate=False)
    toy.train(settings, callbacks=[spy], data=toy.arrays(samples, unequal=False), validated=False)
    steps = steps_per_epoch(samples, 1, max_steps)
    assert spy.steps == [steps, 2 * steps]


def test_the_learning_rate_schedule_ends_with_the_last_epoch(unvalidated):
    half, end = unvalidated[1].history["learning_rate"]
    assert half == pytest.approx(0.01 / 2, rel=1e-4) and end == pytest.approx(0, abs=1e-8)


# --- learning ----------------------------------------------------------------------------------------------------


def test_training_learns_a_toy_problem(toy):
    settings = toy.settings(epochs=5, learning_rate=0.05, validation_freq=5)
    network, fitted = toy.train(settings, network=toy.network(toy.quick_model), still=True)
    assert fitted.history["val_accuracy"][-1] == 1.0 and fitted.history["loss"][-1] < fitted.history["loss"][0]
    others = toy.arrays(9, seed=2)
    assert (predict_logits(network, others.inputs).argmax(1) == others.labels).all()


def test_history_and_logs_agree(validated):
    _, fitted, spy = validated
    assert {len(values) for values in fitted.history.values()} == {3} == {fitted.epochs}
    assert spy.logs[1]["val_loss"] == fitted.history["val_loss"][1] and "val_loss" not in spy.logs[0]


def test_every_second_epoch_and_the_last_are_validated(validated):
    assert np.isnan(validated[1].history["val_loss"]).tolist() == [True, False, False]


def test_validation_metrics_equal_numpy(toy, validated):
    network, fitted, _ = validated
    validation = toy.validation()
    raw = predict_logits(network, validation.inputs).astype("float64")
    logs = raw - np.log(np.exp(raw).sum(axis=1, keepdims=True))
    assert fitted.history["val_loss"][-1] == pytest.approx(-logs[np.arange(9), validation.labels].mean(), rel=1e-4)
    assert fitted.history["val_accuracy"][-1] == pytest.approx((raw.argmax(1) == validation.labels).mean())


def loss_of_first_step(toy, **changes) -> tuple[float, np.ndarray]:
    """Return the loss of one step over all samples, and the log probabilities before it."""
    settings = toy.settings(epochs=1, batch_size=18, recalibrate=False, **changes)
    network = toy.network(Cnn1dSettings(**{**vars(toy.model), "dropout": 0.0, "batch_normalization": False}))
    raw = predict_logits(network, toy.arrays().inputs).astype("float64")
    _, fitted = toy.train(settings, network=network, validated=False, still=True)
    return fitted.history["loss"][0], raw - np.log(np.exp(raw).sum(axis=1, keepdims=True))


def test_cross_entropy_with_smoothed_labels(toy):
    loss, logs = loss_of_first_step(toy, label_smoothing=0.2)
    targets = toy.arrays().targets * 0.8 + 0.1
    assert loss == pytest.approx(-(targets * logs).sum(axis=1).mean(), rel=1e-5)


def test_focal_loss_discounts_easy_samples(toy):
    loss, logs = loss_of_first_step(toy, loss="focal", focal_gamma=3.0)
    own = logs[np.arange(18), toy.arrays().labels]
    assert loss == pytest.approx(-((1 - np.exp(own)) ** 3 * own).mean(), rel=1e-4)


def test_recalibrated_statistics_are_exact_and_without_augmentation(toy, unvalidated):
    network, inputs = unvalidated[0], toy.arrays().inputs
    first = network.get_layer("layer_1_normalization")
    convolved = keras.Model(network.input, network.get_layer("layer_1_convolution").output)(inputs, training=False)
    seen = keras.ops.convert_to_numpy(convolved)[~np.isnan(inputs[:, :, 0])]
    np.testing.assert_allclose(keras.ops.convert_to_numpy(first.moving_mean), seen.mean(axis=0), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(first.moving_variance), seen.var(axis=0), rtol=1e-4)


def test_without_recalibration_the_moving_averages_are_kept(toy):
    network, _ = toy.train(toy.settings(epochs=1, recalibrate=False), validated=False)
    before = toy.variables(network)
    Recalibration(network).over([toy.arrays().inputs])
    assert any(not np.array_equal(*pair) for pair in zip(before, toy.variables(network), strict=True))


@pytest.fixture(scope="module")
def learned(toy, all_eager):
    """`learned(**changes)` returns the weights after one epoch over classes of unequal size."""

    @functools.cache
    def train(**changes) -> tuple:
        uneven = Arrays(toy.arrays().inputs, (np.arange(18) % 3 == 0).astype("int64"), 2)
        settings = toy.settings(**({"epochs": 1} | changes))
        return tuple(toy.variables(toy.train(settings, validated=False, data=uneven)[0]))

    return train


@pytest.mark.parametrize(
    "changes",
    [
        {"optimizer": "sgd"}, {"learning_rate": 0.02}, {"weight_decay": 0.5}, {"lr_schedule": "constant"},
        {"warmup": 0.9}, {"label_smoothing": 0.1}, {"loss": "focal"}, {"global_clipnorm": 0.01},
        {"max_steps": 1}, {"epochs": 2}, {"batch_size": 6}, {"balanced_batches": True}, {"ema_momentum": 0.9},
    ],
    ids=lambda changes: next(iter(changes)),
)  # fmt: skip
def test_a_setting_changes_the_weights(learned, changes):
    assert any(not np.array_equal(*pair) for pair in zip(learned(), learned(**changes), strict=True))


def test_class_weights_raise_the_logits_of_the_rare_class(toy):
    uneven = Arrays(toy.arrays().inputs, (np.arange(18) % 6 == 0).astype("int64"), 2)
    runs = [toy.train(toy.settings(class_weights=each), validated=False, data=uneven)[0] for each in (False, True)]
    plain, weighted = (predict_logits(each, uneven.inputs) for each in runs)
    assert (weighted[:, 1] - weighted[:, 0]).mean() > (plain[:, 1] - plain[:, 0]).mean()


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_trains_and_predicts_float32(toy, precision):
    settings = toy.settings(precision=precision, epochs=3, learning_rate=0.05)
    network, fitted = toy.train(settings, network=toy.network(toy.quick_model, precision), still=True)
    assert keras.config.dtype_policy().name == "float32"
    assert network.get_layer("layer_1_convolution").compute_dtype == precision.removeprefix("mixed_")
    assert predict_logits(network, toy.arrays().inputs).dtype == np.float32
    assert all(np.isfinite(value).all() for value in toy.variables(network))
    assert fitted.history["loss"][-1] < fitted.history["loss"][0]


# --- best weights, early stopping, validation --------------------------------------------------------------------


def test_many_batches_give_the_logits_of_one(toy, compiling, monkeypatch):
    network, inputs = toy.network(), toy.arrays(30).inputs
    whole = predict_logits(network, inputs)
    monkeypatch.setattr(logits, "PLAIN_BATCH", 12)  # positions: one series per batch, so that the pass is compiled
    np.testing.assert_allclose(predict_logits(network, inputs), whole, atol=1e-6)
    np.testing.assert_allclose(predict_logits(network, inputs[:3], repeated=True), whole[:3], atol=1e-6)


def test_best_weights_are_those_of_the_lowest_validation_loss(toy, steer):
    seen = steer([0.5, 0.2, 0.3, 0.2])
    network, fitted = toy.train(toy.settings(epochs=4, recalibrate=False))
    assert fitted.best_epoch == 2 and fitted.epochs == 4
    toy.assert_same(toy.variables(network), seen[1])


def test_the_last_weights_are_kept_without_restore_best_weights(toy, steer):
    seen = steer([0.5, 0.2, 0.3])
    network, fitted = toy.train(toy.settings(recalibrate=False, restore_best_weights=False))
    assert fitted.best_epoch == 2
    toy.assert_same(toy.variables(network), seen[2])


def test_early_stopping_ends_training(toy, steer):
    steer([0.5, 0.2, 0.3, 0.3, 0.1, 0.1])
    _, fitted = toy.train(toy.settings(epochs=6, early_stopping_patience=2))
    assert (fitted.best_epoch, fitted.epochs) == (2, 4)


def test_without_a_validation_part_all_epochs_run(unvalidated):
    fitted = unvalidated[1]
    assert (fitted.best_epoch, fitted.epochs) == (None, 2)
    assert set(fitted.history) == {"loss", "accuracy", "learning_rate"}


def test_stop_after_ends_early_with_the_full_schedule(toy, validated):
    expected = validated[1]
    settings = toy.settings(validation_freq=2, restore_best_weights=False)
    _, fitted = toy.train(settings, stop_after=2)
    assert fitted.epochs == 2
    assert fitted.history["learning_rate"] == expected.history["learning_rate"][:2]
    assert fitted.history["loss"] == expected.history["loss"][:2]


def test_validation_uses_no_augmentation(toy, monkeypatch):
    """Outside of training batches, only the original arrays pass through the network."""
    passed = []

    def recorded(inputs, values, order=None):
        passed.append(inputs)
        return plain_batches(inputs, values, order)

    for module in ("convpipe.training.fit", "convpipe.inference.logits"):
        monkeypatch.setattr(f"{module}.plain_batches", recorded)
    toy.train(toy.settings(epochs=1))
    originals = {toy.arrays().inputs.tobytes(), toy.validation().inputs.tobytes()}
    assert {each.tobytes() for each in passed} == originals


# --- errors ------------------------------------------------------------------------------------------------------


def test_a_loss_that_is_not_a_number_stops_training(toy, refused):
    settings = toy.settings(optimizer="sgd", learning_rate=10.0, lr_schedule="constant")
    broken = toy.arrays(unequal=False)
    broken.inputs[:] *= 1e38
    facts = {"key": "training.learning_rate", "value": 10.0, "remedy": "training.learning_rate=1 "}
    with refused(TrainingError, mentions=("epoch 1", "now 10", "training.global_clipnorm=1"), **facts):
        toy.train(settings, data=broken, still=True)


def test_callbacks_are_closed_after_an_error(toy):
    class Shown(keras.callbacks.Callback):
        closed = False

        def close(self):
            self.closed = True

        def on_epoch_end(self, epoch, logs=None):
            raise KeyboardInterrupt

    shown = Shown()
    with pytest.raises(KeyboardInterrupt):
        toy.train(toy.settings(epochs=1), callbacks=[shown])
    assert shown.closed
