"""The class and group of a file, from a regular expression on its name or else from its folder."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from convpipe.data.folders import Labeled, Wanted, below, check_classes, in_folders, say_skipped
from convpipe.errors import ConfigError, DataError, nearest
from convpipe.overrides import pasteable

#: The meaning of the setting `pattern` of readers.
PATTERN_MEANING = (
    "regular expression with any of the named groups label, group (such as a person) and test (a match marks the test "
    "part); applied to file names without ending, or to paths if it contains a /: matched in full if it fits all of "
    "them, else searched; without label: one folder per class"
)
#: Named groups that a pattern may have.
GROUPS = ("label", "group", "test")
OR_PATTERN = ", or set data.pattern to find the class in the file name"


def labeled(folder: Path, pattern: str | None, wanted: Wanted, report: Callable[[str], None]) -> list[Labeled]:
    """Return the files in `folder` with their classes.

    Args:
        folder: folder of the files, at any depth.
        pattern: regular expression with any of the named groups label, group and test. It is matched in full if it
            fits all names (without their ending), else searched in them. If it is None or has no group label, each
            class has a folder.
        wanted: files to read.
        report: called with a line for each reason to leave something out, and one on the matches of the pattern.

    Raises:
        ConfigError: `pattern` is not a regular expression, or has none of these groups.
        DataError: no files, one class only, or a name that does not match.
    """
    if not pattern:
        return in_folders(folder, wanted, report, OR_PATTERN)
    if not has_label(pattern):
        return by_names(folder, in_folders(folder, wanted, report, OR_PATTERN), pattern, report)
    named = by_names(folder, files_below(folder, wanted, report), pattern, report)
    check_classes(folder, wanted, named)
    return named


def files_below(
    folder: Path,
    wanted: Wanted,
    report: Callable[[str], None],
    key: str | None = "data.path",
    remedy: str = "check data.path",
) -> list[Labeled]:
    """Return the files in `folder`, at any depth, without a class.

    Args:
        folder: folder of the files.
        wanted: files to read.
        report: called with a line for each reason to leave something out.
        key, remedy: setting and remedy of the error about a folder without such files.

    Raises:
        DataError: no files.
    """
    skipped: Counter[str] = Counter()
    paths = below(folder, wanted, skipped)
    if not paths:
        message = f"no {wanted.plural} ({wanted.endings}) in the folder"
        raise DataError(message, file=folder, key=key, value=str(folder), remedy=remedy)
    say_skipped(folder, skipped, report)
    return [Labeled(path, "") for path in paths]


def has_label(pattern: str | None) -> bool:
    """Return whether a pattern has the group label.

    Raises:
        ConfigError: it is not a regular expression, or has no known group.
    """
    return bool(pattern) and "label" in _compiled(pattern or "").groupindex


def by_names(folder: Path, found: list[Labeled], pattern: str, report: Callable[[str], None]) -> list[Labeled]:
    """Return the files with class, group and part from their names, as far as the pattern has these groups.

    Raises:
        ConfigError: `pattern` is not a regular expression, or has no known group.
        DataError: a name that does not match, or a group test that matches in every name or in none.
    """
    expression, named, wrong = _compiled(pattern), list[Labeled](), []
    names = [_name(each.path, folder, pattern) for each in found]
    # A pattern for full names, such as one that ends with an optional group, must not be searched for.
    match_of = expression.fullmatch if all(map(expression.fullmatch, names)) else expression.search
    for each, name in zip(found, names, strict=True):
        match = match_of(name)
        groups = match.groupdict() if match else {"label": ""}
        if match and all(groups[key] for key in groups if key != "test"):
            is_test = groups["test"] is not None if "test" in groups else each.is_test
            group = groups.get("group", each.group)
            named.append(replace(each, label=groups.get("label", each.label), group=group, is_test=is_test))
        else:
            wrong.append(each.path)
    refused = partial(DataError, file=folder, key="data.pattern", value=pattern)
    example = f"{_name(named[0].path, folder, pattern)} gives {_groups(named[0], expression)}" if named else ""
    if wrong:
        count = f"{len(wrong)} of {len(found)} file names do not match data.pattern, such as {wrong[0].name}"
        shown = example or _partial_match(_name(wrong[0], folder, pattern), pattern)
        raise refused(f"{count} ({shown})", remedy="correct the pattern, or move the files")
    if "test" in expression.groupindex and len({each.is_test for each in named}) < 2:
        message = f"the group test of data.pattern matches in {'every' if named[0].is_test else 'no'} file name"
        raise refused(message, remedy="correct or remove the group")
    report(f"{folder}: data.pattern: {example}")
    return named


def _name(path: Path, folder: Path, pattern: str) -> str:
    """Return the text that a pattern is matched against: the name, or the path within the folder, without ending."""
    name = path.relative_to(folder).with_suffix("").as_posix() if "/" in pattern else path.stem
    return unicodedata.normalize("NFC", name)


def _partial_match(name: str, pattern: str) -> str:
    """Describe the longest start of a pattern that matches in a name."""
    for end in range(len(pattern) - 1, 0, -1):
        try:
            match = re.search(pattern[:end], name)
        except re.error:
            continue
        if match and match[0]:
            return f"its start {pattern[:end]} matches {match[0]!r}"
    return "no part of it matches"


def _groups(each: Labeled, expression: re.Pattern) -> str:
    values = {"label": each.label, "group": each.group, "test": "yes" if each.is_test else "no"}
    return ", ".join(f"{name} {values[name]}" for name in GROUPS if name in expression.groupindex)


def _compiled(pattern: str) -> re.Pattern:
    refused = partial(ConfigError, key="data.pattern", value=pattern)
    try:
        expression = re.compile(unicodedata.normalize("NFC", pattern))
    except re.error as error:
        message = f"data.pattern={pattern} is not a regular expression ({error})"
        raise refused(message, remedy="correct the pattern") from None
    for name in expression.groupindex:
        if name not in GROUPS:
            raise refused(f"data.pattern has the unknown group {name}", remedy=nearest(name, GROUPS))
    if not expression.groupindex:
        remedy = f"add one, such as {pasteable('data.pattern', '(?P<label>[a-z]+)')}"
        raise refused(f"data.pattern={pattern} has none of the named groups label, group and test", remedy=remedy)
    return expression
