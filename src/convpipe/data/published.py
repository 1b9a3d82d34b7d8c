"""Accuracies that others published, for the gap to them: results/published.csv.

Every row is the archive's default split; figures over resampled splits, which are not comparable, are left out. The
table has one row a method, from the repository of the method's authors where they give one.
"""

import csv

from convpipe.paths import PUBLISHED


def published(name: str) -> dict[str, float]:
    """The published test accuracies of a dataset.

    Args:
        name: as in conf/data, such as "gunpoint".

    Returns:
        Accuracy between 0 and 1 by method, best first; empty where none is known.

    >>> published("acsf1")["InceptionTime"]
    0.92
    """
    found = {row["method"]: float(row["accuracy"]) for row in rows() if row["data"] == name}
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))


def rows() -> list[dict[str, str]]:
    """The whole table: data, method, accuracy, source (repository, commit, file), protocol, runs (may be empty)."""
    with open(PUBLISHED, newline="", encoding="utf-8") as table:
        return list(csv.DictReader(table))
