"""The rule by which a classifier replaces the champion.

The candidate is not worse if its accuracy is at least that of the champion. If its accuracy is lower, but the bootstrap
interval of the difference includes zero, the candidate is not worse if its log loss is not higher.
"""

from convpipe.errors import ConfigError
from convpipe.evaluation.answers import Answers
from convpipe.evaluation.paired import Comparison, compare
from convpipe.experiment.champion import Candidate, Champion
from convpipe.metrics import log_loss

#: Hashes that must be equal -> what differs if they are not.
DIFFERENCES = {"data_sha256": "data", "split_sha256": "parts", "fold": "fold"}


def check_same_parts(candidate: Candidate, champion: Champion) -> None:
    """Refuse a comparison on the candidate's validation part if the champion may have been trained on it.

    Raises:
        ConfigError: the champion was trained on other data or parts, or these are unknown.
    """
    differing = [key for key in DIFFERENCES if not champion.hashes or champion.hashes[key] != candidate.hashes[key]]
    if differing:
        how = f"on other {DIFFERENCES[differing[0]]}" if champion.hashes else "by a run that is no longer in the store"
        message = f"the champion, version {champion.version}, was trained {how}; no validation part fits both"
        value = champion.hashes.get(differing[0])
        remedy = "give labeled data with --data, or move the alias with --force"
        raise ConfigError(message, key=differing[0], value=value, remedy=remedy)


def is_not_worse(candidate: Answers, champion: Answers) -> tuple[bool, Comparison]:
    """Return whether the candidate is not worse, by the rule above, and the comparison.

    Args:
        candidate, champion: their predictions of the same samples; neither was trained on any of them.
    """
    found = compare(champion.right, candidate.right, candidate.units)
    losses = [log_loss(each.labels, each.probabilities) for each in (candidate, champion)]
    reaches = found.interval.high >= 0 and losses[0] <= losses[1]
    return found.difference >= 0 or reaches, found


def difference_line(found: Comparison, candidate: Answers, champion: Answers) -> str:
    """One line on how the candidate compares with the champion."""
    before, after = (log_loss(each.labels, each.probabilities) for each in (champion, candidate))
    bounds = f"95% interval {found.interval.low:+.3f} to {found.interval.high:+.3f}"
    return f"accuracy {found.difference:+.3f} ({bounds}), log loss {after:.3f} instead of {before:.3f}"
