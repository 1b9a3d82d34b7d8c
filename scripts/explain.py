"""Why a trained classifier of texts says what it says: each word coloured by what it adds to the class.

usage: python scripts/explain.py RUN ["a text" ...]

RUN is a run's folder, its classifier's folder, or the run_id of its result.json. Without a text every line of standard
input is one. Blue words (in a pipe: the first line of words) speak for the class, red ones against it.
"""

import argparse
import sys

from convpipe.command_line import leave, run_plain


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.usage = argparse.SUPPRESS
    parser.add_argument("run", metavar="RUN", help="folder of a run or of a classifier, or a run_id")
    parser.add_argument("texts", metavar="TEXT", nargs="*", help="what to explain; none: the lines of standard input")
    parser.add_argument("--class", dest="label", metavar="NAME", help="explain this class instead of the likeliest one")
    return parser.parse_args()


def main() -> None:
    asked = arguments()
    from convpipe.convolution.run_network import classifier_folder
    from convpipe.training.devices import start_backend

    folder = classifier_folder(asked.run)
    start_backend()
    from rich.console import Console

    from convpipe.classifier import Classifier
    from convpipe.evaluation.explanation import explain
    from convpipe.evaluation.explanation_lines import explanation_lines

    classifier, console = Classifier.load(folder), Console(soft_wrap=True, highlight=False)
    for text in asked.texts or (line.rstrip("\r\n") for line in sys.stdin):
        for line in explanation_lines(explain(classifier, text), asked.label):
            console.print(line)


if __name__ == "__main__":
    run_plain(main)
    leave()
