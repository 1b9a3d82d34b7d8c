"""Handing each epoch's measures to a tracker, so that training need not know where they are kept."""

import keras


class EpochTracking(keras.callbacks.Callback):
    """Logs the measures of each epoch, such as train/loss and validation/loss.

    Args:
        tracker: has `epoch(values, step, fold)`.
        fold: the fold that is trained, "" for none.
        place: put before the names of the measures, for further networks of an ensemble.
    """

    def __init__(self, tracker, fold: str = "", place: str = ""):
        super().__init__()
        self.tracker, self.fold, self.place = tracker, fold, f"{place}/" if place else ""

    def on_epoch_end(self, epoch, logs=None):
        values = {self.place + measure_name(name): value for name, value in logs.items()}
        self.tracker.epoch(values, epoch + 1, self.fold)


def measure_name(name: str) -> str:
    """The name of a measure of Keras with the part of the data that it is of.

    >>> measure_name("val_loss"), measure_name("accuracy")
    ('validation/loss', 'train/accuracy')
    """
    return f"validation/{name.removeprefix('val_')}" if name.startswith("val_") else f"train/{name}"
