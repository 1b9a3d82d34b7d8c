"""Settings of the training, of where runs are recorded, and of sweeps."""

from dataclasses import dataclass
from typing import ClassVar

from convpipe.settings import Group, setting


@dataclass
class Training(Group):
    """How the weights are found."""

    KEY: ClassVar[str] = "training"
    epochs: int | None = setting(None, "passes over the training part; none: by its size", low=1, high=100_000)
    batch_size: int | None = setting(None, "samples a step; none: by the number of samples", low=1, high=65_536)
    optimizer: str = setting("adamw", "the rule that moves the weights", choices=["adamw", "sgd"])
    learning_rate: float = setting(1e-3, "highest learning rate", low=1e-7, high=10.0)
    weight_decay: float = setting(1e-2, "decoupled weight decay (AdamW)", low=0.0, high=1.0)
    schedule: str = setting("one_cycle", "course of the learning rate", choices=["one_cycle", "cosine", "constant"])
    warmup: float = setting(0.1, "share of all steps in which the rate rises", low=0.0, high=0.9)
    label_smoothing: float = setting(0.0, "share of a label that is spread over all classes", low=0.0, high=0.5)
    loss: str = setting("cross_entropy", "what is minimised", choices=["cross_entropy", "focal"])
    focal_gamma: float = setting(2.0, "how strongly focal loss discounts easy samples", low=0.0, high=10.0)
    class_weights: bool = setting(False, "weigh a sample by the inverse frequency of its class")
    balanced_batches: bool = setting(False, "draw classes equally often (rare samples repeat within an epoch)")
    gradient_clipping: float = setting(0.0, "largest norm of a step's gradient, 0 for no clipping", low=0.0, high=1e6)
    precision: str = setting(
        "float32", "arithmetic of the network", choices=["float32", "mixed_bfloat16", "mixed_float16"]
    )
    patience: int = setting(
        0, "stop after so many epochs without a better validation loss, 0 to run them all", low=0, high=100_000
    )
    best_weights: bool = setting(True, "end with the weights of the best validation loss (not where none is cut)")
    validate_every: int | None = setting(
        None, "epochs between validations; none: some fifty in a run", low=1, high=10_000
    )
    recalibrate: bool = setting(True, "recompute batch-normalisation statistics over the training part before use")
    average: float = setting(0.0, "momentum of an average of the weights over steps, 0 for none", low=0.0, high=0.99999)
    bucket: int = setting(
        1,
        "batches in a pool that is sorted by steps, so that short series share batches; 1: unsorted",
        low=1,
        high=1000,
    )
    max_steps: int | None = setting(None, "stop each epoch after so many steps (debugging)", low=1)
    resume: str | None = setting(None, "folder of a run that was stopped; it goes on where it was")


@dataclass
class Ensemble(Group):
    """Several networks that differ in their seed, and vote by the mean of their probabilities."""

    KEY: ClassVar[str] = "ensemble"
    size: int = setting(1, "networks", low=1, high=100)
    linear: bool = setting(False, "the linear model votes beside them, with as much weight as all of them together")


@dataclass
class Tracking(Group):
    """Where runs are recorded."""

    KEY: ClassVar[str] = "tracking"
    experiment: str | None = setting(None, "experiment in MLflow; none: the name of the data set")
    enabled: bool = setting(True, "record in MLflow (off: only the run's own folder)")


@dataclass
class Sweep(Group):
    """What a sweep (-m) does beside its jobs."""

    KEY: ClassVar[str] = "sweep"
    resume: bool = setting(False, "skip jobs that finished already with the same settings and the same data")
    table: str | None = setting(
        None, "CSV file that takes the means over seeds as well, such as results/sensors.csv; its other rows stay"
    )
