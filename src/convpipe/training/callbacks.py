"""Handing each epoch's measures to a tracker, so that training need not know where they are kept."""

import keras


class EpochTracking(keras.callbacks.Callback):
    """Logs the measures of each epoch.

    Args:
        tracker: has `epoch(values, step)`.
        place: put before the names of the measures, for folds and for further networks of an ensemble.
    """

    def __init__(self, tracker, place: str = ""):
        super().__init__()
        self.tracker, self.place = tracker, f"{place}/" if place else ""

    def on_epoch_end(self, epoch, logs=None):
        self.tracker.epoch({f"{self.place}{name}": value for name, value in logs.items()}, epoch + 1)
