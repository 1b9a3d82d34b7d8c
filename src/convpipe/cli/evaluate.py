"""Measure a trained classifier on labeled data: metrics with intervals, by class, group and recording, and figures.

usage: {program} CLASSIFIER [--output FOLDER]
       {program} CLASSIFIER --data INPUT... [--output FOLDER]
       {program} CLASSIFIER CLASSIFIER... [--data INPUT...]

CLASSIFIER is the folder of a run or of its classifier, the run_id of a run, or models:/NAME@ALIAS. Without --data it is
measured on the test part of its own run, which is read again and checked; with --data on new labeled files or folders,
read as those of its training.

Several classifiers are measured on the same samples, side by side; each is compared with the first one.

FOLDER holds evaluation.json, per_class.csv, predictions.csv and figures/, and where there are groups or recordings
per_group.csv and per_recording.csv. It is evaluation/ in the folder of the run, else in the current folder.
"""

import argparse
from pathlib import Path

from convpipe.cli.classifier_argument import add_classifier, page_parser
from convpipe.cli.progress import bar, say
from convpipe.cli.start import end_like_ctrl_c, exit_now, run_plain
from convpipe.paths import check_input


def arguments() -> argparse.Namespace:
    """The words of the command line."""
    parser = page_parser("evaluate", __doc__)
    add_classifier(parser, several=True)
    parser.add_argument("--data", nargs="+", default=[], metavar="INPUT", help="labeled files or folders")
    parser.add_argument("--output", type=Path, metavar="FOLDER", help="where the results are written")
    return parser.parse_args()


def run() -> None:
    """Measure, print and write."""
    asked = arguments()
    end_like_ctrl_c()
    from convpipe.backend import start_backend
    from convpipe.evaluation.evaluation_folder import check_own_part, check_replaceable, default_folder
    from convpipe.inference.locate import classifier_folder
    from convpipe.plugins import load_plugins

    load_plugins(asked.plugin)
    folders = [classifier_folder(word, asked.fold) for word in asked.classifier]
    output = asked.output or default_folder(folders)
    check_replaceable(output)
    for place in asked.data:
        check_input(place)
    if not asked.data:
        check_own_part(folders)
    start_backend()
    from convpipe.evaluation.answers import answers_of_run
    from convpipe.evaluation.bootstrap import RESAMPLES
    from convpipe.evaluation.evaluate import comparisons, evaluate
    from convpipe.evaluation.evaluation_files import write_evaluations
    from convpipe.evaluation.evaluation_table import comparison_table, evaluation_table
    from convpipe.tables import plain_console

    named = list(zip(asked.classifier, folders, strict=True))
    if asked.data:
        from convpipe.evaluation.new_answers import answers_of_data

        several = answers_of_data(named, asked.data, say)
    else:
        several = answers_of_run(named)
    with bar("measuring", RESAMPLES * len(several)) as advance:
        evaluations = [evaluate(each, watch=lambda done: advance(1)) for each in several]
    beside, console = comparisons(several), plain_console()
    write_evaluations(output, evaluations, beside)
    console.print(comparison_table(evaluations, beside) if beside else evaluation_table(evaluations[0]))
    console.print(f"everything is in {output}", soft_wrap=True)


def main() -> None:
    """Run the command on the words of `sys.argv`."""
    run_plain(run)
    exit_now()
