"""Your own files and their classes: a folder for each class, or train/, test/ and perhaps val/ with such folders."""

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from convpipe.errors import DataError
from convpipe.overrides import pasteable

#: What a folder with a part of the samples may be called, in lower case -> the part.
PARTS = {"train": "train", "training": "train", "test": "test", "testing": "test"}
PARTS |= dict.fromkeys(("val", "valid", "validation", "dev"), "validation")


@dataclass(frozen=True)
class Labeled:
    """A file and what its place or its name says: its class, who or what it is of, whether it tests (None: unknown),
    whether it validates."""

    path: Path
    label: str
    group: str | None = None
    is_test: bool | None = None
    is_validation: bool = False


@dataclass(frozen=True)
class Wanted:
    """Which files a reader takes: what they are called in messages, and how their names end, in lower case."""

    plural: str
    suffixes: tuple[str, ...]

    def __contains__(self, path: Path) -> bool:
        return path.name.lower().endswith(self.suffixes)

    @property
    def endings(self) -> str:
        return ", ".join(self.suffixes)


def folder_of(path: str) -> Path:
    """The folder that data.path names.

    Raises:
        DataError: it is no folder.
    """
    if not Path(path).is_dir():
        raise DataError("not a folder", file=path, key="data.path", value=path, remedy="check data.path")
    return Path(path)


def in_folders(root: Path, wanted: Wanted, report: Callable[[str], None], else_do: str = "") -> list[Labeled]:
    """The files of each class, in the order of their names.

    A class is a folder's name, and folders within it belong to it. Where `root` holds `train/` and `test/`, in
    whatever case, and each of them folders, these are the official parts; so is `val/` (`validation/`, `dev/`) beside
    them.

    Args:
        root: the folder.
        wanted: which files are taken.
        report: is handed a line for each reason to leave something out, with how much.
        else_do: what else its reader can do where no folder holds such a file, for the error.

    Raises:
        DataError: no files in folders, one class only, parts of which none is to be tested on, or a class that is
            tested or validated but not trained.
    """
    skipped: Counter[str] = Counter()
    parts, found = _parts(root), list[Labeled]()
    beside = sorted(each.name for each in root.iterdir() if parts and each not in parts.values())
    if beside:
        skipped[f"files or folders beside {_named(parts)} ({', '.join(beside[:5])})"] = len(beside)
    for part, folder in parts.items() or [(None, root)]:
        files = _classes(folder, part, wanted, skipped)
        if not files:
            key, remedy = None, f"put {wanted.plural} into it, or remove it"
            if part is None:
                key, remedy = "data.path", f"put each class into a folder of its own{else_do}"
            message = f"no {wanted.plural} ({wanted.endings}) in folders"
            raise DataError(message, file=folder, key=key, remedy=remedy)
        found += files
    say_skipped(root, skipped, report)
    check_classes(root, wanted, found)
    return found


def _parts(root: Path) -> dict[str, Path]:
    """The folders of the official parts; none where the folders in `root` are classes."""
    folders = _folders(root)
    called = [each for each in folders if each.name.lower() in PARTS]
    parts: dict[str, Path] = {}
    for folder in called:
        part = PARTS[folder.name.lower()]
        if _folders(folder) and parts.setdefault(part, folder) != folder:
            message = f"two folders of the {part} part, {parts[part].name}/ and {folder.name}/"
            raise DataError(message, file=root, remedy="remove one of them")
    if {"train", "test"} <= set(parts):
        return {part: parts[part] for part in ("train", "validation", "test") if part in parts}
    if "train" in parts and (len(parts) > 1 or called == folders):
        message = f"{_named(parts)} but no test/ with a folder for each class"
        train = pasteable("data.path", parts["train"])
        remedy = f"name the folder of the test part test/, or use {train} to have one cut off"
        raise DataError(message, file=root, key="data.path", remedy=remedy)
    return {}


def _named(parts: dict[str, Path]) -> str:
    return " and ".join(f"{folder.name}/" for folder in parts.values())


def _folders(folder: Path) -> list[Path]:
    """The folders in `folder`, hidden ones left out."""
    return sorted(each for each in folder.iterdir() if each.is_dir() and each.name[0] != ".")


