"""Words of a command line such as `data.path=my folder`, in Hydra's grammar and ready to paste into a shell."""

import os
import re
import shlex
from pathlib import Path

from convpipe.errors import ConfigError

#: A word that sets a value: what comes before the value, and the value.
WORD = re.compile(r"(\+{0,2}[A-Za-z_][\w.@/]*=)(.+)", re.DOTALL | re.ASCII)
#: Values that neither a shell nor Hydra reads in another way.
PLAIN = re.compile(r"(?!(?i:null|true|false|nan|inf)$)(?:\.{0,2}/)?[A-Za-z_][\w./:-]*", re.ASCII)


def quoted(value: object) -> str:
    r"""A text in quotes, as Hydra's grammar wants a text with brackets, commas and the like.

    >>> print(quoted('say "x"'))
    "say \"x\""
    """
    # A backslash counts only where it stands before a quote.
    return '"' + re.sub(r'(\\*)("|$)', lambda found: found[1] * 2 + (found[2] and r"\""), str(value)) + '"'


def pasteable(key: str, value: object) -> str:
    """A word that sets `key` to a text, a number or a list of them, with the quotes that a shell and Hydra need.

    >>> print(pasteable("data.path", "a[1], b"), pasteable("data.path", "a/b"), pasteable("data.columns", ["x", 1]))
    'data.path="a[1], b"' data.path=a/b 'data.columns=[x,1]'
    """
    text = f"[{','.join(map(_item, value))}]" if isinstance(value, list | tuple) else _item(value)
    return shlex.quote(f"{key}={text}")


def _item(value: object) -> str:
    """One value in Hydra's grammar; a tab is written as its escape."""
    if isinstance(value, bool | int | float):
        return str(value).lower()
    text = str(value)
    return text if PLAIN.fullmatch(text) else quoted(text.replace("\t", "\\t"))


def readable(words: list[str], conf: Path) -> list[str]:
    """The words of a command line, with quotes round values that Hydra could not read, or would change.

    A value stays as it is where it may be meant as a list, a quoted text or several values: with a comma, or a bracket
    or quote at its start. A home folder at the start of a value (`~/`) is written out.

    Args:
        words: of the command line.
        conf: folder of the configuration groups.

    Raises:
        ConfigError: a group is set to something that names no file.

    >>> readable(["data.path=R&D", "data.path=2024_01", "seed=1"], Path())
    ['data.path="R&D"', 'data.path="2024_01"', 'seed=1']
    """
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    parser, readable = OverridesParser.create(), []
    for word in words:
        found = WORD.fullmatch(word)
        if not found:
            readable.append(word)
            continue
        key, value = found[1].strip("+="), found[2]
        if value.startswith("~/"):  # a shell expands it at the start of a word only
            word = found[1] + quoted(os.path.expanduser(value))
        try:
            parsed = parser.parse_override(word).value()
        except HydraException:
            changes = not re.match(r"\s*[\[{'\"]", value) and "," not in value
        else:
            _check_choice(word, key, parsed, conf)
            # Names such as 2024_01 and 1e3 are numbers to Hydra.
            changes = key.startswith("data.") and type(parsed) in (int, float) and str(parsed) != value
        readable.append(found[1] + quoted(value) if changes else word)
    return readable


def _check_choice(word: str, key: str, value: object, conf: Path) -> None:
    """Raise ConfigError where a group gets numbers or other values than names."""
    names = value if isinstance(value, list) else [value]
    is_named = all(isinstance(name, str) for name in names) or not isinstance(value, list | int | float | None)
    if is_named or not (conf / key).is_dir():
        return
    known = ", ".join(sorted(path.stem for path in (conf / key).glob("*.yaml")))
    raise ConfigError(f"{word} names no choice", key=key, value=value, remedy=f"set {key}=NAME; known: {known}")
