"""Pass the metrics of each epoch to a tracker, so that training does not depend on the tracking backend."""

import keras


class EpochTracking(keras.callbacks.Callback):
    """Logs the metrics of each epoch, such as train/loss and validation/loss.

    Args:
        tracker: has a method `epoch(values, step, fold)`.
        fold: name of the fold, "" without cross-validation.
        place: prefix of the metric names, for the second and later networks of an ensemble.
    """

    def __init__(self, tracker, fold: str = "", place: str = ""):
        super().__init__()
        self.tracker, self.fold, self.place = tracker, fold, f"{place}/" if place else ""

    def on_epoch_end(self, epoch, logs=None):
        values = {self.place + metric_name(name): value for name, value in logs.items()}
        self.tracker.epoch(values, epoch + 1, self.fold)


def metric_name(name: str) -> str:
    """Return the name of a Keras metric, prefixed with the part of the data it is computed on.

    >>> metric_name("val_loss"), metric_name("accuracy")
    ('validation/loss', 'train/accuracy')
    """
    return f"validation/{name.removeprefix('val_')}" if name.startswith("val_") else f"train/{name}"
