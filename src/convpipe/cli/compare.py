"""Train matched networks of different layers on one dataset and put them side by side: a table, a figure, a sentence.

usage: {program} [data=NAME] [seeds=N] [matched.KEY=VALUE ...] [key=value ...]

  {program} data=watch split.folds=5 training.epochs=8
  {program} compare=sensors data=gunpoint seeds=5
  {program} data=digits matched.filters=[16,32] matched.kernel_sizes=[3,3] matched.pooling=[2,1]

  series    Conv1D over steps; Conv2D over steps x channels; over spectrograms; the Conv1D again, of height one
  sound     Conv1D over the waveform; Conv2D over the spectrogram
  volumes   Conv3D over the cube; Conv2D over its middle slice; Conv1D over its middle line
  images    Conv2D over pixels; Conv1D over rows
  texts     Conv1D over words; the same again as a Conv2D of full width

seeds=N               trainings of each network (5); with fewer than 3 nothing is said of differences in accuracy
shuffles=N            repetitions of the shuffle test (5): accuracy with one axis of every sample shuffled; 0: none
matched.*             filters, kernel_sizes, pooling, dropout of all networks
sweep.resume=true     skips trainings that finished already
sweep.table=FILE      writes the table there as well
every other key       as of train, for every training; model= and experiment= are not taken
"""

import sys
from pathlib import Path

from convpipe.cli.start import start


def run(config) -> None:
    """Everything is imported here, after the arguments are known; TensorFlow only by the processes that train."""
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
    """Run the command on the words of `sys.argv`."""
    words, schema = set(sys.argv[1:]), "convpipe.experiment.comparison.settings:ComparisonSettings"
    if {"-m", "--multirun"} & words and not {"--help", "-h"} & words:
        sys.exit(print("error: compare trains every seed by itself (seeds=N); leave out -m", file=sys.stderr) or 2)
    start(run, config_name="compare", schemas={"comparison_settings": schema}, page=__doc__)
