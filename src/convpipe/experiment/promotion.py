"""Whether a classifier takes the place of the champion.

The rule: the candidate is not worse where its accuracy is at least that of the champion; where it is lower, but the
bootstrap interval of the difference reaches zero, the candidate is not worse if its log loss is not higher.
"""

from convpipe.errors import ConfigError
from convpipe.evaluation.answers import Answers
from convpipe.evaluation.paired import Comparison, compare
from convpipe.experiment.champion import Candidate, Champion
from convpipe.metrics import log_loss

WHAT = {"data_sha256": "data", "split_sha256": "parts", "fold": "fold"}


def check_same_parts(candidate: Candidate, champion: Champion) -> None:
    """Refuse a comparison on the candidate's validation part where the champion may have been trained on it.

    Raises:
        ConfigError: the champion was trained on other data or parts, or it is not known on which.
    """
    differing = [key for key in WHAT if not champion.hashes or champion.hashes[key] != candidate.hashes[key]]
    if differing:
        what = f"on other {WHAT[differing[0]]}" if champion.hashes else "by a run that is not in the store any more"
        message = (
            f"the champion, version {champion.version}, was trained {what}, so validation parts cannot compare them"
        )
        value = champion.hashes.get(differing[0])
        remedy = "name labeled data with --data, or move the alias with --force"
        raise ConfigError(message, key=differing[0], value=value, remedy=remedy)


def is_not_worse(candidate: Answers, champion: Answers) -> tuple[bool, Comparison]:
    """Whether the candidate is not worse, by the rule above, and how they compare.

    Args:
        candidate, champion: their answers for the same samples, none of which they were trained on.
    """
    found = compare(champion.right, candidate.right, candidate.units)
    losses = [log_loss(each.labels, each.probabilities) for each in (candidate, champion)]
    reaches = found.interval.high >= 0 and losses[0] <= losses[1]
    return found.difference >= 0 or reaches, found


def difference_line(found: Comparison, candidate: Answers, champion: Answers) -> str:
    """How the candidate compares with the champion, for people."""
    before, after = (log_loss(each.labels, each.probabilities) for each in (champion, candidate))
    bounds = f"95 % interval {found.interval.low:+.3f} to {found.interval.high:+.3f}"
    return f"accuracy {found.difference:+.3f} ({bounds}), log loss {after:.3f} instead of {before:.3f}"
