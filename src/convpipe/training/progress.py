"""Progress of a training: a bar on a terminal, plain lines elsewhere."""

import logging
import math
import sys
import time

import keras

log = logging.getLogger("convpipe")
#: Seconds without a line after which the share of an epoch is told.
SECONDS = 10


def progress(title: str, epochs: int) -> keras.callbacks.Callback:
    """What shows the progress of one training of `epochs` epochs."""
    return BarProgress(title, epochs) if sys.stdout.isatty() else LineProgress(title, epochs)


class TitledProgress(keras.callbacks.Callback):
    """What both kinds of progress know: the title of a training, "" for none, and its number of epochs."""

    def __init__(self, title: str, epochs: int):
        super().__init__()
        self.title, self.epochs = title, epochs


class LineProgress(TitledProgress):
    """One line an epoch: `epoch  7/50  loss 0.4312  accuracy 0.861  val_loss 0.5120  val_accuracy 0.834  12 s left`;
    within long epochs one every `SECONDS`: `epoch  7/50: 40 %  12 s left`."""

    def on_train_begin(self, logs=None):
        self.started = self.told = time.perf_counter()
        self.done = 0

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if time.perf_counter() - self.told > SECONDS:
            share = (batch + 1) / self.params["steps"]
            self._tell(f": {100 * share:.0f} %", self.done + share, self.epoch + share)

    def on_epoch_end(self, epoch, logs=None):
        self.done += 1
        self._tell(f"  {measures(logs)}", self.done, epoch + 1)

    def _tell(self, what: str, done: float, place: float) -> None:
        """Log a line. `done`: epochs since the start; `place`: epochs of the whole training up to now."""
        self.told = time.perf_counter()
        left = (self.told - self.started) / done * (self.epochs - place)
        title, width = f"{self.title}: " if self.title else "", len(str(self.epochs))
        log.info(f"{title}epoch {self.epoch + 1:{width}}/{self.epochs}{what}  {duration(left)} left")


class BarProgress(TitledProgress):
    """A bar over the epochs with the newest measures and the time left; it moves within long epochs too."""

    def on_train_begin(self, logs=None):
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

        bar, left = BarColumn(bar_width=None), TimeRemainingColumn(compact=True)
        self.bar = Progress("{task.description}", bar, MofNCompleteColumn(), "{task.fields[measures]}", left)
        self.bar.start()
        self.task = self.bar.add_task(self.title or "training", total=self.epochs, measures="")

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch
        self.bar.update(self.task, completed=epoch)

    def on_train_batch_end(self, batch, logs=None):
        self.bar.update(self.task, completed=self.epoch + (batch + 1) / self.params["steps"])

    def on_epoch_end(self, epoch, logs=None):
        self.bar.update(self.task, completed=epoch + 1, measures=measures(logs))

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


def duration(seconds: float) -> str:
    """A time for people.

    >>> duration(3), duration(75), duration(7300)
    ('3 s', '1 min 15 s', '2 h 1 min')
    """
    whole = math.ceil(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"
