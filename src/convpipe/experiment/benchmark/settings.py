"""Settings of the command `benchmark`."""

import importlib.util
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from convpipe import paths
from convpipe.config.schema import SettingsGroup, setting
from convpipe.errors import ConfigError
from convpipe.experiment.benchmark import SUITES
from convpipe.workers import own_cores

#: Datasets from packages of registries, small enough to measure in minutes.
SETS = ["acsf1", "arrowhead", "gunpoint", "italypowerdemand", "osuleaf"]
SETS += ["basicmotions", "japanesevowels", "pickupgesturewiimotez"]


@dataclass
class BenchmarkSettings(SettingsGroup):
    """Settings of the command `benchmark`."""

    suite: str = setting("fixed_kernels", "suite of measurements")
    peers: Any = setting(None, "other libraries to measure: a name, a list, or none; unset: all of the suite")
    sets: list[str] = setting(SETS, "datasets of the suite fixed_kernels, by their names in data=")
    models: list[str] | None = setting(None, "models, recipes or runs of the suite; unset: all")
    repeats: int = setting(3, "fresh processes for each row, with seeds starting at `seed`", low=1, high=100)
    threads: int | None = setting(
        None, "threads of every measurement; unset: the number of cores of this process", low=1, high=1024
    )
    seed: int = setting(0, "seed of the first process of each row", low=0, high=2**31 - 1)
    resume: bool = setting(True, "keep matching rows of the table instead of measuring them again")
    table: str | None = setting(None, "CSV file for the rows; unset: results/benchmark_SUITE.csv")

    def __post_init__(self):
        super().__post_init__()
        if self.suite not in SUITES:
            remedy = f"choose one of {', '.join(SUITES)}"
            raise ConfigError(f"unknown suite {self.suite}", key="suite", value=self.suite, remedy=remedy)
        known = self.module.PEERS
        named = list(known) if self.peers is None else [self.peers] if isinstance(self.peers, str) else list(self.peers)
        self.peers = [name for name in named if name != "none"]
        for name in self.peers:
            if name not in known:
                message, remedy = f"suite={self.suite} has no peer {name}", f"choose one of {', '.join(known)}, none"
                raise ConfigError(message, key="peers", value=name, remedy=remedy)
            missing = [each for each in known[name] if importlib.util.find_spec(each) is None]
            if missing:
                message, remedy = f"peers={name} needs the package {missing[0]}", "pip install 'convpipe[peers]'"
                raise ConfigError(message, key="peers", value=name, remedy=remedy)

    @property
    def module(self):
        """The module of the suite."""
        return import_module(SUITES[self.suite])

    @property
    def libraries(self) -> list[str]:
        """convpipe and the selected peers."""
        return ["convpipe", *self.peers]

    @property
    def place(self) -> Path:
        """Path of the table."""
        default = paths.HOME / "results" / f"benchmark_{self.suite}.csv"
        return Path(self.table).expanduser() if self.table else default

    @property
    def used_threads(self) -> int:
        """Number of threads of every measurement."""
        return self.threads or own_cores()
