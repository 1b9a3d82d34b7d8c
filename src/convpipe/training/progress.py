"""Progress of a training: a progress bar on a terminal, plain lines elsewhere."""

import logging
import sys
import time

import keras

from convpipe.log_file import file_only
from convpipe.progress_bar import Bar, duration, is_interactive

log = logging.getLogger("convpipe")
#: Seconds between two lines within an epoch.
SECONDS = 10


def progress(title: str, epochs: int) -> keras.callbacks.Callback:
    """Return the callback that shows the progress of one training of `epochs` epochs."""
    return BarProgress(title, epochs) if is_interactive(sys.stdout) else LineProgress(title, epochs)


class TitledProgress(keras.callbacks.Callback):
    """Base class of both callbacks: the title of a training ("" for none), its number of epochs, and the time."""

    def __init__(self, title: str, epochs: int):
        super().__init__()
        self.title, self.epochs = title, epochs

    def on_train_begin(self, logs=None):
        self.started = self.last_line = time.perf_counter()
        self.done = 0

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_epoch_end(self, epoch, logs=None):
        self.done += 1

    def left(self, done: float, place: float) -> str:
        """Return the remaining time.

        Args:
            done: epochs since the start of this process.
            place: epochs since the start of the training, including those before it was resumed.
        """
        return f"{duration((time.perf_counter() - self.started) / done * (self.epochs - place))} left"

    def line(self, text: str, done: float, place: float) -> str:
        """Return the line of an epoch."""
        title, width = f"{self.title}: " if self.title else "", len(str(self.epochs))
        return f"{title}epoch {self.epoch + 1:{width}}/{self.epochs}{text}  {self.left(done, place)}"


class LineProgress(TitledProgress):
    """Logs one line per epoch, and in long epochs one line every `SECONDS`.

    epoch  7/50  loss 0.4312  accuracy 0.861  val_loss 0.5120  val_accuracy 0.834  12 s left
    epoch  8/50: 40%  12 s left
    """

    def on_train_batch_end(self, batch, logs=None):
        if time.perf_counter() - self.last_line > SECONDS:
            fraction = (batch + 1) / self.params["steps"]
            self._log(f": {100 * fraction:.0f}%", self.done + fraction, self.epoch + fraction)

    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch)
        self._log(f"  {format_metrics(logs)}", self.done, epoch + 1)

    def _log(self, text: str, done: float, place: float) -> None:
        log.info(self.line(text, done, place))
        self.last_line = time.perf_counter()


class BarProgress(TitledProgress):
    """Shows a bar over the epochs with the latest metrics and the remaining time, updated after each batch.

    The line of each epoch is written to the log of the run.
    """

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
        self.bar.move(epoch + 1, format_metrics(logs))
        file_only.info(self.line(f"  {format_metrics(logs)}", self.done, epoch + 1))

    def on_train_end(self, logs=None):
        """Restore the terminal."""
        self.bar.stop()

    close = on_train_end  # called if training does not finish


def format_metrics(logs: dict) -> str:
    """Format the losses and accuracies of an epoch.

    >>> format_metrics({"loss": 0.5, "accuracy": 0.75, "learning_rate": 0.1})
    'loss 0.5000  accuracy 0.750'
    """
    places = {"loss": 4, "accuracy": 3, "val_loss": 4, "val_accuracy": 3}
    return "  ".join(f"{name} {logs[name]:.{digits}f}" for name, digits in places.items() if name in logs)
