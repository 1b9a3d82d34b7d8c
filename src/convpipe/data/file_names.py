"""The class of a file, and who or what it is of, by a regular expression on its name; else by its folder."""

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
    "regular expression that matches the whole name of every file, else is found anywhere in the name (in the path "
    "where it holds a /), with the groups label, group (a person) and test (any text there marks the test part), each "
    "if wanted; without label: a folder for each class"
)
#: Groups that a pattern may have.
GROUPS = ("label", "group", "test")
OR_PATTERN = ", or set data.pattern, which finds the class in the file name"


def labeled(folder: Path, pattern: str | None, wanted: Wanted, report: Callable[[str], None]) -> list[Labeled]:
    """The files in `folder` with their classes.

    Args:
        folder: of the files, at any depth.
        pattern: matches all names without their ending as a whole, else is found anywhere in them; with the groups
            label, group and test, each if wanted. Without the group label, or None: a folder for each class.
        wanted: which files are taken.
        report: is handed a line for each reason to leave something out, and one on what the pattern finds.

    Raises:
        ConfigError: `pattern` is no regular expression, or has none of these groups.
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
    """The files in `folder`, at any depth, without a class.

    Args:
        folder: of the files.
        wanted: which files are taken.
        report: is handed a line for each reason to leave something out.
        key, remedy: what names the folder, and what to do, where it holds no files.

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
    """Whether a pattern finds the class.

    Raises:
        ConfigError: it is no regular expression, or has no known group.
    """
    return bool(pattern) and "label" in _compiled(pattern or "").groupindex


def by_names(folder: Path, found: list[Labeled], pattern: str, report: Callable[[str], None]) -> list[Labeled]:
    """Files with what a pattern finds in their names: class, group and whether they test, where it has such groups.

    Raises:
        ConfigError: `pattern` is no regular expression, or has no known group.
        DataError: a name that does not match, or a group test that is found in every name or in none.
    """
    expression, named, wrong = _compiled(pattern), list[Labeled](), []
    names = [_name(each.path, folder, pattern) for each in found]
    # A pattern for whole names, such as one that ends with an optional group, is not one for parts of them.
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
    like = f"{_name(named[0].path, folder, pattern)} gives {_told(named[0], expression)}" if named else ""
    if wrong:
        count = f"{len(wrong)} of {len(found)} file names do not match data.pattern, such as {wrong[0].name}"
        shown = like or _so_far(_name(wrong[0], folder, pattern), pattern)
        raise refused(f"{count} ({shown})", remedy="correct the pattern, or move the files")
    if "test" in expression.groupindex and len({each.is_test for each in named}) < 2:
        message = f"the group test of data.pattern matches in {'every' if named[0].is_test else 'no'} file name"
        raise refused(message, remedy="correct the group or leave it out")
    report(f"{folder}: data.pattern: {like}")
    return named


def _name(path: Path, folder: Path, pattern: str) -> str:
    """What a pattern is matched against: the name, or the path within the folder, without the ending."""
    name = path.relative_to(folder).with_suffix("").as_posix() if "/" in pattern else path.stem
    return unicodedata.normalize("NFC", name)


def _so_far(name: str, pattern: str) -> str:
    """How much of a pattern is found in a name that does not match all of it."""
    for end in range(len(pattern) - 1, 0, -1):
        try:
            match = re.search(pattern[:end], name)
        except re.error:
            continue
        if match and match[0]:
            return f"of it {pattern[:end]} matches {match[0]!r}"
    return "no part of it matches"


def _told(each: Labeled, expression: re.Pattern) -> str:
    told = {"label": each.label, "group": each.group, "test": "yes" if each.is_test else "no"}
    return ", ".join(f"{name} {told[name]}" for name in GROUPS if name in expression.groupindex)


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
        remedy = f"write {pasteable('data.pattern', '(?P<label>[a-z]+)')} or the like"
        raise refused(f"data.pattern={pattern} has no group for the class or for persons", remedy=remedy)
    return expression
