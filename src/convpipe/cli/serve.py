"""Answer requests over HTTP with a trained classifier; Ctrl-C ends it.

usage: {program} CLASSIFIER [--port 8080] [--host 127.0.0.1] [--max-megabytes 16] [--fold N]

CLASSIFIER is the folder of a run or of its classifier, the run_id of a run, or models:/NAME@ALIAS.

POST /invocations takes {{"inputs": [...]}}, a list of samples: series as lists of numbers (steps, channels), texts,
images and sound as lists or as files in base64. It answers {{"predictions": [...]}}, for each sample its class,
probabilities and warnings. GET /health says whether the server is ready, GET /version gives the version of MLflow.

    curl http://127.0.0.1:8080/invocations -H "Content-Type: application/json" -d '{{"inputs": ["a good film"]}}'
"""

import argparse

from convpipe.cli.classifier_argument import add_classifier, page_parser
from convpipe.cli.start import run_plain
from convpipe.cli.ui import check_port

MEGABYTE = 10**6


def arguments() -> argparse.Namespace:
    """The words of the command line."""
    parser = page_parser("serve", __doc__)
    add_classifier(parser)
    parser.add_argument("--port", type=int, default=8080, help="port to listen on (default: 8080)")
    parser.add_argument("--host", default="127.0.0.1", help="interface to listen on (default: this machine only)")
    limit = "refuse larger requests (default: 16)"
    parser.add_argument("--max-megabytes", type=float, default=16, metavar="MB", help=limit)
    asked = parser.parse_args()
    if not asked.max_megabytes > 0:
        parser.error("--max-megabytes must be more than 0")
    return asked


def run() -> None:
    """Load the classifier and answer until the end."""
    asked = arguments()
    check_port(asked.host, asked.port)
    from convpipe.inference.locate import classifier_folder
    from convpipe.plugins import load_plugins

    load_plugins(asked.plugin)
    folder = classifier_folder(asked.classifier, asked.fold)
    from convpipe.backend import start_backend

    start_backend()
    from convpipe.inference.serving.server import scoring_app, serve

    app = scoring_app(folder, int(asked.max_megabytes * MEGABYTE))
    print(f"serving {folder}: http://{asked.host}:{asked.port}/invocations (Ctrl-C ends it)", flush=True)
    serve(app, asked.host, asked.port)


def main() -> None:
    """Run the command on the words of `sys.argv`."""
    run_plain(run)
