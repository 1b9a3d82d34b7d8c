"""The user's files and their classes: one folder per class, or train/, test/ and optionally val/ with such folders."""

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from convpipe.errors import DataError
from convpipe.overrides import pasteable

#: Name of a folder, in lower case -> the part of the dataset in it.
PARTS = {"train": "train", "training": "train", "test": "test", "testing": "test"}
PARTS |= dict.fromkeys(("val", "valid", "validation", "dev"), "validation")


@dataclass(frozen=True)
class Labeled:
    """A file with its class, its group, whether it is in the official test part (None: there is none), and whether it
    is in the official validation part."""

    path: Path
    label: str
    group: str | None = None
    is_test: bool | None = None
    is_validation: bool = False


@dataclass(frozen=True)
class Wanted:
    """The files that a reader accepts: their name in messages (plural), and their suffixes in lower case."""

    plural: str
    suffixes: tuple[str, ...]

    def __contains__(self, path: Path) -> bool:
        return path.name.lower().endswith(self.suffixes)

    @property
    def endings(self) -> str:
        return ", ".join(self.suffixes)


def folder_of(path: str) -> Path:
    """Return data.path as a folder.

    Raises:
        DataError: it is not a folder.
    """
    if not Path(path).is_dir():
        raise DataError("not a folder", file=path, key="data.path", value=path, remedy="check data.path")
    return Path(path)


def in_folders(root: Path, wanted: Wanted, report: Callable[[str], None], else_do: str = "") -> list[Labeled]:
    """Return the files of each class, in the order of their names.

    The name of a folder is the class of all files below it. If `root` contains `train/` and `test/` (in any case), and
    each contains folders, these are the official parts, together with `val/` (`validation/`, `dev/`) if it exists.

    Args:
        root: the folder.
        wanted: files to read.
        report: called with a line for each reason to leave something out, with the number of files.
        else_do: another way to declare classes that this reader has, for the remedy if no folder has such a file.

    Raises:
        DataError: no files in folders, one class only, parts without a test part, or a class that is in the test or
            validation part but not in the training part.
    """
    skipped: Counter[str] = Counter()
    parts, found = _parts(root), list[Labeled]()
    others = sorted(each.name for each in root.iterdir() if parts and each not in parts.values())
    if others:
        skipped[f"files or folders next to {_named(parts)} ({', '.join(others[:5])})"] = len(others)
    for part, folder in parts.items() or [(None, root)]:
        files = _classes(folder, part, wanted, skipped)
        if not files:
            key, remedy = None, f"put {wanted.plural} into it, or remove it"
            if part is None:
                key, remedy = "data.path", f"put each class into its own folder{else_do}"
            message = f"no {wanted.plural} ({wanted.endings}) in folders"
            raise DataError(message, file=folder, key=key, remedy=remedy)
        found += files
    say_skipped(root, skipped, report)
    check_classes(root, wanted, found)
    return found


def _parts(root: Path) -> dict[str, Path]:
    """Return the folders of the official parts; an empty dictionary if the folders in `root` are classes."""
    folders = _folders(root)
    part_folders = [each for each in folders if each.name.lower() in PARTS]
    parts: dict[str, Path] = {}
    for folder in part_folders:
        part = PARTS[folder.name.lower()]
        if _folders(folder) and parts.setdefault(part, folder) != folder:
            message = f"two folders of the {part} part, {parts[part].name}/ and {folder.name}/"
            raise DataError(message, file=root, remedy="remove one of them")
    if {"train", "test"} <= set(parts):
        return {part: parts[part] for part in ("train", "validation", "test") if part in parts}
    if "train" in parts and (len(parts) > 1 or part_folders == folders):
        message = f"{_named(parts)} but no test/ with a folder for each class"
        train = pasteable("data.path", parts["train"])
        remedy = f"rename the folder of the test part to test/, or use {train} to split off a test part"
        raise DataError(message, file=root, key="data.path", remedy=remedy)
    return {}


def _named(parts: dict[str, Path]) -> str:
    return " and ".join(f"{folder.name}/" for folder in parts.values())


def _folders(folder: Path) -> list[Path]:
    """Return the folders in `folder`, without hidden ones."""
    return sorted(each for each in folder.iterdir() if each.is_dir() and each.name[0] != ".")


