"""The training of one network: its arithmetic, its choices, and the same weights whenever it is stopped."""

import functools

import keras
import numpy as np
import pytest

from convpipe import config, models
from convpipe.data.batches import Arrays, plain_batches, steps_an_epoch
from convpipe.errors import TrainingError
from convpipe.training import fit as fitting
from convpipe.training.compiled import together
from convpipe.training.devices import seeded
from convpipe.training.fit import fit, plan, recalibrate_over, scores
from convpipe.training.recalibration import Recalibration
from convpipe.training.resuming import load_state

MODEL = config.Cnn1d(filters=[4], kernel_sizes=[3], strides=[1], pooling=[1], dropout=0.3)
NOISE = config.Augmentation(jitter=0.1, window_slice=0.2, mixup=0.3)


def arrays(n=18, steps=12, seed=0, unequal=True) -> Arrays:
    """Noise on rising and on falling lines, of unequal steps."""
    random = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    line = np.linspace(-1, 1, steps)[None, :, None] * (2 * labels - 1)[:, None, None]
    inputs = (line + random.normal(0, 0.3, (n, steps, 1))).astype("float32")
    for row in range(0, n, 3) if unequal else ():
        inputs[row, steps - 3 :] = np.nan
    return Arrays(inputs, labels, 2)


def network(settings=MODEL, precision="float32", seed=3, masked=True):
    with seeded(seed, precision):
        return models.build(settings, models.Shape((12,), 1, 2, masked))


def values(model) -> list[np.ndarray]:
    return [keras.ops.convert_to_numpy(variable).copy() for variable in model.variables]


