"""Show why a trained classifier of texts predicts a class: each word coloured by what it adds to the class.

usage: {program} RUN ["a text" ...]
       {program} RUN --axes

RUN is a run's folder, its classifier's folder, or the run_id of its result.json. Without a text every line of standard
input is one. Blue words (in a pipe: the first line of words) speak for the class, red ones against it.

With --axes, for samples of any kind: the accuracy on the test part when the steps, channels, rows, ... of every sample
are shuffled. The more it drops, the more the classifier uses the order of that axis.
"""

import argparse
import sys

from convpipe.cli.start import exit_now, run_plain
from convpipe.paths import command


def arguments() -> argparse.Namespace:
    """The words of the command line."""
    about = (__doc__ or "").format(program=command("explain"))
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.usage = argparse.SUPPRESS
    parser.add_argument("run", metavar="RUN", help="folder of a run or of a classifier, or a run_id")
    parser.add_argument("texts", metavar="TEXT", nargs="*", help="texts to explain; default: lines of standard input")
    parser.add_argument("--axes", action="store_true", help="shuffle each axis of the test part's samples")
    parser.add_argument("--class", dest="label", metavar="NAME", help="explain this class instead of the likeliest one")
    parser.add_argument("--plugin", action="append", default=[], metavar="MODULE", help="your module that RUN needs")
    asked = parser.parse_args()
    if asked.axes and (asked.texts or asked.label):
        parser.error("--axes takes the run's own test part; leave out texts and --class")
    return asked


def run() -> None:
    """Print the explanation of each text, or the shuffle test of a run."""
    asked = arguments()
    from convpipe.backend import start_backend
    from convpipe.inference.locate import classifier_folder
    from convpipe.plugins import load_plugins

    load_plugins(asked.plugin)
    if asked.axes:
        start_backend()
        from convpipe.evaluation.shuffle_test import shuffle_lines, shuffle_runs

        print("\n".join(shuffle_lines(shuffle_runs([asked.run]))))
        return
    folder = classifier_folder(asked.run)
    start_backend()
    from rich.console import Console

    from convpipe.evaluation.explanation import explain
    from convpipe.evaluation.explanation_lines import explanation_lines
    from convpipe.inference.classifier import Classifier

    classifier, console = Classifier.load(folder), Console(soft_wrap=True, highlight=False)
    for text in asked.texts or (line.rstrip("\r\n") for line in sys.stdin):
        for line in explanation_lines(explain(classifier, text), asked.label):
            console.print(line)


def main() -> None:
    """Run the command on the words of `sys.argv`."""
    run_plain(run)
    exit_now()
