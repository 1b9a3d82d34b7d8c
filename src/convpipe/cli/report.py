"""Write the report of a run again, or put several runs side by side, as one HTML page that needs no network.

usage: {program} RUN [--output FILE]
       {program} RUN RUN... [--output FILE]

RUN is the folder of a finished run or its run_id. FILE is report.html in the folder of the run; of several runs,
comparison.html in the current folder.
"""

import argparse
from pathlib import Path

from convpipe.cli.classifier_argument import page_parser
from convpipe.cli.start import run_plain
from convpipe.paths import check_output


def arguments() -> argparse.Namespace:
    """The words of the command line."""
    parser = page_parser("report", __doc__)
    parser.add_argument("runs", metavar="RUN", nargs="+", help="folder or run_id of a finished run")
    parser.add_argument("--output", type=Path, metavar="FILE", help="where the page is written (.html)")
    parser.add_argument("--overwrite", action="store_true", help="replace FILE if it exists")
    parser.add_argument(
        "--plugin", action="append", default=[], metavar="MODULE", help="a module of yours that a run needs"
    )
    return parser.parse_args()


def run() -> None:
    """Read the folders and write the page."""
    asked = arguments()
    from convpipe.inference.locate import run_folder
    from convpipe.plugins import load_plugins

    load_plugins(asked.plugin)
    folders = [run_folder(each) for each in asked.runs]
    several = len(folders) > 1
    check_output(asked.output or (Path("comparison.html") if several else None), asked.overwrite)
    from convpipe.evaluation.report_page.build import comparison, write_report
    from convpipe.evaluation.report_page.run_facts import run_facts

    if several:
        place = asked.output or Path("comparison.html")
        page = comparison([run_facts(folder) for folder in folders])
        place.write_text(page, encoding="utf-8")
    else:
        place = write_report(folders[0], asked.output)
    print(f"wrote {place}")


def main() -> None:
    """Run the command on the words of `sys.argv`."""
    run_plain(run)