def _classes(folder: Path, part: str | None, wanted: Wanted, skipped: Counter) -> list[Labeled]:
    found, is_test = [], None if part is None else part == "test"
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith("."):
            skipped["hidden files or folders"] += 1
        elif not entry.is_dir():
            skipped["files outside the folders of classes"] += 1
        else:
            paths = below(entry, wanted, skipped)
            place = entry.name if part is None else f"{folder.name}/{entry.name}"
            skipped[f"folder {place}/, which has no {wanted.plural}"] += not paths
            # macOS writes an accented letter as two characters.
            label = unicodedata.normalize("NFC", entry.name)
            found += [Labeled(path, label, None, is_test, part == "validation") for path in paths]
    return found


def below(folder: Path, wanted: Wanted, skipped: Counter) -> list[Path]:
    """Return the files in `folder`, at any depth, in the order of their paths, and count the others in `skipped`."""
    kept = []
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            skipped["links to folders"] += path.is_symlink()
            continue
        if any(piece.startswith(".") for piece in path.relative_to(folder).parts):
            skipped["hidden files or folders"] += 1
        elif path not in wanted:
            skipped[f"files whose suffix is none of {wanted.endings}"] += 1
        else:
            kept.append(path)
    return kept


def say_skipped(root: Path, skipped: Counter, report: Callable[[str], None]) -> None:
    """Report a line for each reason to leave something out."""
    for reason, count in sorted(skipped.items()):
        if count:
            report(f"{root}: left out {count} {reason}")


def check_classes(root: Path, wanted: Wanted, found: list[Labeled]) -> None:
    """Refuse a single class, and a class that is in the test or validation part but not in the training part.

    Raises:
        DataError: either of them.
    """
    train_classes = {each.label for each in found if not (each.is_test or each.is_validation)}
    missing = next((each for each in found if each.label not in train_classes), None)
    if missing:
        part = "validation" if missing.is_validation else "test"
        message = f"the {part} part has {wanted.plural} of class {missing.label}, but the training part has none"
        remedy = "remove them, or put some of that class into the training part"
        raise DataError(message, file=root, value=missing.label, remedy=remedy)
    if len(train_classes) < 2:
        remedy = f"add {wanted.plural} of another class"
        message = f"{wanted.plural} of one class only ({found[0].label})"
        raise DataError(message, file=root, value=found[0].label, remedy=remedy)


def described(root: Path, found: list[Labeled]) -> dict:
    """Return the fields of `Dataset` that follow from paths and names; a sample id is a path within `root`."""
    names = sorted({each.label for each in found})
    is_validation = np.array([each.is_validation for each in found])
    return {
        "labels": np.array([names.index(each.label) for each in found], np.int64),
        "class_names": tuple(names),
        "sample_ids": [each.path.relative_to(root).as_posix() for each in found],
        "source": str(root),
        "groups": None if found[0].group is None else np.array([each.group for each in found]),
        "is_test": None if found[0].is_test is None else np.array([each.is_test for each in found]),
        "is_validation": is_validation if is_validation.any() else None,
    }


def contents(root: Path, found: list[Labeled], digest: "hashlib._Hash") -> Iterator[tuple[Path, bytes]]:
    """Yield each file with its bytes. Its path, class, group, part and bytes are added to `digest`.

    Raises:
        DataError: a file that cannot be opened.
    """
    for each in found:
        content = read_bytes(each.path)
        validation = ("validates",) if each.is_validation else ()  # hashed, so it must not change
        about = (each.path.relative_to(root).as_posix(), each.label, each.group, each.is_test, *validation)
        digest.update(f"{about!r} {len(content)}\n".encode() + content)
        yield each.path, content


def decoded(content: bytes) -> str:
    """Decode a file as UTF-8, or else as Latin-1."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def read_bytes(path: str | Path, remedy: str = "check data.path") -> bytes:
    """Return the content of a file.

    Args:
        path: path of the file.
        remedy: remedy of the error if it cannot be opened.

    Raises:
        DataError: it cannot be opened.
    """
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise DataError(error.strerror or str(error), file=path, remedy=remedy) from None
