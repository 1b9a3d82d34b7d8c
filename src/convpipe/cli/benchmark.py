"""Measure convpipe beside other libraries on the same data and cores.

usage: {program} [suite=NAME] [peers=NAME] [key=value ...]

  {program} suite=fixed_kernels peers=aeon
  {program} sets=[gunpoint] repeats=5
  {program} suite=training peers=[keras,torch]

  fixed_kernels  mini_rocket, hydra, hydra_mini beside aeon's MiniRocket, Hydra
                 and MultiRocketHydra: fit and predict, the first time (cold)
                 and the second (warm), and accuracy
  training       a step of fcn, inception_time and text_cnn here, under the bare
                 fit of Keras, and as PyTorch modules
  export         certificates of every model in every format of the command
                 export, and what quantizing costs; repeats=1 is enough
  scaling        seconds and memory of hydra_mini for ten and a hundred times
                 the series, and ten times the steps; repeats=1 is enough
  start          what surrounds the fit of three short runs (series, image,
                 text), in imports of TensorFlow

peers=NAME     aeon; keras, torch; none. Extra: pip install 'convpipe[peers]'
sets=[...]     datasets of fixed_kernels (eight small ones of the archive)
models=[...]   some of the models only (export: of its tasks)
repeats=N      fresh processes for each row, in turn with the others (3)
threads=N      of every measurement (the cores of this process)
resume=false   measures rows of the table again that match
table=FILE     where the rows go (results/benchmark_SUITE.csv), and the figure
exit status    1 where a measurement failed
"""

import sys
from pathlib import Path

from convpipe.cli.start import start


def run(config) -> None:
    """Everything is imported here, after the arguments are known; libraries only by the processes that measure."""
    from hydra.core.hydra_config import HydraConfig

    from convpipe.config.schema import to_settings
    from convpipe.experiment.benchmark.runner import Benchmark
    from convpipe.experiment.benchmark.settings import BenchmarkSettings

    folder = Path(HydraConfig.get().runtime.output_dir)
    if Benchmark(to_settings(config, BenchmarkSettings), folder).run():
        sys.exit(1)


def main() -> None:
    """Run the command on the words of `sys.argv`."""
    words, schema = set(sys.argv[1:]), "convpipe.experiment.benchmark.settings:BenchmarkSettings"
    if {"-m", "--multirun"} & words and not {"--help", "-h"} & words:
        sys.exit(print("error: benchmark repeats by itself (repeats=N); leave out -m", file=sys.stderr) or 2)
    start(run, config_name="benchmark", schemas={"benchmark_settings": schema}, page=__doc__)
