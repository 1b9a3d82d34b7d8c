"""The command `convpipe NAME ...`, which an installed package offers; `python scripts/NAME.py` does the same."""

import sys
from importlib import import_module

from convpipe import __version__

#: Command -> what it does.
COMMANDS = {
    "train": "train one classifier, or a sweep of them with -m",
    "compare": "train matched networks of Conv1D, Conv2D and Conv3D on one dataset and compare them",
    "benchmark": "measure convpipe beside other libraries on the same data and cores",
    "doctor": "check labeled data before training: leaks, facts that tell the class",
    "evaluate": "measure classifiers on labeled data, with intervals, and compare them",
    "explain": "show which words speak for the class of a text",
    "predict": "predict the classes of new samples with a trained classifier",
    "serve": "answer requests with a trained classifier",
    "export": "write a classifier as a file for another runtime, and check its answers",
    "report": "write the report of a run, or of several side by side, as one page",
    "reproduce": "train a recorded run again and compare the weights",
    "convolve": "work a convolution by hand, draw it, compare it with Keras",
    "promote": "register a classifier in MLflow, as champion if it is not worse",
    "fetch_data": "download the packages that carry datasets",
    "ui": "open the tracked runs in the browser",
}


def usage() -> str:
    """The text of `convpipe --help`."""
    rows = "".join(f"  {name:<10}  {about}\n" for name, about in COMMANDS.items())
    return f"usage: convpipe COMMAND ...\n\n{rows}\n`convpipe COMMAND --help` explains a command.\n"


def main() -> None:
    """Run the command that the first argument names."""
    word = sys.argv[1] if len(sys.argv) > 1 else "--help"
    name = word.replace("-", "_")
    if word in ("--help", "-h"):
        print(usage(), end="")
    elif word == "--version":
        print(__version__)
    elif name in COMMANDS:
        sys.argv = [f"convpipe {name}", *sys.argv[2:]]
        import_module(f"convpipe.cli.{name}").main()
    else:
        from convpipe.errors import nearest

        print(f"error: unknown command {word}; {nearest(name, COMMANDS)}", file=sys.stderr)
        sys.exit(2)
