"""Random changes to training batches, in NumPy, so that every backend trains on the same ones.

All randomness comes from the generator that is handed in: the same state gives the same batch, to the bit.
"""

import numpy as np

from convpipe.config import Augmentation
from convpipe.training.augmentation.images import augment_images
from convpipe.training.augmentation.series import augment_series
from convpipe.training.augmentation.volumes import augment_volumes

#: Number of axes of a batch -> what changes it: series and sound, images, volumes.
AUGMENT = {3: augment_series, 4: augment_images, 5: augment_volumes}


def augment(inputs: np.ndarray, settings: Augmentation, random: np.random.Generator) -> np.ndarray:
    """A changed copy of a training batch (batch, ..., channels) float32; see the function for its number of axes."""
    return AUGMENT[inputs.ndim](inputs, settings, random) if inputs.ndim in AUGMENT else inputs


def mixup(inputs: np.ndarray, targets: np.ndarray, alpha: float, random: np.random.Generator):
    """Each sample mixed with a random one of its batch, inputs and targets in the same share.

    The share is drawn anew for each sample from Beta(alpha, alpha). A mixed series has the steps of its shorter
    partner: beyond them only one of the two speaks, and half a sum is not a mixture. Reference: Zhang et al. (2018),
    "mixup: beyond empirical risk minimization".

    Args:
        inputs: (batch, ..., channels) float32, NaN beyond the end of each series.
        targets: (batch, classes) float32, each row a distribution.
        alpha: 0 for no mixing; the larger, the nearer to half and half.
        random: the source of all randomness; it moves on.

    Returns:
        Mixed inputs and targets of the same shapes and dtypes; the arguments themselves where alpha is zero.
    """
    if not alpha:
        return inputs, targets
    partners = random.permutation(len(inputs))
    share = random.beta(alpha, alpha, size=(len(inputs), 1)).astype(np.float32)
    own = share.reshape(-1, *[1] * (inputs.ndim - 1))
    mixed = inputs + (1 - own) * (inputs[partners] - inputs)  # NaN where either partner is NaN
    return mixed, share * targets + (1 - share) * targets[partners]
