"""Predict the classes of new samples with a trained classifier.

usage: {program} CLASSIFIER INPUT... [--output FILE] [--probabilities] [--windows] [--fold N]

CLASSIFIER is the folder of a run or of its classifier, the run_id of a run, or models:/NAME@ALIAS. INPUT is a file, a
folder, or - for standard input (texts: a line each; series: a table of one recording). Samples are read as those of
training; they need no labels. Where they have some, the accuracy is said at the end.

FILE ends in .csv, .parquet or .jsonl; without it CSV goes to standard output. A row has the sample, its class, the
class's probability, and the margin to the next class; with --probabilities also a column for each class. A recording
that training would have cut into windows gets the mean of its windows; with --windows each window has a row.
"""

import argparse
from pathlib import Path

from convpipe import paths
from convpipe.cli.classifier_argument import add_classifier, page_parser
from convpipe.cli.progress import say
from convpipe.cli.start import end_like_ctrl_c, exit_now, run_plain


def arguments() -> argparse.Namespace:
    """The words of the command line."""
    parser = page_parser("predict", __doc__)
    add_classifier(parser)
    parser.add_argument("inputs", metavar="INPUT", nargs="+", help="file, folder, or - for standard input")
    parser.add_argument("--output", type=Path, metavar="FILE", help="where the predictions go (.csv .parquet .jsonl)")
    parser.add_argument("--overwrite", action="store_true", help="replace FILE if it exists")
    parser.add_argument("--probabilities", action="store_true", help="add a column for each class")
    parser.add_argument("--windows", action="store_true", help="a row for each window of a recording")
    return parser.parse_args()


def run() -> None:
    """Read, predict and write, piece by piece."""
    asked = arguments()
    end_like_ctrl_c()
    from convpipe.inference.locate import classifier_folder
    from convpipe.plugins import load_plugins

    load_plugins(asked.plugin)
    folder = classifier_folder(asked.classifier, asked.fold)
    for place in asked.inputs:
        paths.check_input(place)
    paths.check_output(asked.output, asked.overwrite)
    from convpipe.backend import start_backend

    start_backend()
    from convpipe.evaluation.new_predictions import predict_new

    predict_new(folder, asked.inputs, asked.output, asked.probabilities, asked.windows, say)


def main() -> None:
    """Run the command on the words of `sys.argv`."""
    run_plain(run)
    exit_now()
