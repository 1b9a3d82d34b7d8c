"""Train one classifier: read, split, fit, evaluate, track. `python scripts/train.py --help` shows every choice."""

import sys
from pathlib import Path

from convpipe.command_line import leave, start


def main(config):
    """One run, or a job of a sweep; everything heavy is imported here, after the arguments are known."""
    from hydra.core.hydra_config import HydraConfig
    from hydra.types import RunMode

    if HydraConfig.get().mode is RunMode.MULTIRUN:
        from convpipe.sweep_job import run_job

        return run_job(config)
    from convpipe.config import Settings
    from convpipe.errors import ConfigError
    from convpipe.run import run
    from convpipe.settings import to_settings

    settings, hydra = to_settings(config, Settings), HydraConfig.get()
    others = [word for word in hydra.overrides.task if not word.startswith("training.resume=")]
    if settings.training.resume and others:
        raise ConfigError(f"training.resume goes on with the settings of the stopped run; leave out {others[0]}")
    run(settings, Path(hydra.runtime.output_dir))


def in_its_own_folder(arguments):
    """A run that goes on writes its log where it did before."""
    for word in arguments:
        folder = Path(word.removeprefix("training.resume="))
        if word.startswith("training.resume=") and (folder / "config.yaml").exists():
            return [*arguments, f"hydra.run.dir='{folder}'"]
    return arguments


if __name__ == "__main__":
    sys.argv = in_its_own_folder(sys.argv)
    start(main, config_name="train")
    if "tensorflow" in sys.modules:
        leave()
