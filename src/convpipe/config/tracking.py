"""Settings of reports and records: metrics, MLflow, sweeps."""

import importlib.util
from dataclasses import dataclass
from typing import ClassVar

from convpipe.config.schema import SettingsGroup, setting
from convpipe.errors import ConfigError


@dataclass
class Tracking(SettingsGroup):
    """Where runs are recorded."""

    KEY: ClassVar[str] = "tracking"
    experiment: str | None = setting(None, "experiment in MLflow; unset: the name of the dataset")
    enabled: bool = setting(True, "record in MLflow; false: only in the folder of the run")
    report: bool = setting(True, "write report.html into the folder of the run")
    system_metrics: bool = setting(False, "record the load of processor, memory and disk too (extra system-metrics)")

    def __post_init__(self):
        super().__post_init__()
        if self.system_metrics and importlib.util.find_spec("psutil") is None:
            message, remedy = (
                "tracking.system_metrics needs the package psutil",
                "pip install 'convpipe[system-metrics]'",
            )
            raise ConfigError(message, key="tracking.system_metrics", value=True, remedy=remedy)


@dataclass
class Sweep(SettingsGroup):
    """What a sweep (-m) does besides its jobs."""

    KEY: ClassVar[str] = "sweep"
    resume: bool = setting(False, "skip jobs that finished already with the same settings and the same data")
    table: str | None = setting(None, "CSV file that receives the means over seeds too; its other rows stay")


@dataclass
class Evaluation(SettingsGroup):
    """What is measured on the validation and the test part."""

    KEY: ClassVar[str] = "evaluation"
    metrics: list[str] = setting(
        ["accuracy", "balanced_accuracy", "macro_f1", "log_loss", "expected_calibration_error"],
        "registered metrics; more: matthews_corrcoef, brier_score, roc_auc, or your own from a plugin",
    )

    def __post_init__(self):
        super().__post_init__()
        if "accuracy" not in self.metrics:
            self.metrics = ["accuracy", *self.metrics]  # tables and sweeps are ordered by it