def assert_same(one, other):
    for ours, theirs in zip(one, other, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def training(**changes) -> config.Training:
    return config.Training(**({"epochs": 4, "batch_size": 6, "learning_rate": 0.01, "validate_every": 1} | changes))


def trained(settings, folder=None, callbacks=(), model=None, validation=True, augmentation=NOISE, data=None):
    model = model or network(precision=settings.precision)
    watched = arrays(9, seed=1) if validation else None
    return model, fit(model, data or arrays(), watched, settings, augmentation, 5, callbacks, folder)


@pytest.fixture(autouse=True)
def without_compiling():
    """Most trainings here are of a few steps, so that compiling them would be nearly all of their time."""
    if keras.backend.backend() != "tensorflow":
        yield
        return
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.fixture
def compiling(without_compiling):
    """For a test that wants what users get."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.run_functions_eagerly(False)


class Spy(keras.callbacks.Callback):
    """Remembers the measures of each epoch, and the steps that the optimizer has taken."""

    def __init__(self):
        super().__init__()
        self.logs, self.steps = [], []

    def on_epoch_end(self, epoch, logs=None):
        self.logs.append(dict(logs))
        self.steps.append(int(self.model.optimizer.iterations))


class Stop(keras.callbacks.Callback):
    """Ctrl-C after an epoch, counted from 1."""

    def __init__(self, epoch):
        super().__init__()
        self.after = epoch

    def on_epoch_end(self, epoch, logs=None):
        if epoch + 1 == self.after:
            raise KeyboardInterrupt


# --- how long, how many, how fast --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("samples", "epochs", "batch_size"),
    [(36, 222, 4), (50, 154, 4), (100, 111, 6), (1000, 40, 62), (10_000, 10, 64)],
)
def test_plan_follows_the_number_of_samples(samples, epochs, batch_size):
    decided = plan(config.Training(), samples)
    assert decided.batch_size == batch_size
    assert decided.epochs == epochs
    assert decided.validate_every == max(1, round(epochs / 50))


def test_plan_keeps_what_is_set():
    decided = plan(config.Training(epochs=7, batch_size=3, validate_every=2), 1000)
    assert (decided.epochs, decided.batch_size, decided.validate_every) == (7, 3, 2)


@pytest.mark.parametrize("steps", range(1, 60))
def test_steps_that_run_together_divide_an_epoch(steps):
    assert steps % together(steps) == 0 and together(steps) <= 16


@pytest.mark.parametrize(("samples", "max_steps"), [(5, None), (18, None), (19, 17)])
def test_an_epoch_takes_its_steps_and_no_more(compiling, samples, max_steps):
    """Else epochs would run into each other, and the learning rate would be at its end before the training is."""
    spy, settings = Spy(), training(batch_size=1, epochs=2, max_steps=max_steps)
    trained(settings, callbacks=[spy], data=arrays(samples, unequal=False), validation=False)
    steps = steps_an_epoch(samples, 1, max_steps)
    assert spy.steps == [steps, 2 * steps]


def test_learning_rate_ends_at_the_end_of_the_schedule():
    _, fitted = trained(training(schedule="cosine", warmup=0.0), validation=False)
    np.testing.assert_allclose(fitted.history["learning_rate"][1], 0.01 / 2, rtol=1e-4)
    assert fitted.history["learning_rate"][-1] == pytest.approx(0, abs=1e-8)


# --- what is learnt ----------------------------------------------------------------------------------------------


def test_it_learns():
    model, fitted = trained(training(epochs=15, learning_rate=0.05), augmentation=config.Augmentation())
    assert fitted.history["val_accuracy"][-1] == 1.0 and fitted.history["loss"][-1] < fitted.history["loss"][0]
    assert (scores(model, arrays(9, seed=2).inputs).argmax(1) == arrays(9, seed=2).labels).all()


def test_history_and_logs_tell_the_same():
    spy = Spy()
    _, fitted = trained(training(validate_every=2), callbacks=[spy])
    assert {len(course) for course in fitted.history.values()} == {4} == {fitted.epochs}
    assert np.isnan(fitted.history["val_loss"]).tolist() == [True, False, True, False]
    assert spy.logs[1]["val_loss"] == fitted.history["val_loss"][1] and "val_loss" not in spy.logs[0]


def test_the_last_epoch_is_always_validated():
    _, fitted = trained(training(validate_every=3))
    assert np.isfinite(fitted.history["val_loss"]).tolist() == [False, False, True, True]


def test_validation_figures_are_those_of_numpy():
    model, fitted = trained(training(epochs=2, best_weights=False))
    watched = arrays(9, seed=1)
    logits = scores(model, watched.inputs).astype("float64")
    logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    assert fitted.history["val_loss"][-1] == pytest.approx(-logs[np.arange(9), watched.labels].mean(), rel=1e-4)
    assert fitted.history["val_accuracy"][-1] == pytest.approx((logits.argmax(1) == watched.labels).mean())


def losses_of_first_step(**changes) -> tuple[float, np.ndarray]:
    """The loss of one step over all samples, and the logits before it in training mode."""
    settings = training(epochs=1, batch_size=18, recalibrate=False, **changes)
    plain = config.Cnn1d(**{**vars(MODEL), "dropout": 0.0, "batch_normalization": False})
    model = network(plain)
    logits = scores(model, arrays().inputs).astype("float64")
    _, fitted = trained(settings, model=model, validation=False, augmentation=config.Augmentation())
    return fitted.history["loss"][0], logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


def test_cross_entropy_with_smoothed_labels():
    loss, logs = losses_of_first_step(label_smoothing=0.2)
    targets = arrays().targets * 0.8 + 0.1
    assert loss == pytest.approx(-(targets * logs).sum(axis=1).mean(), rel=1e-5)


def test_focal_loss_discounts_easy_samples():
    loss, logs = losses_of_first_step(loss="focal", focal_gamma=3.0)
    own = logs[np.arange(18), arrays().labels]
    assert loss == pytest.approx(-((1 - np.exp(own)) ** 3 * own).mean(), rel=1e-4)


def test_recalibrated_statistics_are_exact_and_taken_without_augmentation():
    model, _ = trained(training(), validation=False)
    first = model.get_layer("layer_1_normalization")
    convolved = keras.Model(model.input, model.get_layer("layer_1_convolution").output)(arrays().inputs, training=False)
    seen = keras.ops.convert_to_numpy(convolved)[~np.isnan(arrays().inputs[:, :, 0])]
    np.testing.assert_allclose(keras.ops.convert_to_numpy(first.moving_mean), seen.mean(axis=0), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(first.moving_variance), seen.var(axis=0), rtol=1e-4)


def test_without_recalibration_the_moving_averages_stay():
    model, _ = trained(training(recalibrate=False), validation=False)
    before = values(model)
    recalibrate_over(Recalibration(model), arrays().inputs, 0)
    assert any(not np.array_equal(one, other) for one, other in zip(before, values(model), strict=True))


@functools.cache
def learnt(**changes) -> tuple:
    """The weights after two epochs over classes of unequal size."""
    uneven = Arrays(arrays().inputs, (np.arange(18) % 3 == 0).astype("int64"), 2)
    return tuple(values(trained(training(**({"epochs": 2} | changes)), validation=False, data=uneven)[0]))


@pytest.mark.parametrize(
    "changes",
    [
        {"optimizer": "sgd"}, {"learning_rate": 0.02}, {"weight_decay": 0.5}, {"schedule": "constant"},
        {"warmup": 0.5}, {"label_smoothing": 0.1}, {"loss": "focal"}, {"gradient_clipping": 0.01},
        {"max_steps": 2}, {"epochs": 3}, {"batch_size": 4}, {"balanced_batches": True}, {"average": 0.9},
    ],
    ids=lambda changes: next(iter(changes)),
)  # fmt: skip
def test_setting_changes_what_is_learnt(changes):
    assert any(not np.array_equal(*pair) for pair in zip(learnt(), learnt(**changes), strict=True))


def test_class_weights_change_what_is_learnt():
    uneven = Arrays(arrays().inputs, (np.arange(18) % 6 == 0).astype("int64"), 2)
    runs = [trained(training(class_weights=each), validation=False, data=uneven)[0] for each in (False, True)]
    plain, weighted = (scores(each, uneven.inputs) for each in runs)
    assert (weighted[:, 1] - weighted[:, 0]).mean() > (plain[:, 1] - plain[:, 0]).mean()


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_trains_and_predicts_float32(precision):
    settings = training(precision=precision, epochs=6, learning_rate=0.05)
    model, fitted = trained(settings, augmentation=config.Augmentation())
    assert keras.config.dtype_policy().name == "float32"
    assert model.get_layer("layer_1_convolution").compute_dtype == precision.removeprefix("mixed_")
    assert scores(model, arrays().inputs).dtype == np.float32
    assert all(np.isfinite(value).all() for value in values(model))
    assert fitted.history["loss"][-1] < fitted.history["loss"][0]


# --- choices -----------------------------------------------------------------------------------------------------


def steered(monkeypatch, courses):
    """Let validation losses follow `courses`, whatever the network says; the weights at each go into the list."""
    seen = []

    def steer(model, inputs, often):
        probability = np.exp(-courses[len(seen)])
        seen.append(values(model))
        labels = arrays(9, seed=1).labels
        logits = np.log([[probability, 1 - probability]] * len(labels))
        return np.where(labels[:, None] == 0, logits, logits[:, ::-1]).astype("float32")

    monkeypatch.setattr(fitting, "scores", steer)
    return seen


def test_many_batches_score_as_one_does(compiling, monkeypatch):
    model, inputs = network(), arrays(30).inputs
    whole = scores(model, inputs)
    monkeypatch.setattr(fitting, "PLAIN_BATCH", 12)  # positions: one series a batch, so many that the pass is compiled
    np.testing.assert_allclose(scores(model, inputs), whole, atol=1e-6)
    np.testing.assert_allclose(scores(model, inputs[:3], often=True), whole[:3], atol=1e-6)


def test_a_compiled_training_is_resumed_to_the_bit_too(compiling, tmp_path):
    expected, fitted = trained(training())
    with pytest.raises(KeyboardInterrupt):
        trained(training(), tmp_path, [Stop(2)])
    resumed, again = trained(training(), tmp_path)
    assert_same(values(resumed), values(expected))
    assert again.history == fitted.history


def test_best_weights_are_those_of_the_lowest_validation_loss(monkeypatch):
    seen = steered(monkeypatch, [0.5, 0.2, 0.3, 0.2])
    model, fitted = trained(training(recalibrate=False))
    assert fitted.best_epoch == 2 and fitted.epochs == 4
    assert_same(values(model), seen[1])


def test_last_weights_stay_where_best_are_not_wanted(monkeypatch):
    seen = steered(monkeypatch, [0.5, 0.2, 0.3, 0.4])
    model, fitted = trained(training(recalibrate=False, best_weights=False))
    assert fitted.best_epoch == 2
    assert_same(values(model), seen[3])


def test_patience_ends_the_training(monkeypatch):
    steered(monkeypatch, [0.5, 0.2, 0.3, 0.3, 0.1, 0.1])
    _, fitted = trained(training(epochs=6, patience=2))
    assert (fitted.best_epoch, fitted.epochs) == (2, 4)


def test_without_a_validation_part_all_epochs_run():
    _, fitted = trained(training(patience=1), validation=False)
    assert (fitted.best_epoch, fitted.epochs) == (None, 4)
    assert set(fitted.history) == {"loss", "accuracy", "learning_rate"}


def test_augmentation_and_validation_do_not_meet(monkeypatch):
    """Every array that passes through the network outside of training is one that was handed in."""
    passed = []

    def watched(inputs, values, order=None):
        passed.append(inputs)
        return plain_batches(inputs, values, order)

    monkeypatch.setattr(fitting, "plain_batches", watched)
    trained(training(), augmentation=config.Augmentation(jitter=2.0))
    known = {arrays().inputs.tobytes(), arrays(9, seed=1).inputs.tobytes()}
    assert passed and all(np.sort(each, axis=0).tobytes() in {
        np.sort(np.frombuffer(k, np.float32).reshape(-1, 12, 1), axis=0).tobytes() for k in known
    } for each in passed)  # fmt: skip


# --- the same again ----------------------------------------------------------------------------------------------


@functools.cache
def whole(**changes) -> tuple:
    """An unbroken training, and the weights at its end."""
    model, fitted = trained(training(**changes))
    return fitted, values(model)


def test_two_trainings_give_the_same_weights_to_the_bit():
    expected, weights = whole()
    model, fitted = trained(training())
    assert_same(values(model), weights)
    assert fitted.history == expected.history


def test_another_seed_gives_other_weights():
    one, other = network(seed=3), network(seed=4)
    assert any(not np.array_equal(*pair) for pair in zip(values(one), values(other), strict=True))


@pytest.mark.parametrize(
    ("stopped_after", "changes"),
    [(1, {}), (4, {}), (2, {"average": 0.9}), (3, {"precision": "mixed_float16"}), (2, {"optimizer": "sgd"})],
    ids=["first", "last", "average", "float16", "sgd"],
)
def test_a_stopped_training_ends_as_the_unbroken_one_to_the_bit(tmp_path, stopped_after, changes):
    settings = training(**changes)
    expected, weights = whole(**changes)
    with pytest.raises(KeyboardInterrupt):
        trained(settings, tmp_path, [Stop(stopped_after)])
    assert load_state(tmp_path).epoch == stopped_after
    spy = Spy()
    resumed, fitted = trained(settings, tmp_path, [spy])
    assert len(spy.logs) == 4 - stopped_after
    assert_same(values(resumed), weights)
    assert (fitted.history, fitted.best_epoch, fitted.epochs) == (expected.history, expected.best_epoch, 4)


def test_a_training_that_patience_ended_is_not_taken_further(tmp_path, monkeypatch):
    courses = [0.5, 0.2, 0.3, 0.3, 0.1, 0.1]
    steered(monkeypatch, courses)
    settings = training(epochs=6, patience=2)
    with pytest.raises(KeyboardInterrupt):
        trained(settings, tmp_path, [Stop(4)])
    spy = Spy()
    _, fitted = trained(settings, tmp_path, [spy])
    assert (fitted.epochs, spy.logs) == (4, [])


def test_a_finished_training_is_not_done_again(tmp_path):
    first, expected = trained(training(), tmp_path)
    spy = Spy()
    again, fitted = trained(training(), tmp_path, [spy])
    assert spy.logs == [] and fitted.history == expected.history
    assert_same(values(again), values(first))


def test_ctrl_c_in_the_middle_of_a_validation_loses_only_its_epoch(tmp_path, monkeypatch):
    expected, weights = whole()
    counted = iter(range(100))

    def interrupted(*arguments, **more):
        if next(counted) == 2:
            raise KeyboardInterrupt
        return scores(*arguments, **more)

    with monkeypatch.context() as patch:
        patch.setattr(fitting, "scores", interrupted)
        with pytest.raises(KeyboardInterrupt):
            trained(training(), tmp_path)
    resumed, fitted = trained(training(), tmp_path)
    assert_same(values(resumed), weights)
    assert fitted.history == expected.history


def test_ctrl_c_in_the_first_epoch_leaves_nothing_to_resume(tmp_path, monkeypatch):
    monkeypatch.setattr(fitting, "scores", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        trained(training(), tmp_path)
    assert load_state(tmp_path) is None


def test_stop_after_ends_early_on_the_schedule_of_the_full_number(tmp_path):
    expected, _ = whole()
    model = network()
    fitted = fit(model, arrays(), arrays(9, seed=1), training(best_weights=False), NOISE, 5, stop_after=2)
    assert fitted.epochs == 2
    assert fitted.history["learning_rate"] == expected.history["learning_rate"][:2]
    assert fitted.history["loss"] == expected.history["loss"][:2]


# --- what goes wrong ---------------------------------------------------------------------------------------------


def test_a_loss_that_is_no_number_stops_the_training(tmp_path):
    settings = training(optimizer="sgd", learning_rate=10.0, schedule="constant")
    broken = arrays(unequal=False)
    broken.inputs[:] *= 1e38
    message = r"the loss is not a number in epoch 1; lower training.learning_rate \(now 10\) or set training.gradient"
    with pytest.raises(TrainingError, match=message):
        trained(settings, tmp_path, data=broken, augmentation=config.Augmentation())


def test_state_of_another_network_is_refused(tmp_path):
    trained(training(), tmp_path)
    other = network(config.Cnn1d(**{**vars(MODEL), "filters": [5]}))
    with pytest.raises(TrainingError, match="holds the state of another network"):
        trained(training(), tmp_path, model=other)


def test_callbacks_that_show_something_are_closed_after_an_error():
    class Shown(keras.callbacks.Callback):
        closed = False

        def close(self):
            self.closed = True

    shown = Shown()
    with pytest.raises(KeyboardInterrupt):
        trained(training(), callbacks=[shown, Stop(1)])
    assert shown.closed
