"""Train one classifier: read, split, fit, evaluate, track. `python scripts/train.py --help` shows every choice."""

from convpipe.command_line import start


def main(config):
    """One run, or a job of a sweep; everything heavy is imported here, after the arguments are known."""
    from pathlib import Path

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


if __name__ == "__main__":
    start(main, config_name="train")
