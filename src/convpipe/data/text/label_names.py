"""Class names that are written in several ways: Unicode's normal forms, and whole numbers with or without `.0`."""

import re
import unicodedata
from collections.abc import Callable, Iterable

#: What programs write for a missing value, in lower case.
MISSING = {"nan", "none", "null", "na", "n/a", "<na>"}


def canonical(name: str) -> str:
    """The one spelling of a class or a group: composed characters (NFC), and whole numbers without `.0`.

    >>> canonical("1.0"), canonical("1.10"), canonical("v1.0")
    ('1', '1.10', 'v1.0')
    """
    name = unicodedata.normalize("NFC", name)
    whole = re.fullmatch(r"(-?\d+)\.0+", name)
    return whole[1] if whole else name


def one_spelling(names: Iterable[str], report: Callable[[str], None]) -> dict[str, str]:
    """The name that each class gets: one for all its spellings; a class of a single spelling keeps it, in NFC.

    Args:
        names: of the classes as they are written, in any files.
        report: is handed a line for each class of several spellings, for classes that differ by case alone, and for
            those that may stand for a missing value.
            that may stand for a missing value.
    """
    spellings: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        spellings.setdefault(canonical(name), []).append(name)
    renamed: dict[str, str] = {}
    for name, written in spellings.items():
        if len(written) > 1:
            report(f"the labels {' and '.join(map(ascii, written))} are one class, {name}")
        renamed |= {each: name if len(written) > 1 else unicodedata.normalize("NFC", each) for each in written}
    for name in dict.fromkeys(renamed.values()):
        if name.casefold() in MISSING:
            report(f"warning: the class {name} may stand for rows without a label")
    by_case: dict[str, list[str]] = {}
    for name in dict.fromkeys(renamed.values()):
        by_case.setdefault(name.casefold(), []).append(name)
    for alike in by_case.values():
        if len(alike) > 1:
            report(f"warning: the classes {' and '.join(alike)} differ only in upper and lower case")
    return renamed
