"""Train matched networks of different layers on one data set and put them side by side: a table, a figure, a sentence.

usage: python scripts/compare.py [data=NAME] [seeds=N] [matched.KEY=VALUE ...] [key=value ...]

  python scripts/compare.py data=watch split.folds=5 training.epochs=8
  python scripts/compare.py compare=sensors data=gunpoint seeds=5
  python scripts/compare.py data=digits matched.filters=[16,32] matched.kernel_sizes=[3,3] matched.pooling=[2,1]

  series    Conv1D over steps; Conv2D over steps x channels; over spectrograms; the Conv1D again, of height one
  sound     Conv1D over the waveform; Conv2D over the spectrogram
  volumes   Conv3D over the cube; Conv2D over its middle slice; Conv1D over its middle line
  images    Conv2D over pixels; Conv1D over rows
  texts     Conv1D over words; the same again as a Conv2D of full width

seeds=N               trainings of each network (5); under 3 nothing is said of differences in accuracy
matched.*             filters, kernel_sizes, pooling, dropout of all networks: src/convpipe/comparison/settings.py
sweep.resume=true     skips trainings that finished already
sweep.table=FILE      writes the table there as well
every other key       as of scripts/train.py, for every training; model= and experiment= are not taken
"""

import sys
from pathlib import Path

from convpipe.command_line import start


def main(config):
    """Everything is imported here, after the arguments are known; TensorFlow only by the processes that train."""
    from hydra.core.hydra_config import HydraConfig

    from convpipe.comparison.course import Comparison
    from convpipe.comparison.settings import ComparisonSettings
    from convpipe.comparison.words import passed_on
    from convpipe.settings import to_settings

    hydra = HydraConfig.get()
    words = passed_on(list(hydra.overrides.task))
    folders = [f"--config-dir={each.path}" for each in hydra.runtime.config_sources if each.provider == "command-line"]
    comparison = Comparison(to_settings(config, ComparisonSettings), Path(hydra.runtime.output_dir), [*folders, *words])
    if comparison.run():
        sys.exit(1)


if __name__ == "__main__":
    if {"--help", "-h"} & set(sys.argv[1:]):
        print(__doc__, end="")
    elif {"-m", "--multirun"} & set(sys.argv[1:]):
        sys.exit(print("error: compare.py trains every seed by itself (seeds=N); leave out -m", file=sys.stderr) or 2)
    else:
        start(main, config_name="compare")
