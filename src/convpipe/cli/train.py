"""Train a classifier (read, split, fit, evaluate, track), or several with -m."""

import sys
from pathlib import Path

from convpipe.cli.start import exit_now, start
from convpipe.overrides import quoted


def run(config) -> None:
    """Run one training or one job of a sweep. Heavy imports follow the arguments."""
    from hydra.core.hydra_config import HydraConfig
    from hydra.types import RunMode

    if HydraConfig.get().mode is RunMode.MULTIRUN:
        from convpipe.experiment.sweep.job import run_job

        return run_job(config)
    from convpipe.config import Settings
    from convpipe.config.schema import to_settings
    from convpipe.errors import ConfigError
    from convpipe.experiment.run import run

    settings, hydra = to_settings(config, Settings), HydraConfig.get()
    words = list(hydra.overrides.task)
    others = [word for word in words if not word.startswith(("training.resume=", "plugins=", "tracking."))]
    if settings.training.resume and others:
        message, remedy = "training.resume uses the settings of the stopped run", f"leave out {others[0]}"
        raise ConfigError(message, key="training.resume", remedy=remedy)
    keep_tracking = any(word.startswith("tracking.") for word in words)
    run(settings, Path(hydra.runtime.output_dir), keep_tracking, background=True)


def main() -> None:
    """Run the command on `sys.argv`."""
    sys.argv = _in_folder_of_stopped_run(sys.argv)
    start(run, config_name="train", surround=_closing_sweep)
    if "tensorflow" in sys.modules:
        exit_now()


def _closing_sweep():
    from convpipe.cli.sweep_hook import closing

    return closing()


def _in_folder_of_stopped_run(arguments: list[str]) -> list[str]:
    """Let a resumed run write to the folder of the stopped run."""
    for word in arguments:
        folder = Path(word.removeprefix("training.resume=").strip("'\"")).expanduser()
        if word.startswith("training.resume=") and (folder / "config.yaml").exists():
            return [*arguments, f"hydra.run.dir={quoted(folder)}"]
    return arguments