def _classes(folder: Path, part: str | None, wanted: Wanted, skipped: Counter) -> list[Labeled]:
    found, is_test = [], None if part is None else part == "test"
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith("."):
            skipped["hidden files or folders"] += 1
        elif not entry.is_dir():
            skipped["files that stand in no class's folder"] += 1
        else:
            paths = below(entry, wanted, skipped)
            place = entry.name if part is None else f"{folder.name}/{entry.name}"
            skipped[f"folder {place}/, which holds no {wanted.plural}"] += not paths
            # macOS writes accents as signs of their own.
            label = unicodedata.normalize("NFC", entry.name)
            found += [Labeled(path, label, None, is_test, part == "validation") for path in paths]
    return found


def below(folder: Path, wanted: Wanted, skipped: Counter) -> list[Path]:
    """The files in `folder`, at any depth, in the order of their paths; what is left out is counted in `skipped`."""
    kept = []
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            skipped["links to folders"] += path.is_symlink()
            continue
        if any(piece.startswith(".") for piece in path.relative_to(folder).parts):
            skipped["hidden files or folders"] += 1
        elif path not in wanted:
            skipped[f"files that are no {wanted.plural} by their names ({wanted.endings} are)"] += 1
        else:
            kept.append(path)
    return kept


def say_skipped(root: Path, skipped: Counter, report: Callable[[str], None]) -> None:
    """A line for each reason that left something out."""
    for reason, count in sorted(skipped.items()):
        if count:
            report(f"{root}: left out {count} {reason}")


def check_classes(root: Path, wanted: Wanted, found: list[Labeled]) -> None:
    """Refuse one class alone, and a class that is tested or validated but not trained.

    Raises:
        DataError: either of them.
    """
    trained = {each.label for each in found if not (each.is_test or each.is_validation)}
    untrained = next((each for each in found if each.label not in trained), None)
    if untrained:
        part = "validation" if untrained.is_validation else "test"
        message = f"the {part} part has {wanted.plural} of class {untrained.label}, but the training part has none"
        remedy = "remove them, or put some of that class into the training part"
        raise DataError(message, file=root, value=untrained.label, remedy=remedy)
    if len(trained) < 2:
        remedy = f"add {wanted.plural} of another class"
        message = f"{wanted.plural} of one class only ({found[0].label})"
        raise DataError(message, file=root, value=found[0].label, remedy=remedy)


def described(root: Path, found: list[Labeled]) -> dict:
    """Fields of `Dataset` that the files' places and names decide; a sample id is a path within `root`."""
    names = sorted({each.label for each in found})
    validates = np.array([each.is_validation for each in found])
    return {
        "labels": np.array([names.index(each.label) for each in found], np.int64),
        "class_names": tuple(names),
        "sample_ids": [each.path.relative_to(root).as_posix() for each in found],
        "source": str(root),
        "groups": None if found[0].group is None else np.array([each.group for each in found]),
        "is_test": None if found[0].is_test is None else np.array([each.is_test for each in found]),
        "is_validation": validates if validates.any() else None,
    }


def contents(root: Path, found: list[Labeled], digest: "hashlib._Hash") -> Iterator[tuple[Path, bytes]]:
    """Each file and its bytes; what its place and name say and the bytes go into `digest`.

    Raises:
        DataError: a file that cannot be opened.
    """
    for each in found:
        content = read_bytes(each.path)
        validates = ("validates",) if each.is_validation else ()
        about = (each.path.relative_to(root).as_posix(), each.label, each.group, each.is_test, *validates)
        digest.update(f"{about!r} {len(content)}\n".encode() + content)
        yield each.path, content


def decoded(content: bytes) -> str:
    """The text of a file in UTF-8, or else in Latin-1."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def read_bytes(path: str | Path, remedy: str = "check data.path") -> bytes:
    """The content of a file.

    Args:
        path: of the file.
        remedy: what to do where it cannot be opened.

    Raises:
        DataError: it cannot be opened.
    """
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise DataError(error.strerror or str(error), file=path, remedy=remedy) from None
