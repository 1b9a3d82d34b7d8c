"""One run: read, split, train, evaluate, record. What it decides is written down in its folder and in MLflow."""

import hashlib
import json
import logging
import os
import platform
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import numpy as np

from convpipe import PROJECT
from convpipe.config import Settings
from convpipe.data import load
from convpipe.data.published import published
from convpipe.data.samples import Samples
from convpipe.data.splits import Split, make_splits
from convpipe.errors import ConfigError, ConvpipeError
from convpipe.training.devices import start_backend

log = logging.getLogger("convpipe")
#: What a run's settings hold beside what decides its result.
BESIDE = ("tracking", "sweep")
PACKAGES = ("tensorflow", "keras", "numpy", "scikit-learn", "hydra-core", "mlflow")
#: Published methods whose gap to the run is tracked.
COMPARED = ("FCN", "ResNet", "InceptionTime", "LITETime", "MiniRocket", "HIVE-COTEv2")


def run(settings: Settings, folder: Path) -> dict:
    """Run `settings` and leave everything in `folder`.

    Args:
        settings: of the run; with training.resume those of the stopped run are used instead, in its folder.
        folder: of the run.

    Returns:
        What result.json holds.

    Raises:
        ConvpipeError: whatever the user can mend; nothing was written if it was seen before the training.
        KeyboardInterrupt: Ctrl-C; the run is left so that training.resume goes on with it.
    """
    if settings.training.resume:
        settings, folder = stopped_run(Path(settings.training.resume))
    samples = load(settings.data, settings.window, log.info)
    splits = make_splits(samples, settings.split)
    start_backend()
    from convpipe.training.train import Trainer

    with _recorded(settings, samples, splits, folder) as (tracker, result):
        parts = []
        for split in splits:
            log.info(split.rule)
            trainer = Trainer(samples, settings, _watchers(tracker, split), _inside(folder, "state", split))
            parts.append(_finished_part(trainer.train(split), samples, split, folder))
        result |= combined(parts) | {"seconds": round(time.perf_counter() - _STARTED, 2)}
        _record_results(tracker, result, folder)
    return result


_STARTED = time.perf_counter()


def config_sha256(settings: Settings) -> str:
    """Hash of all settings that can change a result, the seed included (hexadecimal)."""
    values = {key: value for key, value in asdict(settings).items() if key not in BESIDE}
    values["training"] = {key: value for key, value in values["training"].items() if key != "resume"}
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def stopped_run(folder: Path) -> tuple[Settings, Path]:
    """Settings and folder of a run that was stopped.

    Raises:
        ConfigError: there is no such run, or it is finished.
    """
    from omegaconf import OmegaConf

    from convpipe.settings import to_settings

    path, result = folder / "config.yaml", folder / "result.json"
    if not path.exists():
        raise ConfigError(f"training.resume={folder} is not the folder of a run: it holds no config.yaml")
    if result.exists() and json.loads(result.read_text())["status"] == "finished":
        raise ConfigError(f"training.resume={folder} is finished; there is nothing to go on with")
    return to_settings(OmegaConf.load(path), Settings), folder.absolute()
