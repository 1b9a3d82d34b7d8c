"""Settings of training, augmentation and ensembles."""

from dataclasses import dataclass
from typing import ClassVar

from convpipe.config.schema import SettingsGroup, setting


@dataclass
class Training(SettingsGroup):
    """Training of a network."""

    KEY: ClassVar[str] = "training"
    epochs: int | None = setting(None, "passes over the training part; unset: chosen by its size", low=1, high=100_000)
    batch_size: int | None = setting(None, "samples per step; unset: chosen by their number", low=1, high=65_536)
    optimizer: str = setting("adamw", "optimizer", choices=["adamw", "sgd"])
    learning_rate: float = setting(1e-3, "peak learning rate", low=1e-7, high=10.0)
    weight_decay: float = setting(1e-2, "decoupled weight decay (AdamW)", low=0.0, high=1.0)
    lr_schedule: str = setting("one_cycle", "learning rate over steps", choices=["one_cycle", "cosine", "constant"])
    warmup: float = setting(0.1, "fraction of all steps in which the learning rate rises", low=0.0, high=0.9)
    label_smoothing: float = setting(0.0, "fraction of each label spread over all classes", low=0.0, high=0.5)
    loss: str = setting("cross_entropy", "loss function", choices=["cross_entropy", "focal"])
    focal_gamma: float = setting(2.0, "exponent that reduces the focal loss of easy samples", low=0.0, high=10.0)
    class_weights: bool = setting(False, "weight each sample by the inverse frequency of its class")
    balanced_batches: bool = setting(False, "draw classes equally often (rare samples repeat within an epoch)")
    global_clipnorm: float = setting(0.0, "maximum norm of the gradient; 0: no clipping", low=0.0, high=1e6)
    precision: str = setting(
        "float32", "dtype policy of the network", choices=["float32", "mixed_bfloat16", "mixed_float16"]
    )
    early_stopping_patience: int = setting(
        0, "epochs without a better val_loss before training stops; 0: no early stopping", low=0, high=100_000
    )
    restore_best_weights: bool = setting(True, "keep the weights of the lowest val_loss, if there is a validation part")
    validation_freq: int | None = setting(
        None, "epochs between validations; unset: a fiftieth of all epochs", low=1, high=10_000
    )
    recalibrate: bool = setting(True, "recompute batch-normalization statistics over the training part after training")
    calibrate: bool = setting(False, "fit a temperature for the probabilities on the validation part (Guo et al. 2017)")
    ema_momentum: float = setting(
        0.0, "momentum of the moving average of weights over steps; 0: no average", low=0.0, high=0.99999
    )
    length_bucketing: int = setting(1, "number of batches sorted by length together; 1: no sorting", low=1, high=1000)
    max_steps: int | None = setting(None, "maximum steps per epoch, for debugging", low=1)
    resume: str | None = setting(None, "folder of a stopped run to continue")


@dataclass
class Augmentation(SettingsGroup):
    """Random changes to training batches, never to validation or test samples; zero disables a change."""

    KEY: ClassVar[str] = "augmentation"
    jitter: float = setting(0.0, "standard deviation of noise, relative to that of the channel", low=0.0, high=2.0)
    scaling: float = setting(0.0, "standard deviation of a factor around 1 per channel", low=0.0, high=1.0)
    time_warp: float = setting(0.0, "strength of a smooth change of speed; 0.2: up to 20%", low=0.0, high=0.9)
    window_slice: float = setting(0.0, "largest fraction removed by a crop, then stretched back", low=0.0, high=0.9)
    time_shift: float = setting(0.0, "largest shift as a fraction of the steps; zeros fill the gap", low=0.0, high=0.5)
    translation: float = setting(0.0, "largest shift as a fraction of each edge of an image or volume", low=0, high=0.5)
    flip: bool = setting(False, "mirror half of the images left to right, if no class depends on the direction")
    crop: float = setting(0.0, "largest fraction of each edge removed by a crop, then resized back", low=0, high=0.9)
    cutout: float = setting(0.0, "edge of an erased square, as a fraction of the shorter edge", low=0.0, high=0.9)
    rotation: float = setting(0.0, "largest random rotation of a volume in degrees", low=0.0, high=180.0)
    brightness_contrast: float = setting(
        0.0, "standard deviation of a random factor and a random offset", low=0.0, high=1.0
    )
    channel_rotation: float = setting(
        0.0, "largest random rotation of each triple of channels in degrees", low=0, high=180
    )
    mixup: float = setting(0.0, "alpha of Beta(alpha, alpha) for mixing pairs of samples", low=0.0, high=10.0)


@dataclass
class Ensemble(SettingsGroup):
    """Several networks with different seeds, whose probabilities are averaged."""

    KEY: ClassVar[str] = "ensemble"
    size: int = setting(1, "number of networks", low=1, high=100)
    linear: bool = setting(False, "add the linear model, with as much weight as all networks together")
