"""Command-line overrides such as `data.path=my folder`, in Hydra's grammar and quoted for a shell."""

import os
import re
import shlex
from pathlib import Path

from convpipe.errors import ConfigError

#: An override: its key with the equals sign, and its value.
WORD = re.compile(r"(\+{0,2}[A-Za-z_][\w.@/]*=)(.+)", re.DOTALL | re.ASCII)
#: Values that need no quotes, neither in a shell nor in Hydra.
PLAIN = re.compile(r"(?!(?i:null|true|false|nan|inf)$)(?:\.{0,2}/)?[A-Za-z_][\w./:-]*", re.ASCII)


def quoted(value: object) -> str:
    r"""Put a text in quotes, which Hydra's grammar requires for brackets, commas and other special characters.

    >>> print(quoted('say "x"'))
    "say \"x\""
    """
    # A backslash is special only before a quote.
    return '"' + re.sub(r'(\\*)("|$)', lambda found: found[1] * 2 + (found[2] and r"\""), str(value)) + '"'


def pasteable(key: str, value: object) -> str:
    """Return the override that sets `key` to a text, a number or a list of them, quoted for a shell and Hydra.

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
    """Return the overrides of a command line, with quotes around values that Hydra cannot read or would change.

    A value is left unchanged if it may be a list, a quoted text or several values: if it contains a comma, or starts
    with a bracket or a quote. A home folder at the start of a value (`~/`) is expanded.

    Args:
        words: the arguments of the command line.
        conf: folder of the configuration groups.

    Raises:
        ConfigError: a group is set to a value that is not a name.

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
            # Hydra reads names such as 2024_01 and 1e3 as numbers.
            changes = key.startswith("data.") and type(parsed) in (int, float) and str(parsed) != value
        readable.append(found[1] + quoted(value) if changes else word)
    return readable


def _check_choice(word: str, key: str, value: object, conf: Path) -> None:
    """Raise ConfigError if a group is set to a number or to another value that is not a name."""
    names = value if isinstance(value, list) else [value]
    is_named = all(isinstance(name, str) for name in names) or not isinstance(value, list | int | float | None)
    if is_named or not (conf / key).is_dir():
        return
    known = ", ".join(sorted(path.stem for path in (conf / key).glob("*.yaml")))
    raise ConfigError(f"unknown {word}", key=key, value=value, remedy=f"choose one of {known}")
