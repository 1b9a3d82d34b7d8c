"""Files that belong together by their names: NAME_TRAIN and NAME_TEST, X_train and y_train."""

import re
from pathlib import Path

from convpipe.data.series.label_files import file_beside
from convpipe.data.series.reading import PARQUET
from convpipe.errors import DataError
from convpipe.overrides import pasteable

#: The ends of names that may come as NAME_TRAIN and NAME_TEST, in the order of choice.
PAIRED = (".ts", ".tsv", ".txt", ".arff", ".csv", *PARQUET)
#: A file of series whose labels may stand beside it.
SERIES = re.compile(r"(?i)x[_\-. ]?(train|test)")
TRAIN = re.compile(r"(?i)(^|.*[_\-. ])(train|training)$")


def part_beside(path: Path) -> Path | None:
    """The file NAME_TEST beside a file NAME_TRAIN, if there is one."""
    found = TRAIN.match(path.stem)
    if not found or path.is_dir() or not path.parent.is_dir():
        return None
    name = found[1].lower() + ("testing" if found[2].lower() == "training" else "test") + path.suffix.lower()
    return next((each for each in sorted(path.parent.iterdir()) if each.name.lower() == name), None)


def pair_in(root: Path) -> tuple[Path, Path] | None:
    """The two files NAME_TRAIN and NAME_TEST in a folder, if there is one such pair of some ending."""
    files = sorted(each for each in root.iterdir() if each.is_file())
    for suffix in PAIRED:
        alike = [each for each in files if each.suffix.lower() == suffix]
        found = [(each, test) for each in alike if (test := part_beside(each))]
        if len(found) > 1:
            names = ", ".join(each.name for each, _ in found[:3])
            remedy = pasteable("data.path", str(found[0][0]))
            message = f"{len(found)} pairs of training and test file ({names})"
            raise DataError(message, file=root, key="data.path", remedy=f"name one, as in {remedy}")
        if found and len(alike) == 2:
            return found[0]
    return None


def check_label_files(root: Path) -> None:
    """Refuse a folder with a file X_train of series whose labels stand in y_train; the remedy names it.

    Raises:
        DataError: there is one, in the folder or in one within it.
    """
    series = [each for each in (*root.glob("*"), *root.glob("*/*")) if SERIES.match(each.name) and file_beside(each)]
    train = sorted(each for each in series if "test" not in each.name.lower())
    if train:
        test = sorted(each for each in series if each not in train and each.suffix == train[0].suffix)
        remedy = " ".join(
            pasteable(f"data.{key}", str(each[0])) for key, each in (("path", train), ("test", test)) if each
        )
        message = f"{train[0].name} has its labels in {file_beside(train[0])}"
        raise DataError(message, file=root, key="data.path", value=str(root), remedy=f"set {remedy}")
