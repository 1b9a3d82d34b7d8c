"""Evaluate a trained classifier on labeled data: metrics with intervals, by class, group and recording, and figures.

usage: {program} CLASSIFIER [--output FOLDER]
       {program} CLASSIFIER --data INPUT... [--output FOLDER]
       {program} CLASSIFIER CLASSIFIER... [--data INPUT...]

CLASSIFIER is the folder of a run or of its classifier, the run_id of a run, or models:/NAME@ALIAS. Without --data the
classifier is evaluated on the test part of its own run, which is read again and checked. With --data it is evaluated on
new labeled files or folders, which are read like the training data.

Several classifiers are evaluated on the same samples, and each is compared with the first one.

FOLDER receives evaluation.json, per_class.csv, predictions.csv and figures/, and also per_group.csv and
per_recording.csv if the data have groups or recordings. The default is evaluation/ in the folder of the run, or else in
the current folder.
"""

import argparse
from pathlib import Path

from convpipe.cli.classifier_argument import add_classifier, page_parser
from convpipe.cli.progress import bar, say
from convpipe.cli.start import end_like_ctrl_c, exit_now, run_plain
from convpipe.paths import check_input


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = page_parser("evaluate", __doc__)
    add_classifier(parser, several=True)
    parser.add_argument("--data", nargs="+", default=[], metavar="INPUT", help="labeled files or folders")
    parser.add_argument("--output", type=Path, metavar="FOLDER", help="output folder")
    return parser.parse_args()


def run() -> None:
    """Evaluate, print and write."""
    options = arguments()
    end_like_ctrl_c()
    from convpipe.backend import start_backend
    from convpipe.evaluation.evaluation_folder import check_own_part, check_replaceable, default_folder
    from convpipe.inference.locate import classifier_folder
    from convpipe.plugins import load_plugins

    load_plugins(options.plugin)
    folders = [classifier_folder(word, options.fold) for word in options.classifier]
    output = options.output or default_folder(folders)
    check_replaceable(output)
    for place in options.data:
        check_input(place)
    if not options.data:
        check_own_part(folders)
    start_backend()
    from convpipe.evaluation.answers import answers_of_run
    from convpipe.evaluation.bootstrap import RESAMPLES
    from convpipe.evaluation.evaluate import comparisons, evaluate
    from convpipe.evaluation.evaluation_files import write_evaluations
    from convpipe.evaluation.evaluation_table import comparison_table, evaluation_table
    from convpipe.tables import plain_console

    named = list(zip(options.classifier, folders, strict=True))
    if options.data:
        from convpipe.evaluation.new_answers import answers_of_data

        several = answers_of_data(named, options.data, say)
    else:
        several = answers_of_run(named)
    with bar("evaluating", RESAMPLES * len(several)) as advance:
        evaluations = [evaluate(each, watch=lambda done: advance(1)) for each in several]
    differences, console = comparisons(several), plain_console()
    write_evaluations(output, evaluations, differences)
    console.print(comparison_table(evaluations, differences) if differences else evaluation_table(evaluations[0]))
    console.print(f"results: {output}", soft_wrap=True)


def main() -> None:
    """Run the command on `sys.argv`."""
    run_plain(run)
    exit_now()
