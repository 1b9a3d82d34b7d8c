"""Predict the classes of new samples with a trained classifier.

usage: {program} CLASSIFIER INPUT... [--output FILE] [--probabilities] [--windows] [--fold N]

CLASSIFIER is the folder of a run or of its classifier, the run_id of a run, or models:/NAME@ALIAS. INPUT is a file, a
folder, or - for standard input (one text per line, or a table with one series). Samples are read like the training
data and need no labels. If they have labels, the accuracy is printed at the end.

FILE ends in .csv, .parquet or .jsonl; default: CSV on standard output. Each row has the sample, the predicted class,
its probability, and the margin to the next class; --probabilities adds a column for each class. If training cut
recordings into windows, the prediction for a recording is the mean over its windows; --windows writes a row for each
window.
"""

import argparse
from pathlib import Path

from convpipe import paths
from convpipe.cli.classifier_argument import add_classifier, page_parser
from convpipe.cli.progress import say
from convpipe.cli.start import end_like_ctrl_c, exit_now, run_plain


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = page_parser("predict", __doc__)
    add_classifier(parser)
    parser.add_argument("inputs", metavar="INPUT", nargs="+", help="file, folder, or - for standard input")
    parser.add_argument("--output", type=Path, metavar="FILE", help="output file (.csv, .parquet or .jsonl)")
    parser.add_argument("--overwrite", action="store_true", help="replace FILE if it exists")
    parser.add_argument("--probabilities", action="store_true", help="add a column for each class")
    parser.add_argument("--windows", action="store_true", help="write a row for each window of a recording")
    return parser.parse_args()


def run() -> None:
    """Read, predict and write in batches."""
    options = arguments()
    end_like_ctrl_c()
    from convpipe.inference.locate import classifier_folder
    from convpipe.plugins import load_plugins

    load_plugins(options.plugin)
    folder = classifier_folder(options.classifier, options.fold)
    for place in options.inputs:
        paths.check_input(place)
    paths.check_output(options.output, options.overwrite)
    from convpipe.backend import start_backend

    start_backend()
    from convpipe.evaluation.new_predictions import predict_new

    predict_new(folder, options.inputs, options.output, options.probabilities, options.windows, say)


def main() -> None:
    """Run the command on `sys.argv`."""
    run_plain(run)
    exit_now()
