"""Progress of a training: a bar on a terminal, plain lines elsewhere."""

import logging
import sys
import time

import keras

from convpipe.log_file import file_only
from convpipe.progress_bar import Bar, duration, is_interactive

log = logging.getLogger("convpipe")
#: Seconds without a line after which the share of an epoch is told.
SECONDS = 10


def progress(title: str, epochs: int) -> keras.callbacks.Callback:
    """What shows the progress of one training of `epochs` epochs."""
    return BarProgress(title, epochs) if is_interactive(sys.stdout) else LineProgress(title, epochs)


class TitledProgress(keras.callbacks.Callback):
    """What both kinds of progress know: the title of a training, "" for none, its number of epochs, and the time."""

    def __init__(self, title: str, epochs: int):
        super().__init__()
        self.title, self.epochs = title, epochs

    def on_train_begin(self, logs=None):
        self.started = self.told = time.perf_counter()
        self.done = 0

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_epoch_end(self, epoch, logs=None):
        self.done += 1

    def left(self, done: float, place: float) -> str:
        """The time left. `done`: epochs since the start; `place`: epochs of the whole training up to now."""
        return f"{duration((time.perf_counter() - self.started) / done * (self.epochs - place))} left"

    def line(self, what: str, done: float, place: float) -> str:
        """What is said of an epoch."""
        title, width = f"{self.title}: " if self.title else "", len(str(self.epochs))
        return f"{title}epoch {self.epoch + 1:{width}}/{self.epochs}{what}  {self.left(done, place)}"


class LineProgress(TitledProgress):
    """One line an epoch: `epoch  7/50  loss 0.4312  accuracy 0.861  val_loss 0.5120  val_accuracy 0.834  12 s left`;
    within long epochs one every `SECONDS`: `epoch  7/50: 40 %  12 s left`."""

    def on_train_batch_end(self, batch, logs=None):
        if time.perf_counter() - self.told > SECONDS:
            share = (batch + 1) / self.params["steps"]
            self._tell(f": {100 * share:.0f} %", self.done + share, self.epoch + share)

    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch)
        self._tell(f"  {measures(logs)}", self.done, epoch + 1)

    def _tell(self, what: str, done: float, place: float) -> None:
        log.info(self.line(what, done, place))
        self.told = time.perf_counter()


class BarProgress(TitledProgress):
    """A bar over the epochs with the newest measures and the time left; it moves within long epochs too. The line of
    each epoch goes to the log of the run."""

    def on_train_begin(self, logs=None):
        super().on_train_begin()
        self.bar = Bar(self.title or "training", self.epochs)
        self.bar.start()

    def on_epoch_begin(self, epoch, logs=None):
        super().on_epoch_begin(epoch)
        self.bar.move(epoch)

    def on_train_batch_end(self, batch, logs=None):
        self.bar.move(self.epoch + (batch + 1) / self.params["steps"])

    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch)
        self.bar.move(epoch + 1, measures(logs))
        file_only.info(self.line(f"  {measures(logs)}", self.done, epoch + 1))

    def on_train_end(self, logs=None):
        """Leave the terminal as it was."""
        self.bar.stop()

    close = on_train_end  # when the training does not come to its end


def measures(logs: dict) -> str:
    """The measures of an epoch that people watch.

    >>> measures({"loss": 0.5, "accuracy": 0.75, "learning_rate": 0.1})
    'loss 0.5000  accuracy 0.750'
    """
    places = {"loss": 4, "accuracy": 3, "val_loss": 4, "val_accuracy": 3}
    return "  ".join(f"{name} {logs[name]:.{digits}f}" for name, digits in places.items() if name in logs)
