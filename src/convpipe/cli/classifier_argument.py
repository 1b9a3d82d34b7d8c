"""The first argument of every command that uses a trained classifier, and the options that go with it."""

import argparse

from convpipe.cli.help_page import fitted
from convpipe.paths import command


def page_parser(name: str, page: str | None) -> argparse.ArgumentParser:
    """A parser whose help begins with a command's own page, in which {program} stands for the command."""
    about = fitted((page or "").format(program=command(name)))
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.usage = argparse.SUPPRESS
    return parser


def add_classifier(parser: argparse.ArgumentParser, several: bool = False) -> None:
    """Give a command its classifier (`classifier`, a list where `several`), `--fold` and `--plugin`."""
    about = "folder of a run or of a classifier, run_id, or models:/NAME@ALIAS"
    if several:
        parser.add_argument("classifier", metavar="CLASSIFIER", nargs="+", help=about)
    else:
        parser.add_argument("classifier", metavar="CLASSIFIER", help=about)
    parser.add_argument("--fold", type=int, metavar="N", help="which classifier of a cross-validated run, from 1")
    help_of_plugin = "a module of yours that the classifier needs"
    parser.add_argument("--plugin", action="append", default=[], metavar="MODULE", help=help_of_plugin)
