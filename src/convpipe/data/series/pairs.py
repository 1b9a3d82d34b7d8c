"""Files that belong together by name: NAME_TRAIN and NAME_TEST, X_train and y_train."""

import re
from pathlib import Path

from convpipe.data.series.label_files import find_label_file
from convpipe.data.series.reading import PARQUET
from convpipe.errors import DataError
from convpipe.overrides import pasteable

#: Suffixes of the files NAME_TRAIN and NAME_TEST, preferred ones first.
PAIRED = (".ts", ".tsv", ".txt", ".arff", ".csv", *PARQUET)
#: A file of series that may have a file of labels next to it.
SERIES = re.compile(r"(?i)x[_\-. ]?(train|test)")
TRAIN = re.compile(r"(?i)(^|.*[_\-. ])(train|training)$")


def find_test_file(path: Path) -> Path | None:
    """Return the file NAME_TEST next to a file NAME_TRAIN, or None."""
    match = TRAIN.match(path.stem)
    if not match or path.is_dir() or not path.parent.is_dir():
        return None
    name = match[1].lower() + ("testing" if match[2].lower() == "training" else "test") + path.suffix.lower()
    return next((each for each in sorted(path.parent.iterdir()) if each.name.lower() == name), None)


def find_pair(root: Path) -> tuple[Path, Path] | None:
    """Return the files NAME_TRAIN and NAME_TEST of a folder, or None if it has other files with this suffix.

    Raises:
        DataError: several such pairs.
    """
    files = sorted(each for each in root.iterdir() if each.is_file())
    for suffix in PAIRED:
        alike = [each for each in files if each.suffix.lower() == suffix]
        pairs = [(each, test) for each in alike if (test := find_test_file(each))]
        if len(pairs) > 1:
            names = ", ".join(each.name for each, _ in pairs[:3])
            remedy = pasteable("data.path", str(pairs[0][0]))
            message = f"{len(pairs)} pairs of training and test files ({names})"
            raise DataError(message, file=root, key="data.path", remedy=f"select one, such as {remedy}")
        if pairs and len(alike) == 2:
            return pairs[0]
    return None


def check_label_files(root: Path) -> None:
    """Refuse a folder with series in a file X_train and labels in y_train; the remedy names the files to set.

    Raises:
        DataError: the folder or one of its subfolders has such files.
    """
    series = [
        each for each in (*root.glob("*"), *root.glob("*/*")) if SERIES.match(each.name) and find_label_file(each)
    ]
    train = sorted(each for each in series if "test" not in each.name.lower())
    if train:
        test = sorted(each for each in series if each not in train and each.suffix == train[0].suffix)
        remedy = " ".join(
            pasteable(f"data.{key}", str(each[0])) for key, each in (("path", train), ("test", test)) if each
        )
        message = f"the labels of {train[0].name} are in {find_label_file(train[0])}"
        raise DataError(message, file=root, key="data.path", value=str(root), remedy=f"set {remedy}")
