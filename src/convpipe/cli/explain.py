"""Show why a trained classifier of texts predicts a class: each word coloured by what it adds to the class.

usage: {program} CLASSIFIER ["a text" ...]
       {program} CLASSIFIER --axes

CLASSIFIER is the folder of a run or of its classifier, the run_id of a run, or models:/NAME@ALIAS. Without a text every
line of standard input is one. Blue words (in a pipe: the first line of words) speak for the class, red ones against it.

With --axes, for samples of any kind: the accuracy on the test part when the steps, channels, rows, ... of every sample
are shuffled. The more it drops, the more the classifier uses the order of that axis.
"""

import argparse
import sys

from convpipe.cli.classifier_argument import add_classifier, page_parser
from convpipe.cli.start import exit_now, run_plain
from convpipe.errors import ConfigError

#: Modalities of the package whose samples hold no words; a plugin's own may hold some.
NO_TEXTS = ("series", "image", "volume", "sound")


def arguments() -> argparse.Namespace:
    """The words of the command line."""
    parser = page_parser("explain", __doc__)
    add_classifier(parser)
    parser.add_argument("texts", metavar="TEXT", nargs="*", help="texts to explain; default: lines of standard input")
    parser.add_argument("--axes", action="store_true", help="shuffle each axis of the test part's samples")
    parser.add_argument("--class", dest="label", metavar="NAME", help="explain this class instead of the likeliest one")
    asked = parser.parse_args()
    if asked.axes and (asked.texts or asked.label):
        parser.error("--axes takes the run's own test part; leave out texts and --class")
    return asked


def check_texts(modality: str | None) -> None:
    """Refuse a classifier of something else than texts, before anything heavy is imported.

    Args:
        modality: of the classifier; None where it is not known.

    Raises:
        ConfigError: it is of the package, and takes no texts.
    """
    if modality in NO_TEXTS:
        message = f"only texts are explained word by word, but the classifier takes {modality} samples"
        raise ConfigError(message, value=modality, remedy="name a run on texts, or add --axes for the shuffle test")


def shown(text: str) -> str:
    """The beginning of a text, for a warning.

    >>> shown("a long text that goes on\\nand on and on"), shown("")
    ("'a long text that goes on\\\\nand on ...'", "''")
    """
    return ascii(text if len(text) <= 32 else text[:32] + "...")


def run() -> None:
    """Print the explanation of each text, or the shuffle test of a run."""
    asked = arguments()
    from convpipe.backend import start_backend
    from convpipe.inference.locate import classifier_folder, modality_of
    from convpipe.plugins import load_plugins

    load_plugins(asked.plugin)
    if asked.axes:
        start_backend()
        from convpipe.evaluation.shuffle_test import shuffle_lines, shuffle_runs

        print("\n".join(shuffle_lines(shuffle_runs([asked.classifier]))))
        return
    folder = classifier_folder(asked.classifier, asked.fold)
    check_texts(modality_of(folder))
    start_backend()
    from rich.console import Console

    from convpipe.evaluation.explanation import explain
    from convpipe.evaluation.explanation_lines import explanation_lines
    from convpipe.inference.classifier import Classifier

    classifier, console = Classifier.load(folder), Console(soft_wrap=True, highlight=False)
    for text in asked.texts or (line.rstrip("\r\n") for line in sys.stdin):
        for warning in classifier.predict([text], [shown(text)]).warnings:
            console.print(f"warning: {warning}", markup=False)
        for line in explanation_lines(explain(classifier, text), asked.label):
            console.print(line)


def main() -> None:
    """Run the command on the words of `sys.argv`."""
    run_plain(run)
    exit_now()
