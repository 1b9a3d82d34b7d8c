"""Register the model of a run in MLflow under a name, as its champion if it is not worse than the present champion.

usage: {program} CLASSIFIER NAME [--force]
       {program} CLASSIFIER NAME --data INPUT... [--force]

CLASSIFIER is the folder or the run_id of a tracked run. Its model becomes a version of the registered model NAME. Both
classifiers predict the validation part of its run, or with --data labeled files or folders that are new to both. The
alias champion moves if the candidate is not worse: if its accuracy is at least as high, or if the 95 % interval of the
difference reaches zero and its log loss is not higher. The first version of a NAME becomes its champion.

Other commands take the champion as models:/NAME@champion. Exit status: 0 promoted, 1 worse and not promoted, 2 error.
"""

import argparse
import sys

from convpipe.cli.classifier_argument import add_classifier, page_parser
from convpipe.cli.progress import bar, say
from convpipe.cli.start import end_like_ctrl_c, exit_now, run_plain
from convpipe.errors import ConvpipeError
from convpipe.paths import check_input

NOT_PROMOTED = 1


def arguments() -> argparse.Namespace:
    """The words of the command line."""
    parser = page_parser("promote", __doc__)
    add_classifier(parser)
    parser.add_argument("name", metavar="NAME", help="of the registered model")
    parser.add_argument("--data", nargs="+", default=[], metavar="INPUT", help="labeled files or folders")
    parser.add_argument("--force", action="store_true", help="move the alias whatever the comparison says")
    return parser.parse_args()


def compared(asked: argparse.Namespace, candidate, champion) -> tuple[bool, str]:
    """Show how the candidate compares with the champion; whether it is not worse, and the difference in a line.

    Raises:
        ConvpipeError: they cannot be compared.
    """
    from convpipe.experiment.promotion import check_same_parts

    if not asked.data:
        check_same_parts(candidate, champion)
    from convpipe.backend import start_backend

    start_backend()
    from convpipe.evaluation.answers import on_validation_part
    from convpipe.evaluation.bootstrap import RESAMPLES
    from convpipe.evaluation.evaluate import comparisons, evaluate
    from convpipe.evaluation.evaluation_table import comparison_table
    from convpipe.experiment.promotion import difference_line, is_not_worse
    from convpipe.inference.locate import classifier_folder
    from convpipe.tables import plain_console

    present = (
        f"{asked.name} version {champion.version}, the champion",
        classifier_folder(f"models:/{asked.name}/{champion.version}"),
    )
    new = (asked.classifier, candidate.classifier)
    if asked.data:
        from convpipe.evaluation.new_answers import answers_of_data

        both = answers_of_data([present, new], asked.data, say)
    else:
        both = on_validation_part(present, new)
    with bar("measuring", 2 * RESAMPLES) as advance:
        evaluations = [evaluate(each, watch=lambda done: advance(1)) for each in both]
    plain_console().print(comparison_table(evaluations, comparisons(both)))
    not_worse, found = is_not_worse(both[1], both[0])
    return not_worse, f"{difference_line(found, both[1], both[0])} on {len(both[0]):,} samples of {both[0].data}"


def run() -> None:
    """Compare, register, and move the alias."""
    asked = arguments()
    end_like_ctrl_c()
    for place in asked.data:
        check_input(place)
    from convpipe.experiment.champion import Registered, candidate_of
    from convpipe.inference.locate import classifier_folder
    from convpipe.plugins import load_plugins

    load_plugins(asked.plugin)
    candidate, registered = candidate_of(classifier_folder(asked.classifier, asked.fold)), Registered(asked.name)
    champion = registered.champion()
    if champion is None:
        if asked.data:
            say("there is no champion to compare with, so --data was not read")
        promoted, why = True, "there was none before"
    elif champion.model_uri == candidate.model_uri:
        print(f"{asked.name} version {champion.version} is this very model, and the champion already")
        return
    else:
        try:
            promoted, difference = compared(asked, candidate, champion)
            why = f"beside version {champion.version}, {difference}"
        except ConvpipeError as error:
            if not asked.force:
                raise
            promoted, why = False, f"it could not be compared with version {champion.version} ({error})"
    forced = asked.force and not promoted
    version = registered.register(candidate, f"{candidate.score}. {'Forced: ' if forced else ''}{why}.")
    if promoted or forced:
        registered.crown(version)
        print(f"{asked.name} version {version} is the champion now{' by --force' if forced else ''}: {why}")
        return
    print(f"{asked.name} version {version} is registered, but does not become the champion: {why}")
    sys.exit(NOT_PROMOTED)


def main() -> None:
    """Run the command on the words of `sys.argv`."""
    run_plain(run)
    exit_now()
