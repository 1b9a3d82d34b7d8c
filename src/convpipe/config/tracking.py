"""Settings of evaluation, tracking and sweeps."""

import importlib.util
from dataclasses import dataclass
from typing import ClassVar

from convpipe.config.schema import SettingsGroup, setting
from convpipe.errors import ConfigError


@dataclass
class Tracking(SettingsGroup):
    """Tracking of runs in MLflow."""

    KEY: ClassVar[str] = "tracking"
    experiment: str | None = setting(None, "experiment in MLflow; unset: the name of the dataset")
    enabled: bool = setting(True, "record the run in MLflow; false: only in the folder of the run")
    report: bool = setting(True, "write report.html to the folder of the run")
    system_metrics: bool = setting(False, "also record CPU, memory and disk usage (extra system-metrics)")

    def __post_init__(self):
        super().__post_init__()
        if self.system_metrics and importlib.util.find_spec("psutil") is None:
            message = "tracking.system_metrics needs the package psutil"
            remedy = "pip install 'convpipe[system-metrics]'"
            raise ConfigError(message, key="tracking.system_metrics", value=True, remedy=remedy)


@dataclass
class Sweep(SettingsGroup):
    """Settings of a sweep (-m)."""

    KEY: ClassVar[str] = "sweep"
    resume: bool = setting(False, "skip finished jobs with the same settings and the same data")
    table: str | None = setting(None, "CSV file to which the means over seeds are added; other rows are kept")


@dataclass
class Evaluation(SettingsGroup):
    """The metrics computed on the validation and the test part."""

    KEY: ClassVar[str] = "evaluation"
    metrics: list[str] = setting(
        ["accuracy", "balanced_accuracy", "macro_f1", "log_loss", "expected_calibration_error"],
        "names of metrics; also available: matthews_corrcoef, brier_score, roc_auc, and metrics of your plugins",
    )

    def __post_init__(self):
        super().__post_init__()
        if "accuracy" not in self.metrics:
            self.metrics = ["accuracy", *self.metrics]  # tables and sweeps are sorted by accuracy
