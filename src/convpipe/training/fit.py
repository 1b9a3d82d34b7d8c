"""Train one network. The same seed gives the same weights, even if training was stopped and resumed."""

import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np
from keras import ops

from convpipe.config import Settings, Training
from convpipe.errors import TrainingError
from convpipe.inference.logits import PLAIN_BATCH, plain_batches, predict_logits
from convpipe.training.batches import Arrays, steps_per_epoch, training_batches
from convpipe.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from convpipe.training.compiled import as_dataset, compiled, release
from convpipe.training.recalibration import Recalibration

#: Number of random samples for the normalization statistics: more would cost time and change nothing.
STATISTICS_FROM = 10_000
#: Seconds between two checkpoints, for runs that are killed without warning.
SAVE_EVERY = 10.0
#: Metrics of each epoch in the history; the last two only with a validation part.
METRICS = ("loss", "accuracy", "learning_rate", "val_loss", "val_accuracy")


@dataclass(frozen=True)
class Schedule:
    """Number of epochs, batch size, and epochs from one validation to the next."""

    epochs: int
    batch_size: int
    validation_freq: int


def resolve_schedule(settings: Training, samples: int) -> Schedule:
    """Return the schedule of a training; the number of samples decides values that are unset.

    The batch size is a sixteenth of the samples, at least 4 and at most 64. The epochs add up to about 2,000 steps, but
    are at most 500. Large training parts need fewer: 40,000 samples in total, but at least 10 epochs.
    """
    batch_size = settings.batch_size or min(64, max(4, samples // 16))
    steps = steps_per_epoch(samples, batch_size)
    epochs = settings.epochs or max(1, min(500, round(2000 / steps), max(10, 40_000 // samples)))
    return Schedule(epochs, batch_size, settings.validation_freq or max(1, round(epochs / 50)))


@dataclass(frozen=True)
class FitResult:
    """The result of a training: `history` has one value per epoch for each metric; `best_epoch` counts from 1."""

    history: dict[str, list[float]]
    best_epoch: int | None
    epochs: int
    seconds: float


def fit(
    network: keras.Model,
    train: Arrays,
    validation: Arrays | None,
    settings: Settings,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    folder: Path | None = None,
    stop_after: int | None = None,
) -> FitResult:
    """Train `network` in place.

    Args:
        network: an uncompiled model that returns logits.
        train: prepared training part.
        validation: prepared validation part; without one, all epochs run and the last weights are kept.
        settings: settings of the run. Training, augmentation (of training batches only) and seed are used; the seed
            draws batches, dropout and augmentation, but not the initial weights, which exist already.
        callbacks: receive the metrics of every epoch, including `val_loss` and `val_accuracy` if it is validated. If
            training does not finish, their method `close()` is called, if they have one.
        folder: folder of the checkpoint; training continues from a checkpoint that is already there.
        stop_after: stop after this number of epochs, with the learning rate schedule of all epochs.

    Raises:
        TrainingError: the loss is not a number, or the checkpoint belongs to another network.
        KeyboardInterrupt: Ctrl-C, after the checkpoint of the last complete epoch has been written to `folder`.
    """
    loop = _Loop(network, train, validation, settings, folder)
    schedule, done = loop.schedule, loop.checkpoint.epoch
    if not (loop.checkpoint.finished or loop.patience_is_over(done)):
        stream = training_batches(train, settings, schedule.batch_size, done)
        batches = as_dataset(stream, network, train)
        span = {"initial_epoch": done, "epochs": min(schedule.epochs, stop_after or schedule.epochs)}
        every = [loop, *callbacks]
        try:  # no shuffling: the batches are in random order already
            loop.trainer.fit(batches, steps_per_epoch=loop.steps, callbacks=every, shuffle=False, verbose=0, **span)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                loop.save()
            for callback in callbacks:
                getattr(callback, "close", lambda: None)()
            raise
        finally:
            release(stream)
    loop.finish()
    last = loop.checkpoint
    return FitResult(last.history, last.best_epoch, last.epoch, last.seconds)


class _Loop(keras.callbacks.Callback):
    """Sets seeds, validates, keeps the best weights, stops early and writes checkpoints between epochs."""

    def __init__(self, network, train: Arrays, validation: Arrays | None, settings: Settings, folder: Path | None):
        super().__init__()
        self.network, self.train, self.validation, self.folder = network, train, validation, folder
        self.settings, self.seed = settings.training, settings.seed
        self.schedule = resolve_schedule(self.settings, len(train))
        self.steps = steps_per_epoch(len(train), self.schedule.batch_size, self.settings.max_steps)
        self.trainer = compiled(network, self.settings, self.steps, self.schedule.epochs)
        # Compiled before the first pass, resumed or not: otherwise the last bits may differ.
        self.recalibration = Recalibration(network)
        self.checkpoint = (load_checkpoint(folder) if folder else None) or Checkpoint()
        self.started, self.saved = time.perf_counter(), -math.inf  # save after the first epoch
        if self.checkpoint.variables:
            if [tuple(v.shape) for v in self._variables()] != [v.shape for v in self.checkpoint.variables]:
                message = "the checkpoint belongs to another network, so training cannot continue from it"
                raise TrainingError(message, file=folder, remedy="start a new run")
            assign(self._variables(), self.checkpoint.variables)

    def _variables(self) -> list:
        return [*self.network.variables, *self.trainer.optimizer.variables]

    def on_epoch_begin(self, epoch, logs=None):
        for number, layer in enumerate(self.network._flatten_layers()):
            if generator := getattr(layer, "seed_generator", None):
                drawn = np.random.default_rng([self.seed, number, epoch]).integers(0, 2**31 - 1, 2)
                generator.state.assign(drawn.astype("uint32"))

    def on_epoch_end(self, epoch, logs=None):
        if not math.isfinite(logs["loss"]):
            rate, message = self.settings.learning_rate, f"the loss is not a number in epoch {epoch + 1}"
            remedy = f"set training.learning_rate={rate / 10:g} (now {rate:g}) or training.global_clipnorm=1"
            raise TrainingError(message, key="training.learning_rate", value=rate, remedy=remedy)
        logs["learning_rate"] = float(ops.convert_to_numpy(self.trainer.optimizer.learning_rate))
        due = (epoch + 1) % self.schedule.validation_freq == 0 or epoch + 1 == self.schedule.epochs
        best = self._validate(self.validation, epoch + 1, logs) if due and self.validation is not None else {}
        self._keep(epoch + 1, logs, best)
        if self.patience_is_over(epoch + 1):
            self.trainer.stop_training = True

    def _validate(self, validation: Arrays, epochs: int, logs: dict[str, float]) -> dict:
        """Add the validation metrics to `logs`; return the changed fields of the checkpoint if the loss is the lowest.

        With `ema_momentum`, the averaged weights are validated, and the last weights are restored afterwards.
        """
        averaged = self.trainer.trainable_variables if self.settings.ema_momentum else []
        last = copies(averaged)
        self.trainer.optimizer.finalize_variable_values(averaged)
        self._recalibrate()
        logits = predict_logits(self.network, validation.inputs, repeated=True)
        loss = keras.losses.CategoricalCrossentropy(from_logits=True)(validation.targets, logits)
        logs["val_loss"] = float(ops.convert_to_numpy(loss))
        logs["val_accuracy"] = float((logits.argmax(1) == validation.labels).mean())
        best = {}
        if logs["val_loss"] < self.checkpoint.best_loss:
            weights = copies(self.network.variables)
            best = {"best_loss": logs["val_loss"], "best_epoch": epochs, "best_weights": weights}
        assign(averaged, last)
        return best

    def _recalibrate(self) -> None:
        """Recalibrate over the training part, in random order and a few large batches."""
        if self.settings.recalibrate:
            mixed = np.random.default_rng(self.seed).permutation(len(self.train))[:STATISTICS_FROM]
            self.recalibration.over(batch for _, batch in plain_batches(self.train.inputs, PLAIN_BATCH, mixed))

    def patience_is_over(self, epochs: int) -> bool:
        """Whether early stopping ends training after `epochs` epochs."""
        best, patience = self.checkpoint.best_epoch, self.settings.early_stopping_patience
        return bool(patience and best and epochs - best >= patience)

    def _keep(self, epochs: int, logs: dict, best: dict) -> None:
        """Replace the checkpoint in one assignment, since Ctrl-C may come at any moment; save it from time to time."""
        now, old = time.perf_counter(), self.checkpoint
        names = [name for name in METRICS if name in logs or self.validation is not None]
        history = {name: [*old.history.get(name, []), float(logs.get(name, math.nan))] for name in names}
        changes = {"epoch": epochs, "variables": copies(self._variables()), "history": history, **best}
        self.checkpoint, self.started = replace(old, seconds=old.seconds + now - self.started, **changes), now
        if now - self.saved > SAVE_EVERY:
            self.save()

    def save(self) -> None:
        if self.folder and self.checkpoint.epoch:
            save_checkpoint(self.checkpoint, self.folder)
        self.saved = time.perf_counter()

    def finish(self) -> None:
        """Set the final weights, those of the best epoch if there is one, and recalibrate."""
        if not self.checkpoint.finished:
            self.checkpoint.finished = True
            self.save()
        if self.checkpoint.best_weights and self.settings.restore_best_weights:
            assign(self.network.variables, self.checkpoint.best_weights)
        else:  # with `ema_momentum`, their average over the steps
            self.trainer.optimizer.finalize_variable_values(self.trainer.trainable_variables)
        self._recalibrate()


def copies(variables: Iterable) -> list[np.ndarray]:
    """Copy the current values of variables."""
    return [ops.convert_to_numpy(variable).copy() for variable in variables]


def assign(variables: Iterable, values: Iterable[np.ndarray]) -> None:
    """Assign `values` to `variables`."""
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
