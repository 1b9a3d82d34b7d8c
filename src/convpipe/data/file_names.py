"""The class of a file, and who or what it is of, by a regular expression on its name; else by its folder."""

import re
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

from convpipe.data.folders import Labelled, Wanted, below, check_classes, in_folders, say_skipped
from convpipe.errors import ConfigError, DataError, nearest

#: The meaning of the setting `pattern` of readers.
PATTERN_MEANING = (
    "regular expression on the file name with the groups label and, if wanted, group (a person) and test (any text "
    "there marks the test part); unset: a folder for each class"
)
#: Groups that a pattern may have.
GROUPS = ("label", "group", "test")
OR_PATTERN = ", or set data.pattern, which finds the class in the file name"


def labelled(folder: Path, pattern: str | None, wanted: Wanted, report: Callable[[str], None]) -> list[Labelled]:
    """The files in `folder` with their classes.

    Args:
        folder: of the files, at any depth.
        pattern: matched against whole names without their ending, with the groups label and, if wanted, group and
            test; None: a folder for each class.
        wanted: which files are taken.
        report: is handed a line for each reason to leave something out.

    Raises:
        ConfigError: `pattern` is no regular expression, or lacks the group label.
        DataError: no files, one class only, or a name that does not match.
    """
    if not pattern:
        return in_folders(folder, wanted, report, OR_PATTERN)
    expression, named, wrong = _compiled(pattern), list[Labelled](), []
    skipped: Counter[str] = Counter()
    paths = below(folder, wanted, skipped)
    if not paths:
        message = f"no {wanted.plural} ({wanted.endings}) in the folder"
        raise DataError(message, file=folder, key="data.path", value=str(folder), remedy="check data.path")
    say_skipped(folder, skipped, report)
    for path in paths:
        match = expression.fullmatch(path.stem)
        groups = match.groupdict() if match else {"label": ""}
        if all(groups[key] for key in groups if key != "test"):
            is_test = groups["test"] is not None if "test" in groups else None
            named.append(Labelled(path, groups["label"], groups.get("group"), is_test))
        else:
            wrong.append(path.name)
    refused = partial(DataError, file=folder, key="data.pattern", value=pattern)
    if wrong:
        count = f"{len(wrong)} of {len(paths)} file names do not match data.pattern"
        raise refused(f"{count} (such as {', '.join(wrong[:3])})", remedy="correct the pattern, or move the files")
    if "test" in expression.groupindex and len({each.is_test for each in named}) < 2:
        message = f"the group test of data.pattern matches in {'every' if named[0].is_test else 'no'} file name"
        raise refused(message, remedy="correct the group or leave it out")
    check_classes(folder, wanted, named)
    return named


def _compiled(pattern: str) -> re.Pattern:
    refused = partial(ConfigError, key="data.pattern", value=pattern)
    try:
        expression = re.compile(pattern)
    except re.error as error:
        message = f"data.pattern={pattern} is not a regular expression ({error})"
        raise refused(message, remedy="correct the pattern") from None
    for name in expression.groupindex:
        if name not in GROUPS:
            raise refused(f"data.pattern has the unknown group {name}", remedy=nearest(name, GROUPS))
    if "label" not in expression.groupindex:
        raise refused(f"data.pattern={pattern} has no group for the class", remedy="add the group (?P<label>...)")
    return expression
