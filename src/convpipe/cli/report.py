"""Write the report of a run, or a comparison of several runs, as one HTML page that works offline.

usage: {program} RUN [--output FILE]
       {program} RUN RUN... [--output FILE]

RUN is the folder or the run_id of a finished run. The default FILE for one run is report.html in its folder, which is
replaced. The default FILE for several runs is comparison.html in the current folder.
"""

import argparse
from pathlib import Path

from convpipe.cli.classifier_argument import page_parser
from convpipe.cli.start import run_plain
from convpipe.paths import check_output


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = page_parser("report", __doc__)
    parser.add_argument("runs", metavar="RUN", nargs="+", help="folder or run_id of a finished run")
    parser.add_argument("--output", type=Path, metavar="FILE", help="output file (.html)")
    parser.add_argument("--overwrite", action="store_true", help="replace FILE if it exists")
    help_of_plugin = "your module that a run needs; can be repeated"
    parser.add_argument("--plugin", action="append", default=[], metavar="MODULE", help=help_of_plugin)
    return parser.parse_args()


def run() -> None:
    """Read the folders and write the page."""
    options = arguments()
    from convpipe.inference.locate import run_folder
    from convpipe.plugins import load_plugins

    load_plugins(options.plugin)
    folders = [run_folder(each) for each in options.runs]
    several = len(folders) > 1
    check_output(options.output or (Path("comparison.html") if several else None), options.overwrite)
    from convpipe.evaluation.report_page.build import comparison, write_report
    from convpipe.evaluation.report_page.run_facts import run_facts

    if several:
        place = options.output or Path("comparison.html")
        page = comparison([run_facts(folder) for folder in folders])
        place.write_text(page, encoding="utf-8")
    else:
        place = write_report(folders[0], options.output)
    print(f"wrote {place}")


def main() -> None:
    """Run the command on `sys.argv`."""
    run_plain(run)
