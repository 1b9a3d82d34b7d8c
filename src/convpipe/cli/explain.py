"""Explain a prediction of a trained classifier: the contribution of each step, pixel, voxel, band or word to the class.

usage: {program} CLASSIFIER [INPUT ...] [--class NAME] [--output FILE.png|FILE.html|FOLDER]
       {program} CLASSIFIER --axes

CLASSIFIER is the folder of a run or of its classifier, the run_id of a run, or models:/NAME@ALIAS. INPUT is a sample of
the run's test part (a sample_id of predictions.csv), or a file or folder, which is read as in predict. For a text
classifier it can also be a text. Without an INPUT, each line of standard input is a text.

The output names the method. Contributions of exact methods (class activation maps, fixed kernels, linear models) add up
to the score of the class; gradients and occlusion are approximate. Blue is for the class, orange against it (in a pipe:
# and =).

FILE.png is a figure, FILE.html a self-contained page. A FOLDER receives one file per sample.

--axes prints the accuracy on the test part when the steps, channels, rows, ... of every sample are shuffled. The more
it drops, the more the classifier relies on the order of that axis.
"""

import argparse
from itertools import chain, islice
from pathlib import Path

from convpipe.cli.classifier_argument import add_classifier, page_parser
from convpipe.cli.progress import say
from convpipe.cli.start import end_like_ctrl_c, exit_now, run_plain


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = page_parser("explain", __doc__)
    add_classifier(parser)
    parser.add_argument("inputs", metavar="INPUT", nargs="*", help="sample of the test part, file, folder or text")
    parser.add_argument("--class", dest="label", metavar="NAME", help="explain this class, not the predicted one")
    parser.add_argument("--output", type=Path, metavar="PATH", help="FILE.png, FILE.html or a folder")
    parser.add_argument("--overwrite", action="store_true", help="replace files that exist")
    parser.add_argument("--axes", action="store_true", help="print the accuracy with each axis shuffled")
    options = parser.parse_intermixed_args()  # options may come before the inputs
    if options.axes and (options.inputs or options.label or options.output):
        parser.error("--axes uses the run's test part; leave out inputs, --class and --output")
    return options


def run() -> None:
    """Print or write the explanation of each sample, or print the shuffle test of a run."""
    options = arguments()
    end_like_ctrl_c()
    from convpipe.backend import start_backend
    from convpipe.inference.locate import classifier_folder, modality_of
    from convpipe.plugins import load_plugins

    load_plugins(options.plugin)
    if options.axes:
        start_backend()
        from convpipe.evaluation.shuffle_test import shuffle_lines, shuffle_runs

        print("\n".join(shuffle_lines(shuffle_runs([options.classifier]))))
        return
    from convpipe.evaluation.explanation_files import check_place, is_folder, write_explanation
    from convpipe.evaluation.explanation_inputs import context_of, samples_of, sort_words

    folder = classifier_folder(options.classifier, options.fold)
    modality = modality_of(folder)
    words = sort_words(options.inputs, folder, modality)
    if options.output:
        check_place(options.output, words.may_be_several, modality == "text", options.overwrite)
    start_backend()
    from rich.console import Console

    from convpipe.evaluation.explanation import class_index, explain
    from convpipe.evaluation.explanation_lines import explanation_lines
    from convpipe.inference.classifier import Classifier

    classifier, console = Classifier.load(folder), Console(soft_wrap=True, highlight=False, markup=False, emoji=False)
    label = None if options.label is None else class_index(classifier.class_names, options.label)
    samples = samples_of(words, folder, classifier, say)
    if options.output and not is_folder(options.output):
        first = list(islice(samples, 2))
        check_place(options.output, len(first) > 1, modality == "text", options.overwrite)
        samples = chain(first, samples)
    for number, each in enumerate(samples, 1):
        explanation = explain(classifier, each.sample, each.sample_id, label)
        for warning in explanation.warnings:
            console.print(f"warning: {warning}")
        if options.output:
            file = write_explanation(options.output, explanation, context_of(folder, classifier, each.part), number)
            console.print(f"{file}")
            continue
        for line in explanation_lines(explanation, color=bool(console.color_system and not console.no_color)):
            console.print(line)


def main() -> None:
    """Run the command on `sys.argv`."""
    run_plain(run)
    exit_now()
