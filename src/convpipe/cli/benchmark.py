"""Measure the speed and accuracy of convpipe and other libraries on the same data and cores.

usage: {program} [suite=NAME] [peers=NAME] [key=value ...]

  {program} suite=fixed_kernels peers=aeon
  {program} sets=[gunpoint] repeats=5
  {program} suite=training peers=[keras,torch]

  fixed_kernels  mini_rocket, hydra and hydra_mini, and aeon's MiniRocket, Hydra
                 and MultiRocketHydra: accuracy, and seconds of the first (cold)
                 and the second (warm) fit and predict
  training       seconds per training step of fcn, inception_time and text_cnn
                 in convpipe, in plain Keras, and in PyTorch
  export         certificates of every model in every export format, and the
                 accuracy that quantization costs; repeats=1 is enough
  scaling        seconds and memory of hydra_mini for 10 and 100 times as many
                 series, and for 10 times as many steps; repeats=1 is enough
  start          time that three short runs (series, image, text) need besides
                 the fit, divided by the import time of TensorFlow

peers=NAME     aeon, keras, torch or none (pip install 'convpipe[peers]')
sets=[...]     datasets of fixed_kernels (default: eight small archive datasets)
models=[...]   only these models (export: only these tasks)
repeats=N      fresh processes per row, alternating between rows (default: 3)
threads=N      threads of every measurement (default: cores of this process)
resume=false   repeats measurements that are already in the table
table=FILE     the table (default: results/benchmark_SUITE.csv); the figure is
               written next to it
exit status    1 if a measurement failed
"""

import sys
from pathlib import Path

from convpipe.cli.start import start


def run(config) -> None:
    """Run the benchmark. Imports follow the arguments; only the measuring processes import the compared libraries."""
    from hydra.core.hydra_config import HydraConfig

    from convpipe.config.schema import to_settings
    from convpipe.experiment.benchmark.runner import Benchmark
    from convpipe.experiment.benchmark.settings import BenchmarkSettings

    folder = Path(HydraConfig.get().runtime.output_dir)
    if Benchmark(to_settings(config, BenchmarkSettings), folder).run():
        sys.exit(1)


def main() -> None:
    """Run the command on `sys.argv`."""
    words, schema = set(sys.argv[1:]), "convpipe.experiment.benchmark.settings:BenchmarkSettings"
    if {"-m", "--multirun"} & words and not {"--help", "-h"} & words:
        sys.exit(print("error: benchmark takes repeats=N instead of -m; leave out -m", file=sys.stderr) or 2)
    start(run, config_name="benchmark", schemas={"benchmark_settings": schema}, page=__doc__)
