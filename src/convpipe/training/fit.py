"""The training of one network: same seed, same weights, also when it was stopped and resumed on the way."""

import math
import time
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import keras
import numpy as np
from keras import ops

from convpipe import config
from convpipe.data.batches import Arrays, batches_of, plain_batches, steps_an_epoch, training_batches
from convpipe.data.ragged import Ragged
from convpipe.errors import TrainingError
from convpipe.training.compiled import as_dataset, compiled, forward
from convpipe.training.recalibration import Recalibration
from convpipe.training.resuming import State, load_state, save_state

#: Positions (samples times steps, or times height and width) that pass through a network at once outside of training;
#: bounds the memory of wide layers.
PLAIN_BATCH = 2**17
#: Batches from which on compiling a pass through a network takes less time than it saves.
WORTH_COMPILING = 16
#: Samples, at random, that normalisation statistics are computed over: more would cost time and change nothing.
STATISTICS_FROM = 10_000
#: Seconds between two writings of the state, for runs that are killed without warning.
SAVE_EVERY = 10.0
#: What the history holds of each epoch, the last two where there is a validation part.
MEASURES = ("loss", "accuracy", "learning_rate", "val_loss", "val_accuracy")


@dataclass(frozen=True)
class Plan:
    """Epochs and batch size of one training."""

    epochs: int
    batch_size: int
    validate_every: int


