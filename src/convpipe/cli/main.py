"""The command `convpipe NAME ...` of an installed package, the same as `python scripts/NAME.py ...` in a checkout."""

import sys
from importlib import import_module

from convpipe import __version__

#: Command -> its description.
COMMANDS = {
    "train": "train a classifier, or a sweep with -m",
    "compare": "train matched Conv1D, Conv2D and Conv3D networks and compare them",
    "benchmark": "measure convpipe and other libraries on the same data and cores",
    "doctor": "check labeled data for leaks and shortcuts before training",
    "evaluate": "evaluate classifiers on labeled data, with intervals",
    "explain": "show which parts of a sample contribute to the predicted class",
    "predict": "predict the classes of new samples",
    "serve": "serve a classifier over HTTP",
    "export": "export a classifier to another runtime, and check its predictions",
    "report": "write the HTML report of a run, or a comparison of several runs",
    "reproduce": "train a recorded run again and compare the weights",
    "convolve": "compute a convolution step by step, draw it, compare it with Keras",
    "promote": "register a classifier in MLflow, as champion if it is not worse",
    "fetch_data": "download the packages with datasets",
    "ui": "open the tracked runs in the browser",
}


def usage() -> str:
    """Return the text of `convpipe --help`."""
    rows = "".join(f"  {name:<10}  {about}\n" for name, about in COMMANDS.items())
    return f"usage: convpipe COMMAND ...\n\n{rows}\n`convpipe COMMAND --help` explains a command.\n"


def main() -> None:
    """Run the command named by the first argument."""
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
