"""Train a recorded run again and say whether its weights come out the same.

usage: {program} RUN [--output FOLDER]

RUN is the folder of a run or its run_id. Settings and seed come from its record. The data must be those of the run.
Other versions, cores or code are named before the training. The exit status is 0 where all weights are equal to the
bit, and 1 where they are not.
"""

import argparse
import sys
from datetime import datetime
from pathlib import Path

from convpipe import paths
from convpipe.cli.classifier_argument import page_parser
from convpipe.cli.start import end_like_ctrl_c, exit_now, run_plain


def arguments() -> argparse.Namespace:
    """The words of the command line."""
    parser = page_parser("reproduce", __doc__)
    parser.add_argument("run", metavar="RUN", help="folder of a run, or its run_id")
    parser.add_argument("--output", type=Path, metavar="FOLDER", help="new folder of the reproduction")
    parser.add_argument(
        "--plugin", action="append", default=[], metavar="MODULE", help="a module of yours that it needs"
    )
    return parser.parse_args()


def run() -> bool:
    """Train again; whether the weights are equal."""
    asked = arguments()
    end_like_ctrl_c()
    import logging

    from convpipe.plugins import load_plugins

    logging.basicConfig(format="%(message)s", stream=sys.stdout, level=logging.WARNING)
    logging.getLogger("convpipe").setLevel(logging.INFO)
    load_plugins(asked.plugin)
    from convpipe.experiment.reproduction import changes, recorded, reproduce

    folder, result = recorded(asked.run)
    for line in changes(result):
        print(line, flush=True)
    moment = datetime.now().strftime("%Y-%m-%d/%H-%M-%S-%f")
    made = reproduce(folder, result, asked.output or paths.HOME / "runs" / "reproductions" / moment)
    print("\n".join(made.lines()), flush=True)
    return made.is_equal


def main() -> None:
    """Run the command on the words of `sys.argv`."""
    equal = True

    def task() -> None:
        nonlocal equal
        equal = run()

    run_plain(task)
    exit_now(0 if equal else 1)
