"""Export a trained classifier to one file that runs without convpipe.

usage: {program} CLASSIFIER --format saved_model|onnx|litert
           [--quantize float16|int8|int16x8] [--output FOLDER] [--fold N]

CLASSIFIER is the folder of a run or of its classifier, the run_id of a run, or models:/NAME@ALIAS. FOLDER receives the
file, description.json (input, output, classes and the required preprocessing), certificate.json, and the values that
the preprocessing learned. The default is export_FORMAT next to the classifier.

  {program} runs/... --format onnx
  {program} runs/... --format litert --quantize int8

The certificate compares the file, run in its own runtime, with the classifier on every test sample of the run. A
floating-point file that predicts another class for any sample is deleted, and the command exits with status 1. A
quantized file is kept; its accuracy is printed next to that of the classifier.

The format onnx needs extra packages: pip install 'convpipe[export]'
"""

import argparse
import contextlib
import sys
from pathlib import Path

from convpipe.cli.classifier_argument import add_classifier, page_parser
from convpipe.cli.start import exit_now, run_plain
from convpipe.inference.export.formats import FORMATS, QUANTIZED, check_format

#: Loss of accuracy of a quantized file above which a warning is printed.
LOSS = 0.005


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = page_parser("export", __doc__)
    add_classifier(parser)
    parser.add_argument("--format", required=True, choices=FORMATS, help="format of the file")
    quantize = "litert: float16 weights, or integer weights and activations"
    parser.add_argument("--quantize", choices=QUANTIZED, help=quantize)
    parser.add_argument("--output", type=Path, metavar="FOLDER", help="output folder")
    parser.add_argument("--no-certificate", action="store_true", help="skip the comparison with the classifier")
    return parser.parse_args()


def run() -> None:
    """Export, print the certificate, and exit with status 1 if it failed."""
    options = arguments()
    file_format = check_format(options.format, options.quantize)
    from convpipe.inference.locate import MODELS, classifier_folder
    from convpipe.plugins import load_plugins

    load_plugins(options.plugin)
    folder, output = classifier_folder(options.classifier, options.fold), options.output
    if output is None and options.classifier.startswith(MODELS):
        output = Path(f"export_{options.format}")  # the folder of the classifier is in the tracking store
    from convpipe.backend import start_backend

    start_backend()
    from convpipe.inference.export.export import export
    from convpipe.inference.export.table import certificate_table

    with _progress() as watch:
        done = export(folder, file_format, options.quantize, output, not options.no_certificate, watch=watch)
    if done.certificate:
        print(certificate_table(done))
        lost = done.certificate.accuracy_before - done.certificate.accuracy_after
        if done.passed and lost > LOSS:
            print(f"warning: {options.quantize} loses {100 * lost:.1f} points of accuracy", file=sys.stderr)
    else:
        print("warning: exported without a certificate", file=sys.stderr)
    if not done.passed:
        print("error: the file and the classifier predict different classes; the file was deleted", file=sys.stderr)
        sys.stdout.flush()
        sys.exit(1)
    print(f"wrote {done.folder}")


@contextlib.contextmanager
def _progress():
    """Show the fraction of compared samples as a bar on a terminal; show nothing elsewhere."""
    if not sys.stdout.isatty():
        yield lambda share: None
        return
    from rich.progress import Progress

    with Progress(transient=True) as bar:
        task = bar.add_task("comparing", total=1.0)
        yield lambda share: bar.update(task, completed=share)


def main() -> None:
    """Run the command on `sys.argv`."""
    run_plain(run)
    exit_now()
