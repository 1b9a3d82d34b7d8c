"""Register the model of a run in MLflow, and make it the champion if it is not worse than the current champion.

usage: {program} CLASSIFIER NAME [--force]
       {program} CLASSIFIER NAME --data INPUT... [--force]

CLASSIFIER is the folder or the run_id of a tracked run. Its model becomes a version of the registered model NAME. The
candidate and the champion predict the validation part of the run, or, with --data, labeled files or folders that are
new to both. The alias champion moves to the candidate if its accuracy is at least as high, or if the 95% interval of
the difference includes zero and its log loss is not higher. The first version of NAME becomes the champion.

Other commands load the champion as models:/NAME@champion. Exit status: 0 promoted, 1 not promoted, 2 error.
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
    """Parse the command line."""
    parser = page_parser("promote", __doc__)
    add_classifier(parser)
    parser.add_argument("name", metavar="NAME", help="name of the registered model")
    parser.add_argument("--data", nargs="+", default=[], metavar="INPUT", help="labeled files or folders")
    parser.add_argument("--force", action="store_true", help="move the alias whatever the comparison shows")
    return parser.parse_args()


def compared(options: argparse.Namespace, candidate, champion) -> tuple[bool, str]:
    """Print the comparison of the candidate with the champion.

    Returns:
        Whether the candidate is not worse, and a line about the difference.

    Raises:
        ConvpipeError: they cannot be compared.
    """
    from convpipe.experiment.promotion import check_same_parts

    if not options.data:
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

    current = (
        f"{options.name} version {champion.version}, the champion",
        classifier_folder(f"models:/{options.name}/{champion.version}"),
    )
    new = (options.classifier, candidate.classifier)
    if options.data:
        from convpipe.evaluation.new_answers import answers_of_data

        both = answers_of_data([current, new], options.data, say)
    else:
        both = on_validation_part(current, new)
    with bar("evaluating", 2 * RESAMPLES) as advance:
        evaluations = [evaluate(each, watch=lambda done: advance(1)) for each in both]
    plain_console().print(comparison_table(evaluations, comparisons(both)))
    not_worse, found = is_not_worse(both[1], both[0])
    return not_worse, f"{difference_line(found, both[1], both[0])} on {len(both[0]):,} samples of {both[0].data}"


def run() -> None:
    """Compare, register, and move the alias."""
    options = arguments()
    end_like_ctrl_c()
    for place in options.data:
        check_input(place)
    from convpipe.experiment.champion import Registered, candidate_of
    from convpipe.inference.locate import classifier_folder
    from convpipe.plugins import load_plugins

    load_plugins(options.plugin)
    candidate, registered = candidate_of(classifier_folder(options.classifier, options.fold)), Registered(options.name)
    champion = registered.champion()
    if champion is None:
        if options.data:
            say("there is no champion to compare with, so --data is ignored")
        promoted, why = True, "it is the first champion"
    elif champion.model_uri == candidate.model_uri:
        print(f"this model is already the champion, {options.name} version {champion.version}")
        return
    else:
        try:
            promoted, difference = compared(options, candidate, champion)
            why = f"compared with version {champion.version}, {difference}"
        except ConvpipeError as error:
            if not options.force:
                raise
            promoted, why = False, f"it could not be compared with version {champion.version} ({error})"
    forced = options.force and not promoted
    version = registered.register(candidate, f"{candidate.score}. {'Forced: ' if forced else ''}{why}.")
    if promoted or forced:
        registered.crown(version)
        print(f"{options.name} version {version} is now the champion{' by --force' if forced else ''}: {why}")
        return
    print(f"{options.name} version {version} is registered, but is not the champion: {why}")
    sys.exit(NOT_PROMOTED)


def main() -> None:
    """Run the command on `sys.argv`."""
    run_plain(run)
    exit_now()
