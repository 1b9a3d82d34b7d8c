"""Train a recorded run again and check that the weights are the same.

usage: {program} RUN [--output FOLDER]

RUN is the folder or the run_id of a finished run. Settings and seed come from its record. The data must be unchanged.
Differences in versions, cores or code are printed before training. The exit status is 0 if all weights are bit-for-bit
equal, else 1.
"""

import argparse
import sys
from datetime import datetime
from pathlib import Path

from convpipe import paths
from convpipe.cli.classifier_argument import page_parser
from convpipe.cli.start import end_like_ctrl_c, exit_now, run_plain


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = page_parser("reproduce", __doc__)
    parser.add_argument("run", metavar="RUN", help="folder or run_id of a finished run")
    parser.add_argument("--output", type=Path, metavar="FOLDER", help="new folder for the reproduction")
    help_of_plugin = "your module that the run needs; can be repeated"
    parser.add_argument("--plugin", action="append", default=[], metavar="MODULE", help=help_of_plugin)
    return parser.parse_args()


def run() -> bool:
    """Train again and return whether the weights are equal."""
    options = arguments()
    end_like_ctrl_c()
    import logging

    from convpipe.plugins import load_plugins

    logging.basicConfig(format="%(message)s", stream=sys.stdout, level=logging.WARNING)
    logging.getLogger("convpipe").setLevel(logging.INFO)
    load_plugins(options.plugin)
    from convpipe.experiment.reproduction import changes, recorded, reproduce

    folder, result = recorded(options.run)
    for line in changes(result):
        print(line, flush=True)
    started = datetime.now().strftime("%Y-%m-%d/%H-%M-%S-%f")
    reproduction = reproduce(folder, result, options.output or paths.HOME / "runs" / "reproductions" / started)
    print("\n".join(reproduction.lines()), flush=True)
    return reproduction.is_equal


def main() -> None:
    """Run the command on `sys.argv`."""
    equal = True

    def task() -> None:
        nonlocal equal
        equal = run()

    run_plain(task)
    exit_now(0 if equal else 1)
