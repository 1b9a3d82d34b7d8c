"""Show why a trained classifier predicts a class: what each step, pixel, voxel, band or word adds to it.

usage: {program} CLASSIFIER [INPUT ...] [--class NAME] [--output FILE.png|FILE.html|FOLDER]
       {program} CLASSIFIER --axes

CLASSIFIER is the folder of a run or of its classifier, the run_id of a run, or models:/NAME@ALIAS. INPUT is a sample of
the run's own test part (a sample_id of predictions.csv), a file or a folder, read as predict reads them, or for a
classifier of texts a text; without an INPUT every line of standard input is a text.

The method is named: exact ones (class activation maps, fixed kernels, linear models) add up to the score of the class;
gradients and occlusion are approximate. Blue speaks for the class, orange against it (in a pipe: # and =).

FILE.png is a figure, FILE.html a page by itself; a FOLDER has a file for each sample.

With --axes: the accuracy on the test part when the steps, channels, rows, ... of every sample are shuffled. The more it
drops, the more the classifier uses the order of that axis.
"""

import argparse
from itertools import chain, islice
from pathlib import Path

from convpipe.cli.classifier_argument import add_classifier, page_parser
from convpipe.cli.progress import say
from convpipe.cli.start import end_like_ctrl_c, exit_now, run_plain


def arguments() -> argparse.Namespace:
    """The words of the command line."""
    parser = page_parser("explain", __doc__)
    add_classifier(parser)
    parser.add_argument("inputs", metavar="INPUT", nargs="*", help="sample of the test part, file, folder, or text")
    parser.add_argument("--class", dest="label", metavar="NAME", help="explain this class instead of the likeliest one")
    parser.add_argument("--output", type=Path, metavar="PLACE", help="FILE.png, FILE.html or a folder")
    parser.add_argument("--overwrite", action="store_true", help="replace files that exist")
    parser.add_argument("--axes", action="store_true", help="shuffle each axis of the test part's samples")
    asked = parser.parse_intermixed_args()  # options may stand before the inputs
    if asked.axes and (asked.inputs or asked.label or asked.output):
        parser.error("--axes takes the run's own test part; leave out inputs, --class and --output")
    return asked


def run() -> None:
    """Print or write the explanation of each sample, or print the shuffle test of a run."""
    asked = arguments()
    end_like_ctrl_c()
    from convpipe.backend import start_backend
    from convpipe.inference.locate import classifier_folder, modality_of
    from convpipe.plugins import load_plugins

    load_plugins(asked.plugin)
    if asked.axes:
        start_backend()
        from convpipe.evaluation.shuffle_test import shuffle_lines, shuffle_runs

        print("\n".join(shuffle_lines(shuffle_runs([asked.classifier]))))
        return
    from convpipe.evaluation.explanation_files import check_place, is_folder, write_explanation
    from convpipe.evaluation.explanation_inputs import context_of, samples_of, sort_words

    folder = classifier_folder(asked.classifier, asked.fold)
    modality = modality_of(folder)
    words = sort_words(asked.inputs, folder, modality)
    if asked.output:
        check_place(asked.output, words.may_be_several, modality == "text", asked.overwrite)
    start_backend()
    from rich.console import Console

    from convpipe.evaluation.explanation import class_index, explain
    from convpipe.evaluation.explanation_lines import explanation_lines
    from convpipe.inference.classifier import Classifier

    classifier, console = Classifier.load(folder), Console(soft_wrap=True, highlight=False, markup=False, emoji=False)
    label = None if asked.label is None else class_index(classifier.class_names, asked.label)
    samples = samples_of(words, folder, classifier, say)
    if asked.output and not is_folder(asked.output):
        first = list(islice(samples, 2))
        check_place(asked.output, len(first) > 1, modality == "text", asked.overwrite)
        samples = chain(first, samples)
    for number, each in enumerate(samples, 1):
        explanation = explain(classifier, each.sample, each.sample_id, label)
        for warning in explanation.warnings:
            console.print(f"warning: {warning}")
        if asked.output:
            file = write_explanation(asked.output, explanation, context_of(folder, classifier, each.part), number)
            console.print(f"{file}")
            continue
        for line in explanation_lines(explanation, color=bool(console.color_system and not console.no_color)):
            console.print(line)


def main() -> None:
    """Run the command on the words of `sys.argv`."""
    run_plain(run)
    exit_now()
