"""The reader's own files and their classes: a folder a class, or train/, test/ and perhaps val/ with such folders."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from convpipe.errors import DataError

#: What a folder with a part of the samples may be called, in lower case -> the part.
PARTS = {"train": "train", "training": "train", "test": "test", "testing": "test"}
PARTS |= dict.fromkeys(("val", "valid", "validation", "dev"), "validation")


@dataclass(frozen=True)
class Labelled:
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
        raise DataError(f"{path} is not a folder; check data.path")
    return Path(path)


def in_folders(root: Path, wanted: Wanted, report: Callable[[str], None], else_do: str = "") -> list[Labelled]:
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
    skipped = Counter()
    parts = _parts(root)
    if parts:
        beside = sorted(each.name for each in root.iterdir() if each not in parts.values())
        if beside:
            skipped[f"files or folders beside {_named(parts)} ({', '.join(beside[:5])})"] = len(beside)
        by_part = {part: _classes(folder, part, wanted, skipped) for part, folder in parts.items()}
        empty = next((parts[part] for part, files in by_part.items() if not files), None)
        if empty:
            raise DataError(f"{empty} holds no {wanted.plural} ({wanted.endings}); fill it or take it away")
        found = [each for files in by_part.values() for each in files]
    else:
        found = _classes(root, None, wanted, skipped)
    if not found:
        raise DataError(
            f"{root} holds no {wanted.plural} in folders; put each class into a folder of its own "
            f"({wanted.endings}){else_do}"
        )
    say_skipped(root, skipped, report)
    check_classes(root, wanted, found)
    return found


def _parts(root: Path) -> dict[str, Path]:
    """The folders of the official parts; none where the folders in `root` are classes."""
    folders = _folders(root)
    called = [each for each in folders if each.name.lower() in PARTS]
    parts: dict[str, Path] = {}
    for folder in called:
        if _folders(folder) and parts.setdefault(PARTS[folder.name.lower()], folder) != folder:
            raise DataError(f"{root} holds two folders of one part, {_named(parts)} and {folder.name}/; take one away")
    if {"train", "test"} <= set(parts):
        return {part: parts[part] for part in ("train", "validation", "test") if part in parts}
    if "train" in parts and (len(parts) > 1 or called == folders):
        raise DataError(
            f"{root} holds {_named(parts)} but no test/ with a folder a class; call what is to be tested on test/, or "
            f"give data.path={parts['train']} to have a test part cut off"
        )
    return {}


def _named(parts: dict[str, Path]) -> str:
    return " and ".join(f"{folder.name}/" for folder in parts.values())


def _folders(folder: Path) -> list[Path]:
    """The folders in `folder`, hidden ones left out."""
    return sorted(each for each in folder.iterdir() if each.is_dir() and each.name[0] != ".")


def _classes(folder: Path, part: str | None, wanted: Wanted, skipped: Counter) -> list[Labelled]:
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
            found += [Labelled(path, entry.name, None, is_test, part == "validation") for path in paths]
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


def check_classes(root: Path, wanted: Wanted, found: list[Labelled]) -> None:
    """Refuse one class alone, and a class that is tested or validated but not trained.

    Raises:
        DataError: either of them.
    """
    trained = {each.label for each in found if not (each.is_test or each.is_validation)}
    untrained = next((each for each in found if each.label not in trained), None)
    if untrained:
        part = "validation" if untrained.is_validation else "test"
        raise DataError(f"{root}: {part} has {wanted.plural} of {untrained.label}, but train has none")
    if len(trained) < 2:
        raise DataError(f"{root}: {wanted.plural} of one class only ({found[0].label}); a classifier needs two or more")


def described(root: Path, found: list[Labelled]) -> dict:
    """What of `Samples` the files' places and names say; an origin is a path within `root`."""
    names = sorted({each.label for each in found})
    validates = np.array([each.is_validation for each in found])
    return {
        "labels": np.array([names.index(each.label) for each in found], np.int64),
        "class_names": tuple(names),
        "origins": [each.path.relative_to(root).as_posix() for each in found],
        "source": str(root),
        "groups": None if found[0].group is None else np.array([each.group for each in found]),
        "is_test": None if found[0].is_test is None else np.array([each.is_test for each in found]),
        "is_validation": validates if validates.any() else None,
    }


def contents(root: Path, found: list[Labelled], digest: "hashlib._Hash") -> Iterator[tuple[Path, bytes]]:
    """Each file and its bytes; what its place and name say and the bytes go into `digest`.

    Raises:
        DataError: a file that cannot be opened.
    """
    for each in found:
        content = read_bytes(each.path)
        about = (each.path.relative_to(root).as_posix(), each.label, each.group, each.is_test)
        about += ("validates",) if each.is_validation else ()
        digest.update(f"{about!r} {len(content)}\n".encode() + content)
        yield each.path, content


def read_bytes(path: Path) -> bytes:
    """The content of a file.

    Raises:
        DataError: it cannot be opened.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}; check data.path") from None
