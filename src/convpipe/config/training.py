"""Settings of training: the optimizer, augmentation, ensembles."""

from dataclasses import dataclass
from typing import ClassVar

from convpipe.config.schema import SettingsGroup, setting


@dataclass
class Training(SettingsGroup):
    """How the weights are found."""

    KEY: ClassVar[str] = "training"
    epochs: int | None = setting(None, "passes over the training part; unset: by its size", low=1, high=100_000)
    batch_size: int | None = setting(None, "samples in a step; unset: by the number of samples", low=1, high=65_536)
    optimizer: str = setting("adamw", "the optimizer", choices=["adamw", "sgd"])
    learning_rate: float = setting(1e-3, "highest learning rate", low=1e-7, high=10.0)
    weight_decay: float = setting(1e-2, "decoupled weight decay (AdamW)", low=0.0, high=1.0)
    lr_schedule: str = setting("one_cycle", "learning rate over steps", choices=["one_cycle", "cosine", "constant"])
    warmup: float = setting(0.1, "fraction of all steps in which the learning rate rises", low=0.0, high=0.9)
    label_smoothing: float = setting(0.0, "fraction of a label that is spread over all classes", low=0.0, high=0.5)
    loss: str = setting("cross_entropy", "what is minimized", choices=["cross_entropy", "focal"])
    focal_gamma: float = setting(2.0, "how strongly the focal loss discounts easy samples", low=0.0, high=10.0)
    class_weights: bool = setting(False, "weight a sample by the inverse frequency of its class")
    balanced_batches: bool = setting(False, "draw classes equally often (rare samples repeat within an epoch)")
    global_clipnorm: float = setting(0.0, "largest norm of the gradient of a step, 0: no limit", low=0.0, high=1e6)
    precision: str = setting(
        "float32", "arithmetic of the network", choices=["float32", "mixed_bfloat16", "mixed_float16"]
    )
    early_stopping_patience: int = setting(0, "epochs without a better val_loss, 0: all run", low=0, high=100_000)
    restore_best_weights: bool = setting(True, "end with the weights of the lowest val_loss, if there is validation")
    validation_freq: int | None = setting(None, "epochs between validations; unset: a fiftieth", low=1, high=10_000)
    recalibrate: bool = setting(True, "recompute batch-normalization statistics over the training part before use")
    calibrate: bool = setting(
        False, "fit one temperature of the probabilities on the validation part (Guo et al. 2017)"
    )
    ema_momentum: float = setting(0.0, "momentum of the average of weights over steps, 0: none", low=0.0, high=0.99999)
    length_bucketing: int = setting(1, "batches that are sorted by length together; 1: not sorted", low=1, high=1000)
    max_steps: int | None = setting(None, "stop each epoch after so many steps (debugging)", low=1)
    resume: str | None = setting(None, "folder of a stopped run, which continues where it stopped")


@dataclass
class Augmentation(SettingsGroup):
    """Random changes to training batches (never to validation or test); zero switches one off."""

    KEY: ClassVar[str] = "augmentation"
    jitter: float = setting(0.0, "standard deviation of added noise, in deviations of the channel", low=0.0, high=2.0)
    scaling: float = setting(0.0, "standard deviation of a factor around 1, one for each channel", low=0.0, high=1.0)
    time_warp: float = setting(0.0, "strength of a smooth change of speed, 0.2 for up to 20 %", low=0.0, high=0.9)
    window_slice: float = setting(0.0, "largest fraction that a crop, stretched back, omits", low=0.0, high=0.9)
    time_shift: float = setting(0.0, "largest shift as a fraction of the steps; zeros fill the gap", low=0.0, high=0.5)
    translation: float = setting(0.0, "largest shift as a fraction of each edge of an image or volume", low=0, high=0.5)
    flip: bool = setting(False, "mirror half of the images; only where no class depends on the direction")
    crop: float = setting(0.0, "largest fraction of each edge that a crop, resized back, omits", low=0, high=0.9)
    cutout: float = setting(0.0, "edge of a blanked square, as a fraction of the edge of the image", low=0.0, high=0.9)
    rotation: float = setting(0.0, "largest angle in degrees of a random rotation of a volume", low=0.0, high=180.0)
    brightness_contrast: float = setting(0.0, "deviation of a random factor and of an offset", low=0.0, high=1.0)
    channel_rotation: float = setting(0.0, "largest rotation of each triple of channels in degrees", low=0, high=180)
    mixup: float = setting(0.0, "alpha of the Beta(alpha, alpha) that mixes pairs of samples", low=0.0, high=10.0)


@dataclass
class Ensemble(SettingsGroup):
    """Several networks that differ in their seed; their probabilities are averaged."""

    KEY: ClassVar[str] = "ensemble"
    size: int = setting(1, "number of networks", low=1, high=100)
    linear: bool = setting(False, "add the linear model, with as much weight as all the others together")
