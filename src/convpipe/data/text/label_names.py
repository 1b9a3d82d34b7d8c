"""Class names with several spellings: Unicode normal forms, and whole numbers with or without `.0`."""

import re
import unicodedata
from collections.abc import Callable, Iterable

#: Names of missing values, in lower case.
MISSING = {"nan", "none", "null", "na", "n/a", "<na>"}


def canonical(name: str) -> str:
    """Return the canonical spelling of a class or group: composed characters (NFC), and whole numbers without `.0`.

    >>> canonical("1.0"), canonical("1.10"), canonical("v1.0")
    ('1', '1.10', 'v1.0')
    """
    name = unicodedata.normalize("NFC", name)
    whole = re.fullmatch(r"(-?\d+)\.0+", name)
    return whole[1] if whole else name


def one_spelling(names: Iterable[str], report: Callable[[str], None]) -> dict[str, str]:
    """Map each spelling to a class name: one name for all spellings of a class; a single spelling is kept, in NFC.

    Args:
        names: class names as spelled in the files.
        report: called with a line for each class with several spellings, for classes that differ only in case, and
            for classes that may mean a missing value.
    """
    spellings: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        spellings.setdefault(canonical(name), []).append(name)
    renamed: dict[str, str] = {}
    for name, written in spellings.items():
        if len(written) > 1:
            report(f"the labels {' and '.join(map(ascii, written))} are merged into one class, {name}")
        renamed |= {each: name if len(written) > 1 else unicodedata.normalize("NFC", each) for each in written}
    for name in dict.fromkeys(renamed.values()):
        if name.casefold() in MISSING:
            report(f"warning: the class {name} may be rows without a label")
    by_case: dict[str, list[str]] = {}
    for name in dict.fromkeys(renamed.values()):
        by_case.setdefault(name.casefold(), []).append(name)
    for alike in by_case.values():
        if len(alike) > 1:
            report(f"warning: the classes {' and '.join(alike)} differ only in upper and lower case")
    return renamed
