"""Serve a trained classifier over HTTP. Ctrl-C stops the server.

usage: {program} CLASSIFIER [--port 8080] [--host 127.0.0.1] [--max-megabytes 16] [--fold N]

CLASSIFIER is the folder of a run or of its classifier, the run_id of a run, or models:/NAME@ALIAS.

POST /invocations takes {{"inputs": [...]}}, a list of samples: texts, series (steps, channels) and volumes as lists of
numbers, or images and sound as lists of numbers or as files in base64. It returns {{"predictions": [...]}} with the
class, the probabilities and the warnings of each sample. GET /health checks that the server is ready; GET /version
returns the version of MLflow.

    curl http://127.0.0.1:8080/invocations -H "Content-Type: application/json" -d '{{"inputs": ["a good film"]}}'
"""

import argparse

from convpipe.cli.classifier_argument import add_classifier, page_parser
from convpipe.cli.start import run_plain
from convpipe.cli.ui import check_port

MEGABYTE = 10**6


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = page_parser("serve", __doc__)
    add_classifier(parser)
    parser.add_argument("--port", type=int, default=8080, help="port to listen on (default: 8080)")
    parser.add_argument("--host", default="127.0.0.1", help="interface to listen on (default: this machine only)")
    limit = "largest accepted request (default: 16)"
    parser.add_argument("--max-megabytes", type=float, default=16, metavar="MB", help=limit)
    options = parser.parse_args()
    if not options.max_megabytes > 0:
        parser.error("--max-megabytes must be more than 0")
    return options


def run() -> None:
    """Load the classifier and serve it until the server is stopped."""
    options = arguments()
    check_port(options.host, options.port)
    from convpipe.inference.locate import classifier_folder
    from convpipe.plugins import load_plugins

    load_plugins(options.plugin)
    folder = classifier_folder(options.classifier, options.fold)
    from convpipe.backend import start_backend

    start_backend()
    from convpipe.inference.serving.server import scoring_app, serve

    app = scoring_app(folder, int(options.max_megabytes * MEGABYTE))
    print(f"serving {folder}: http://{options.host}:{options.port}/invocations (Ctrl-C stops it)", flush=True)
    serve(app, options.host, options.port)


def main() -> None:
    """Run the command on `sys.argv`."""
    run_plain(run)
