"""Learning rate schedules."""

import math

import keras
from keras import ops

from convpipe import config


@keras.saving.register_keras_serializable(package="convpipe")
class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
    """Rises along a half cosine to the peak, then falls along another to a 10,000th of it.

    Reference: Smith and Topin 2018, "Super-convergence", section 3; later implementations use the cosine form.

    Args:
        peak: highest learning rate.
        steps: steps of the whole training.
        warmup: fraction of the steps in which the rate rises, from a 25th of the peak.
    """

    def __init__(self, peak: float, steps: int, warmup: float):
        self.peak, self.steps, self.warmup = peak, steps, warmup

    def __call__(self, step):
        rise = max(1.0, self.warmup * self.steps)
        step = ops.cast(step, "float32")
        up = _half_cosine(self.peak / 25, self.peak, step / rise)
        down = _half_cosine(self.peak, self.peak / 1e4, (step - rise) / max(1.0, self.steps - rise))
        return ops.where(step < rise, up, down)

    def get_config(self):
        return {"peak": self.peak, "steps": self.steps, "warmup": self.warmup}


def _half_cosine(start: float, end: float, fraction):
    return end + (start - end) * 0.5 * (1 + ops.cos(math.pi * ops.clip(fraction, 0.0, 1.0)))


def learning_rate(settings: config.Training, steps: int):
    """Return the schedule, or the constant learning rate, for a training of `steps` steps."""
    peak, warmup = settings.learning_rate, int(settings.warmup * steps)
    if settings.lr_schedule == "one_cycle":
        return OneCycle(peak, steps, settings.warmup)
    if settings.lr_schedule == "cosine":
        start, target = (0.0, peak) if warmup else (peak, None)
        decay = max(1, steps - warmup)
        return keras.optimizers.schedules.CosineDecay(start, decay, warmup_target=target, warmup_steps=warmup)
    return peak
