"""Train matched networks of Conv1D, Conv2D and Conv3D layers on one dataset and compare them in a table and a figure.

usage: {program} [data=NAME] [seeds=N] [matched.KEY=VALUE ...] [key=value ...]

  {program} data=watch split.folds=5 training.epochs=8
  {program} compare=sensors data=gunpoint seeds=5
  {program} data=digits matched.filters=[16,32] matched.kernel_sizes=[3,3] matched.pooling=[2,1]

  series    Conv1D over steps, also as Conv2D of height one; Conv2D over steps x channels; Conv2D over spectrograms
  sound     Conv1D over the waveform; Conv2D over the spectrogram
  volumes   Conv3D over the cube; Conv2D over its middle slice; Conv1D over its middle line
  images    Conv2D over pixels; Conv1D over rows
  texts     Conv1D over words, also as Conv2D of full width

seeds=N               trainings per network (default: 5); fewer than 3 are too few to compare accuracies
shuffles=N            repetitions of the shuffle test (default: 5; 0: no test), which shuffles one axis of every sample
matched.*             filters, kernel_sizes, pooling and dropout of all networks
sweep.resume=true     skips finished trainings
sweep.table=FILE      writes the table to this file too
all other keys        apply to every training, as in train; model= and experiment= are not accepted
"""

import sys
from pathlib import Path

from convpipe.cli.start import start


def run(config) -> None:
    """Run the comparison. Imports follow the arguments; only the training processes import TensorFlow."""
    from hydra.core.hydra_config import HydraConfig

    from convpipe.config.schema import to_settings
    from convpipe.experiment.comparison.overrides import passed_on
    from convpipe.experiment.comparison.runner import Comparison
    from convpipe.experiment.comparison.settings import ComparisonSettings

    hydra = HydraConfig.get()
    words = passed_on(list(hydra.overrides.task))
    folders = [f"--config-dir={each.path}" for each in hydra.runtime.config_sources if each.provider == "command-line"]
    comparison = Comparison(to_settings(config, ComparisonSettings), Path(hydra.runtime.output_dir), [*folders, *words])
    if comparison.run():
        sys.exit(1)


def main() -> None:
    """Run the command on `sys.argv`."""
    words, schema = set(sys.argv[1:]), "convpipe.experiment.comparison.settings:ComparisonSettings"
    if {"-m", "--multirun"} & words and not {"--help", "-h"} & words:
        sys.exit(print("error: compare takes seeds=N instead of -m; leave out -m", file=sys.stderr) or 2)
    start(run, config_name="compare", schemas={"comparison_settings": schema}, page=__doc__)
