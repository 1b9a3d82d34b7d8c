"""Published accuracies for comparison: results/published.csv.

Every row refers to the archive's default split; accuracies on resampled splits are not comparable and left out. The
table has one row per method and dataset, from the repository of the method's authors if they publish one.
"""

import csv

from convpipe.paths import PUBLISHED


def published(name: str) -> dict[str, float]:
    """Return the published test accuracies on a dataset.

    Args:
        name: name of the dataset in conf/data, such as "gunpoint".

    Returns:
        Accuracy in [0, 1] by method, best first; empty if none is known.

    >>> published("acsf1")["InceptionTime"]
    0.92
    """
    found = {row["method"]: float(row["accuracy"]) for row in rows() if row["data"] == name}
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))


def rows() -> list[dict[str, str]]:
    """Return the table: data, method, accuracy, source (repository, commit, file), protocol, runs (may be empty)."""
    with open(PUBLISHED, newline="", encoding="utf-8") as table:
        return list(csv.DictReader(table))
