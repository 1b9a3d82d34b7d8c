"""The class of a file, and who or what it is of, by a regular expression on its name; else by its folder."""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from convpipe.data.folders import Labelled, Wanted, below, check_classes, in_folders, say_skipped
from convpipe.errors import ConfigError, DataError, nearest

#: Groups that a pattern may have.
GROUPS = ("label", "group", "test")
OR_PATTERN = ", or give data.pattern, which finds the class in the file name"


def labelled(folder: Path, pattern: str | None, wanted: Wanted, report: Callable[[str], None]) -> list[Labelled]:
    """The files in `folder` with their classes.

    Args:
        folder: of the files, at any depth.
        pattern: matched against whole names without their ending, with the groups label and, if wanted, group and
            test; none: a folder a class.
        wanted: which files are taken.
        report: is handed a line for each reason to leave something out.

    Raises:
        ConfigError: `pattern` is no regular expression, or lacks the group label.
        DataError: no files, one class only, or a name that does not match.
    """
    if not pattern:
        return in_folders(folder, wanted, report, OR_PATTERN)
    expression = _compiled(pattern)
    paths = _every(folder, wanted, report)
    found = [expression.fullmatch(path.stem) for path in paths]
    needed = [key for key in ("label", "group") if key in expression.groupindex]
    wrong = [path for path, match in zip(paths, found, strict=True) if not (match and all(match.group(*needed, 0)))]
    if wrong:
        first = ", ".join(path.name for path in wrong[:3])
        raise DataError(
            f"{len(wrong)} of {len(paths)} file names in {folder} do not match data.pattern (such as {first}); "
            "mend the pattern, or move the files"
        )
    named = [_named(path, match.groupdict()) for path, match in zip(paths, found, strict=True)]
    if "test" in expression.groupindex and len({each.is_test for each in named}) < 2:
        which = "every" if named[0].is_test else "no"
        raise DataError(
            f"{folder}: the group test of data.pattern matches in {which} file name; mend it or leave it out"
        )
    check_classes(folder, wanted, named)
    return named


def _compiled(pattern: str) -> re.Pattern:
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise ConfigError(f"data.pattern={pattern} is no regular expression ({error})") from None
    unknown = next((name for name in expression.groupindex if name not in GROUPS), None)
    if unknown:
        raise ConfigError(f"data.pattern has a group {unknown}; {nearest(unknown, GROUPS)}")
    if "label" not in expression.groupindex:
        raise ConfigError(f"data.pattern={pattern} lacks the group of the class, (?P<label>...)")
    return expression


def _named(path: Path, groups: dict[str, str | None]) -> Labelled:
    is_test = groups["test"] is not None if "test" in groups else None
    return Labelled(path, groups["label"], groups.get("group"), is_test)


def _every(folder: Path, wanted: Wanted, report: Callable[[str], None]) -> list[Path]:
    """Every such file at any depth."""
    skipped = Counter()
    paths = below(folder, wanted, skipped)
    if not paths:
        raise DataError(f"{folder} holds no {wanted.plural} ({wanted.endings}); check data.path")
    say_skipped(folder, skipped, report)
    return paths
