"""A stopped and resumed training ends with the same weights, to the bit, as one that was never stopped."""

import keras
import numpy as np
import pytest

from convpipe.errors import TrainingError
from convpipe.inference.logits import predict_logits
from convpipe.models.conv1d.cnn1d import Cnn1dSettings
from convpipe.training.checkpoint import load_checkpoint

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("all_eager")]


class Stop(keras.callbacks.Callback):
    """Raises Ctrl-C after an epoch, counted from 1."""

    def __init__(self, epoch):
        super().__init__()
        self.after = epoch

    def on_epoch_end(self, epoch, logs=None):
        if epoch + 1 == self.after:
            raise KeyboardInterrupt


class Count(keras.callbacks.Callback):
    """Counts the epochs that run."""

    epochs = 0

    def on_epoch_end(self, epoch, logs=None):
        self.epochs += 1


@pytest.fixture(scope="module")
def unbroken(toy, all_eager, tmp_path_factory):
    """The weights and the result of a training without a stop, and the folder of its checkpoint."""
    folder = tmp_path_factory.mktemp("unbroken")
    network, fitted = toy.train(toy.settings(), folder)
    return toy.variables(network), fitted, folder


def stopped(toy, settings, folder, epoch) -> None:
    with pytest.raises(KeyboardInterrupt):
        toy.train(settings, folder, [Stop(epoch)])
    assert load_checkpoint(folder).epoch == epoch


def assert_resumed(toy, settings, folder, weights, fitted) -> None:
    network, again = toy.train(settings, folder)
    toy.assert_same(toy.variables(network), weights)
    assert (again.history, again.best_epoch, again.epochs) == (fitted.history, fitted.best_epoch, fitted.epochs)


def test_two_trainings_give_the_same_weights(toy, unbroken):
    weights, expected, _ = unbroken
    network, fitted = toy.train(toy.settings())
    toy.assert_same(toy.variables(network), weights)
    assert fitted.history == expected.history


def test_another_seed_gives_other_weights(toy):
    one, other = toy.network(seed=3), toy.network(seed=4)
    assert any(not np.array_equal(*pair) for pair in zip(toy.variables(one), toy.variables(other), strict=True))


@pytest.mark.parametrize("epoch", [1, 3], ids=["first", "last"])
def test_a_resumed_training_ends_like_one_without_a_stop(toy, unbroken, tmp_path, epoch):
    weights, fitted, _ = unbroken
    stopped(toy, toy.settings(), tmp_path, epoch)
    assert_resumed(toy, toy.settings(), tmp_path, weights, fitted)


@pytest.mark.parametrize(
    "changes",
    [{"ema_momentum": 0.9}, {"precision": "mixed_float16"}, {"optimizer": "sgd"}],
    ids=["average", "float16", "sgd"],
)
def test_every_optimizer_continues_from_its_state(toy, tmp_path, changes):
    settings = toy.settings(epochs=2, **changes)
    network, fitted = toy.train(settings)
    stopped(toy, settings, tmp_path, 1)
    assert_resumed(toy, settings, tmp_path, toy.variables(network), fitted)


def test_a_compiled_training_is_resumed_to_the_bit(toy, compiling, tmp_path):
    settings = toy.settings()
    network, fitted = toy.train(settings)
    stopped(toy, settings, tmp_path, 2)
    assert_resumed(toy, settings, tmp_path, toy.variables(network), fitted)


def test_a_training_after_early_stopping_is_not_continued(toy, steer, tmp_path):
    steer([0.5, 0.2, 0.3, 0.1])
    settings = toy.settings(epochs=4, early_stopping_patience=1)
    stopped(toy, settings, tmp_path, 3)
    count = Count()
    _, fitted = toy.train(settings, tmp_path, [count])
    assert (fitted.epochs, count.epochs) == (3, 0)


def test_a_finished_training_is_not_repeated(toy, unbroken):
    weights, expected, folder = unbroken
    count = Count()
    network, fitted = toy.train(toy.settings(), folder, [count])
    assert count.epochs == 0 and fitted.history == expected.history
    toy.assert_same(toy.variables(network), weights)


def test_ctrl_c_during_validation_loses_only_its_epoch(toy, unbroken, tmp_path, monkeypatch):
    weights, fitted, _ = unbroken
    validations = iter(range(100))

    def interrupted(*arguments, **more):
        if next(validations) == 1:
            raise KeyboardInterrupt
        return predict_logits(*arguments, **more)

    with monkeypatch.context() as patch:
        patch.setattr("convpipe.training.fit.predict_logits", interrupted)
        with pytest.raises(KeyboardInterrupt):
            toy.train(toy.settings(), tmp_path)
    assert load_checkpoint(tmp_path).epoch == 1
    assert_resumed(toy, toy.settings(), tmp_path, weights, fitted)


def test_ctrl_c_in_the_first_epoch_leaves_nothing_to_resume(toy, tmp_path, monkeypatch):
    def interrupted(*arguments, **more):
        raise KeyboardInterrupt

    monkeypatch.setattr("convpipe.training.fit.predict_logits", interrupted)
    with pytest.raises(KeyboardInterrupt):
        toy.train(toy.settings(), tmp_path)
    assert load_checkpoint(tmp_path) is None


def test_checkpoint_of_another_network_is_refused(toy, unbroken, refused):
    folder = unbroken[2]
    other = toy.network(Cnn1dSettings(**{**vars(toy.model), "filters": [5]}))
    with refused(TrainingError, file=folder, remedy="start a new run"):
        toy.train(toy.settings(), folder, network=other)
