"""Export a trained classifier into one file that runs without convpipe.

usage: {program} CLASSIFIER --format saved_model|onnx|litert
           [--quantize float16|int8|int16x8] [--output FOLDER] [--fold N]

CLASSIFIER is the folder of a run or of its classifier, the run_id of a run, or
models:/NAME@ALIAS. The folder that is written holds the file, description.json
(input, output, classes, what to do before it), certificate.json and what the
preprocessing learned. The default is export_FORMAT beside the classifier.

  {program} runs/... --format onnx
  {program} runs/... --format litert --quantize int8

The certificate compares the file in its own runtime with the classifier, on
every sample that the run was tested on. A file of floating point that gives
another class for any of them is not kept, and the command ends with status 1.
A quantized file is kept; its accuracy is told beside that of the classifier.

onnx needs a few packages: pip install 'convpipe[export]'
"""

import argparse
import contextlib
import sys
from pathlib import Path

from convpipe.cli.classifier_argument import add_classifier, page_parser
from convpipe.cli.start import exit_now, run_plain
from convpipe.inference.export.formats import FORMATS, QUANTIZED, check_format

#: Accuracy that a quantized file may lose before a line warns of it.
LOSS = 0.005


def arguments() -> argparse.Namespace:
    """The words of the command line."""
    parser = page_parser("export", __doc__)
    add_classifier(parser)
    parser.add_argument("--format", required=True, choices=FORMATS, help="of the file")
    parser.add_argument("--quantize", choices=QUANTIZED, help="litert: smaller numbers for weights, or for everything")
    parser.add_argument("--output", type=Path, metavar="FOLDER", help="that receives everything")
    parser.add_argument("--no-certificate", action="store_true", help="export without the comparison")
    return parser.parse_args()


def run() -> None:
    """Export, print the certificate, and end with status 1 where it failed."""
    asked = arguments()
    chosen = check_format(asked.format, asked.quantize)
    from convpipe.inference.locate import MODELS, classifier_folder
    from convpipe.plugins import load_plugins

    load_plugins(asked.plugin)
    folder, output = classifier_folder(asked.classifier, asked.fold), asked.output
    if output is None and asked.classifier.startswith(MODELS):
        output = Path(f"export_{asked.format}")  # the classifier lies in a store
    from convpipe.backend import start_backend

    start_backend()
    from convpipe.inference.export.export import export
    from convpipe.inference.export.table import certificate_table

    with _progress() as watch:
        done = export(folder, chosen, asked.quantize, output, not asked.no_certificate, watch=watch)
    if done.certificate:
        print(certificate_table(done))
        lost = done.certificate.accuracy_before - done.certificate.accuracy_after
        if done.passed and lost > LOSS:
            print(f"warning: {asked.quantize} loses {100 * lost:.1f} points of accuracy", file=sys.stderr)
    else:
        print("warning: exported without a certificate", file=sys.stderr)
    if not done.passed:
        print("error: the file gives other classes than the classifier, so nothing was kept", file=sys.stderr)
        sys.stdout.flush()
        sys.exit(1)
    print(f"everything is in {done.folder}")


@contextlib.contextmanager
def _progress():
    """What shows the share of the samples that were compared: a bar on a terminal, nothing elsewhere."""
    if not sys.stdout.isatty():
        yield lambda share: None
        return
    from rich.progress import Progress

    with Progress(transient=True) as bar:
        task = bar.add_task("comparing", total=1.0)
        yield lambda share: bar.update(task, completed=share)


def main() -> None:
    """Run the command on the words of `sys.argv`."""
    run_plain(run)
    exit_now()
