"""The rule by which a champion is replaced."""

import numpy as np
import pytest

from convpipe.errors import ConfigError
from convpipe.evaluation.answers import Answers
from convpipe.evaluation.figures.context import FigureContext
from convpipe.experiment.champion import Candidate, Champion
from convpipe.experiment.promotion import check_same_parts, is_not_worse

HASHES = {"data_sha256": "a", "split_sha256": "b", "fold": None}


def answers(right: int, of: int = 100, sure: float = 0.9) -> Answers:
    """Predictions that are right for the first `right` samples, always with the same confidence."""
    probabilities = np.full((of, 2), 1 - sure)
    probabilities[np.arange(of), (np.arange(of) >= right).astype(int)] = sure
    about = "c", "made here", ("a", "b"), np.zeros(of, int), probabilities, [str(i) for i in range(of)]
    return Answers(*about, context=FigureContext("made here", "c", None, "test part"))


@pytest.mark.parametrize(
    ("candidate", "champion", "expected"),
    [
        (answers(90), answers(80), True),
        (answers(90), answers(90), True),
        (answers(90, sure=0.99), answers(90), True),  # as accurate, whatever the log loss
        (answers(89), answers(90, sure=0.99), True),  # hardly less accurate, and its log loss is lower
        (answers(89), answers(90), False),  # hardly less accurate, and its log loss is higher
        (answers(60), answers(90, sure=0.9999), False),  # surely less accurate, though its log loss may be lower
    ],
)
def test_the_rule(candidate, champion, expected):
    not_worse, found = is_not_worse(candidate, champion)
    assert not_worse is expected
    assert found.difference == pytest.approx(candidate.right.mean() - champion.right.mean())


@pytest.mark.parametrize("key", HASHES)
def test_a_champion_of_other_parts_is_refused(tmp_path, refused, key):
    candidate = Candidate(tmp_path, "run", "models:/m-1", HASHES)
    with refused(ConfigError, key=key, value="other", remedy="--force"):
        check_same_parts(candidate, Champion("3", "models:/m-2", HASHES | {key: "other"}))
    check_same_parts(candidate, Champion("3", "models:/m-2", dict(HASHES)))


def test_a_champion_of_an_unknown_run_is_refused(tmp_path, refused):
    with refused(ConfigError, key="data_sha256", remedy="--data"):
        check_same_parts(Candidate(tmp_path, "run", "models:/m-1", HASHES), Champion("3", "models:/m-2", {}))
