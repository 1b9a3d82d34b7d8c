"""The parser of commands without Hydra, and the arguments that all commands with a trained classifier share."""

import argparse
from typing import NoReturn

from convpipe.cli.help_page import fitted
from convpipe.paths import command


class _Parser(argparse.ArgumentParser):
    """A parser that prints an error as the other commands do: one line, and exit status 2."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"error: {message}{'' if ';' in message else '; see --help'}\n")


def page_parser(name: str, page: str | None) -> argparse.ArgumentParser:
    """Return a parser whose help starts with the page of a command; {program} is replaced by the command."""
    about = fitted((page or "").format(program=command(name)))
    parser = _Parser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.usage = argparse.SUPPRESS
    return parser


def add_classifier(parser: argparse.ArgumentParser, several: bool = False) -> None:
    """Add the arguments `classifier` (a list if `several`), `--fold` and `--plugin` to a parser."""
    about = "folder of a run or a classifier, run_id, or models:/NAME@ALIAS"
    if several:
        parser.add_argument("classifier", metavar="CLASSIFIER", nargs="+", help=about)
    else:
        parser.add_argument("classifier", metavar="CLASSIFIER", help=about)
    parser.add_argument("--fold", type=int, metavar="N", help="fold of a cross-validated run, from 1")
    help_of_plugin = "your module that the classifier needs; can be repeated"
    parser.add_argument("--plugin", action="append", default=[], metavar="MODULE", help=help_of_plugin)
