"""Data augmentation of training batches, in NumPy, so that all backends train on the same batches.

All random numbers come from the generator that is passed in: the same state gives the same batch, to the bit.
"""

import numpy as np

from convpipe.config import Augmentation
from convpipe.training.augmentation.images import augment_images
from convpipe.training.augmentation.series import augment_series
from convpipe.training.augmentation.volumes import augment_volumes

#: Number of axes of a batch -> its augmentation: series and sound, images, volumes.
AUGMENT = {3: augment_series, 4: augment_images, 5: augment_volumes}


def augment(inputs: np.ndarray, settings: Augmentation, random: np.random.Generator) -> np.ndarray:
    """Return an augmented copy of a training batch (batch, ..., channels) float32; see the functions in `AUGMENT`."""
    return AUGMENT[inputs.ndim](inputs, settings, random) if inputs.ndim in AUGMENT else inputs


def mixup(inputs: np.ndarray, targets: np.ndarray, alpha: float, random: np.random.Generator):
    """Mix each sample with a random sample of its batch, inputs and targets in the same proportion.

    The proportion of each sample is drawn from Beta(alpha, alpha). A mixed series ends with the shorter of the two,
    because after that step there is only one series to mix. Reference: Zhang et al. (2018), "mixup: beyond empirical
    risk minimization".

    Args:
        inputs: (batch, ..., channels) float32, NaN after the end of each series.
        targets: (batch, classes) float32, each row a distribution.
        alpha: 0 for no mixing; larger values mix closer to half and half.
        random: source of all random numbers; its state advances.

    Returns:
        Mixed inputs and targets of the same shapes and dtypes; the arguments themselves if alpha is zero.
    """
    if not alpha:
        return inputs, targets
    partners = random.permutation(len(inputs))
    weight = random.beta(alpha, alpha, size=(len(inputs), 1)).astype(np.float32)
    input_weight = weight.reshape(-1, *[1] * (inputs.ndim - 1))
    mixed = inputs + (1 - input_weight) * (inputs[partners] - inputs)  # NaN where either partner is NaN
    return mixed, weight * targets + (1 - weight) * targets[partners]