def plan(settings: config.Training, samples: int) -> Plan:
    """What `settings` leave open, decided by the number of training samples.

    A batch holds a sixteenth of the samples, at least 4 and at most 64. Epochs follow so that a run takes some 2,000
    steps, at most 500 epochs; large training parts, which need fewer, are passed over until 40,000 samples were seen,
    at least 10 times.
    """
    batch_size = settings.batch_size or min(64, max(4, samples // 16))
    steps = steps_an_epoch(samples, batch_size)
    epochs = settings.epochs or max(1, min(500, round(2000 / steps), max(10, 40_000 // samples)))
    return Plan(epochs, batch_size, settings.validate_every or max(1, round(epochs / 50)))


@dataclass(frozen=True)
class Fitted:
    """What a training left behind: `history` has a number an epoch for each measure; `best_epoch` counts from 1."""

    history: dict[str, list[float]]
    best_epoch: int | None
    epochs: int
    seconds: float


def scores(network, inputs: np.ndarray | Ragged, often: bool = False) -> np.ndarray:
    """Logits (n, classes) float32 of prepared `inputs` (n, ...).

    Args:
        network: a built Keras model.
        inputs: prepared samples.
        often: whether it is asked for again and again; the pass is compiled then, as it is where there are many
            batches.
    """
    pieces, rows = [], []
    many = often or batches_of(inputs, PLAIN_BATCH) >= WORTH_COMPILING
    run = forward(network) if many else partial(network, training=False)
    for some, batch in plain_batches(inputs, PLAIN_BATCH):
        pieces.append(ops.convert_to_numpy(run(batch)))
        rows.append(some)
    logits = np.concatenate(pieces)
    return logits[np.argsort(np.concatenate(rows))]


def recalibrate_over(recalibration: Recalibration, inputs: np.ndarray | Ragged, seed: int) -> None:
    """Recalibrate a network over a training part (n, ...), in mixed order and few large batches."""
    mixed = np.random.default_rng(seed).permutation(len(inputs))[:STATISTICS_FROM]
    recalibration.over(batch for _, batch in plain_batches(inputs, PLAIN_BATCH, mixed))


def fit(
    network: keras.Model,
    train: Arrays,
    validation: Arrays | None,
    settings: config.Training,
    augmentation: config.Augmentation,
    seed: int,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    folder: Path | None = None,
    stop_after: int | None = None,
) -> Fitted:
    """Train `network` in place.

    Args:
        network: an uncompiled model that gives logits.
        train: prepared training part.
        validation: prepared validation part; without one every epoch is run and the last weights are kept.
        settings: config.Training.
        augmentation: config.Augmentation, applied to training batches only.
        seed: of batches, dropout and augmentation (initial weights are drawn before).
        callbacks: see every epoch's measures, `val_loss` and `val_accuracy` among them where validated; `close()`,
            where they have one, is called if the training does not come to its end.
        folder: where the state is kept for resuming; a state found there is continued.
        stop_after: end after so many epochs, with the schedule of the full number.

    Raises:
        TrainingError: the loss is not a number.
        KeyboardInterrupt: Ctrl-C, after the state of the last whole epoch was written to `folder`.
    """
    decided = plan(settings, len(train))
    steps = steps_an_epoch(len(train), decided.batch_size, settings.max_steps)
    trainer = compiled(network, settings, steps, decided.epochs)
    loop = _Loop(network, trainer, train, validation, settings, decided, seed, folder)
    epochs = min(decided.epochs, stop_after or decided.epochs)
    if not (loop.state.finished or loop.patience_is_over(loop.state.epoch)):
        batches = training_batches(train, settings, augmentation, decided.batch_size, seed, loop.state.epoch)
        try:
            trainer.fit(
                as_dataset(batches, network, train),
                steps_per_epoch=steps,
                initial_epoch=loop.state.epoch,
                epochs=epochs,
                callbacks=[loop, *callbacks],
                shuffle=False,  # the batches come in their order
                verbose=0,
            )
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                loop.save()
            for callback in callbacks:
                getattr(callback, "close", lambda: None)()
            raise
    loop.finish()
    return Fitted(loop.state.history, loop.state.best_epoch, loop.state.epoch, loop.state.seconds)


class _Loop(keras.callbacks.Callback):
    """What happens between epochs: seeds, validation, the best weights, early stopping, the state for resuming."""

    def __init__(self, network, trainer, train, validation, settings, decided, seed, folder):
        super().__init__()
        self.network, self.trainer, self.train, self.validation = network, trainer, train, validation
        self.settings, self.plan, self.seed, self.folder = settings, decided, seed, folder
        # Compiled from the first pass on, whether resumed or not: elsewhere the last bits may be others.
        self.recalibration = Recalibration(network)
        self.state = (load_state(folder) if folder else None) or State()
        self.started = self.saved = time.perf_counter()
        if self.state.variables:
            self._restore()

    def _variables(self):
        return [*self.network.variables, *self.trainer.optimizer.variables]

    def _restore(self) -> None:
        if [tuple(v.shape) for v in self._variables()] != [v.shape for v in self.state.variables]:
            raise TrainingError(f"{self.folder} holds the state of another network; it cannot be resumed with this one")
        for variable, value in zip(self._variables(), self.state.variables, strict=True):
            variable.assign(value)

    def on_epoch_begin(self, epoch, logs=None):
        for number, layer in enumerate(self.network._flatten_layers()):
            generator = getattr(layer, "seed_generator", None)
            if generator is not None:
                drawn = np.random.default_rng([self.seed, number, epoch]).integers(0, 2**31 - 1, 2)
                generator.state.assign(drawn.astype("uint32"))

    def on_epoch_end(self, epoch, logs=None):
        if not math.isfinite(logs["loss"]):
            raise TrainingError(
                f"the loss is not a number in epoch {epoch + 1}; lower training.learning_rate "
                f"(now {self.settings.learning_rate:g}) or set training.gradient_clipping=1"
            )
        logs["learning_rate"] = float(ops.convert_to_numpy(self.trainer.optimizer.learning_rate))
        measured, best = self._validated(epoch)
        logs |= measured
        self._keep(epoch + 1, logs, best)
        if self.patience_is_over(epoch + 1):
            self.trainer.stop_training = True

    def _validated(self, epoch: int) -> tuple[dict[str, float], dict]:
        """The measures of the validation part, and the new best fields of the state, where there are any."""
        due = (epoch + 1) % self.plan.validate_every == 0 or epoch + 1 == self.plan.epochs
        if self.validation is None or not due:
            return {}, {}
        with self._averaged():
            return self._measured(epoch)

    @contextmanager
    def _averaged(self):
        """Within, the weights are their average over the steps, where one is kept; then the last ones come back."""
        if not self.settings.average:
            yield
            return
        weights = self.trainer.trainable_variables
        last = [ops.convert_to_numpy(variable).copy() for variable in weights]
        self.trainer.optimizer.finalize_variable_values(weights)
        try:
            yield
        finally:
            for variable, value in zip(weights, last, strict=True):
                variable.assign(value)

    def _measured(self, epoch: int) -> tuple[dict[str, float], dict]:
        if self.settings.recalibrate:
            recalibrate_over(self.recalibration, self.train.inputs, self.seed)
        logits = scores(self.network, self.validation.inputs, often=True)
        loss = keras.losses.CategoricalCrossentropy(from_logits=True)(self.validation.targets, logits)
        loss = float(ops.convert_to_numpy(loss))
        best = {}
        if loss < self.state.best_loss:
            weights = [ops.convert_to_numpy(variable).copy() for variable in self.network.variables]
            best = {"best_loss": loss, "best_epoch": epoch + 1, "best_weights": weights}
        accuracy = float((logits.argmax(1) == self.validation.labels).mean())
        return {"val_loss": loss, "val_accuracy": accuracy}, best

    def patience_is_over(self, epochs: int) -> bool:
        """Whether the best epoch lies so far back that training ends after `epochs`."""
        best = self.state.best_epoch
        return bool(self.settings.patience and best and epochs - best >= self.settings.patience)

    def _keep(self, epochs: int, logs: dict, best: dict) -> None:
        """Take down the state of this moment, all at once, as Ctrl-C may come at any; write it from time to time."""
        now = time.perf_counter()
        variables = [ops.convert_to_numpy(variable).copy() for variable in self._variables()]
        names = [name for name in MEASURES if name in logs or self.validation is not None]
        before = self.state.history
        history = {name: [*before.get(name, []), float(logs.get(name, math.nan))] for name in names}
        changes = {"epoch": epochs, "variables": variables, "history": history}
        seconds = self.state.seconds + now - self.started
        self.state, self.started = replace(self.state, seconds=seconds, **changes, **best), now
        if now - self.saved > SAVE_EVERY:
            self.save()

    def save(self) -> None:
        if self.folder and self.state.epoch:
            save_state(self.state, self.folder)
        self.saved = time.perf_counter()

    def finish(self) -> None:
        """End with the weights of the best epoch where one was chosen, and statistics of the training part."""
        if not self.state.finished:
            self.state.finished = True
            self.save()
        if self.state.best_weights and self.settings.best_weights:
            for variable, value in zip(self.network.variables, self.state.best_weights, strict=True):
                variable.assign(value)
        elif self.settings.average:
            self.trainer.optimizer.finalize_variable_values(self.trainer.trainable_variables)
        if self.settings.recalibrate:
            recalibrate_over(self.recalibration, self.train.inputs, self.seed)
