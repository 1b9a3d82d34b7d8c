"""One-line messages for user errors: in the command line, in conf/, or in output paths."""

import errno
import os
import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from convpipe.errors import ConfigError, ConvpipeError, nearest
from convpipe.overrides import pasteable

#: Hydra's own options, as `--hydra-help` lists them.
OPTIONS = (
    *("--help", "--hydra-help", "--version", "--cfg", "--resolve", "--package", "--run", "--multirun"),
    *("--shell-completion", "--config-path", "--config-name", "--config-dir", "--experimental-rerun", "--info"),
)

#: Errors that are not bugs: a full disk; a folder that is read-only, belongs to another user, or is a file.
FULL = {errno.ENOSPC, errno.EDQUOT}
NOT_WRITABLE = {errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR}

#: Name of a type in OmegaConf's messages -> its name for users.
EXPECTED = {"Integer": "a whole number", "Float": "a number", "bool": "true or false", "String": "text"}

#: Misuse that Hydra reports as a plain ValueError.
MISUSE = ("Config group override must be", "The --resolve flag", "Only one of --run")


def check_options(arguments: list[str]) -> None:
    """Raise ConfigError for an unknown option with dashes; settings are written without dashes."""
    for argument in arguments:
        name, _, value = argument.partition("=")
        if name.startswith("--") and not any(option.startswith(name) for option in OPTIONS):
            setting = shlex.quote(argument[2:]) if value else f"{name[2:]}=..."
            remedy = f"write a setting without dashes, {setting} (see --help)"
            raise ConfigError(f"unknown option {name}", key=name, value=value or None, remedy=remedy)


def explain(error: Exception, arguments: Sequence[str] = ()) -> str | None:
    """Return a one-line message for a user error, with the nearest known name; None if `error` is a bug.

    Args:
        error: the exception.
        arguments: arguments of the command line, if they may have caused the error.

    >>> explain(ConfigError("unknown key model.filterz;\\n  did you mean model.filters?"))
    'unknown key model.filterz; did you mean model.filters?'
    >>> explain(KeyError("x")) is None
    True
    """
    if isinstance(error, ConvpipeError) or (isinstance(error, ValueError) and str(error).startswith(MISUSE)):
        return _one_line(error)
    if is_full(error) or (isinstance(error, OSError) and error.errno in NOT_WRITABLE):
        return _not_written(error)
    if isinstance(error, MemoryError):
        return f"out of memory ({_one_line(error) or 'no details'}); use fewer, smaller or shorter samples"
    line = _of_hydra(error)
    return line + _swept_choice(line, arguments) if line else None


def is_full(error: BaseException) -> bool:
    """Whether an error reports a full disk; some libraries copy the system's message into their own errors."""
    return getattr(error, "errno", None) in FULL or os.strerror(errno.ENOSPC) in str(error)


def _not_written(error: Exception) -> str:
    place, home = getattr(error, "filename", None), os.environ.get("CONVPIPE_HOME")
    reason = getattr(error, "strerror", None) or os.strerror(errno.ENOSPC)
    if is_full(error):
        remedy = "free some space, or set CONVPIPE_HOME to a folder on another disk"
    elif home and place and Path(place).is_relative_to(home):
        remedy = "set CONVPIPE_HOME to a writable folder"
    else:
        remedy = "change its permissions or use another folder"
    return f"{reason}: {place or 'while writing'}; {remedy}"


def _swept_choice(line: str, arguments: Sequence[str]) -> str:
    """A hint for sweeps over choices: Hydra composes the sweep itself without them, so it does not know their keys."""
    key = re.match(r"unknown key (\w+)\.([\w.]+); (?!did you mean)", line)
    if key and any(re.match(rf"\+*({key[1]}|experiment)=\w+,", each) for each in arguments):
        return f"; write ++{key[1]}.{key[2]}=... for a key that only the swept choices have"
    return ""


def _of_hydra(error: Exception) -> str | None:
    from hydra.errors import HydraException, MissingConfigException, OverrideParseException
    from omegaconf.errors import ConfigKeyError, OmegaConfBaseException, ValidationError
    from yaml import YAMLError  # type: ignore[import-untyped]  # PyYAML ships no types

    cause = error.__cause__ or error
    clash = re.match(r"In '(\w+)/(\w+)': ConfigKeyError.*\nKey '\w+' not in '\w+'\n\s*full_key: (\S+)", str(error))
    if clash:
        group, name, key = clash.groups()
        owner = key.partition(".")[0]
        remedy = f"leave out {group}={name} or {owner}=..."
        return f"{group}={name} sets {key}, which the selected {owner} does not have; {remedy}"
    if isinstance(error, MissingConfigException):
        return _unknown_choice(error)
    if isinstance(error, OverrideParseException):
        return _unreadable(error.override)
    if isinstance(cause, ConfigKeyError | AttributeError) and getattr(cause, "parent_node", None) is not None:
        return _unknown_key(cause)
    if isinstance(cause, ValidationError):
        return _wrong_type(error, cause)
    if isinstance(error, HydraException | OmegaConfBaseException | YAMLError):
        return _misplaced(error) or _one_line(error)
    return None


def _unreadable(word: str) -> str:
    key, equals, value = word.partition("=")
    remedy = f"for a text, write {pasteable(key, value)}" if equals and value else "write KEY=VALUE"
    return f"cannot read {word!r}; {remedy}"


def _unknown_choice(error) -> str:
    group, _, name = (error.missing_cfg_file or "").rpartition("/")
    if not group:
        return _one_line(error)
    return f"unknown {group}={name}; {nearest(name, error.options) if error.options else f'{group} has no choices'}"


def _unknown_key(error) -> str:
    key = error.full_key
    group, _, last = key.rpartition(".")
    everywhere = list(_keys(error.parent_node._get_root()))
    same_name = [path for path in everywhere if path.rpartition(".")[2] == last]
    if same_name:
        return f"unknown key {key}; did you mean {' or '.join(same_name)}?"
    hint = nearest(last, [str(name) for name in error.parent_node if name != "hydra"])
    return f"unknown key {key}; " + re.sub("^did you mean ", rf"\g<0>{group}." if group else r"\g<0>", hint)


def _keys(node, prefix: str = "") -> Iterator[str]:
    """Yield every key of a composed configuration, in full, except Hydra's own."""
    from omegaconf import OmegaConf

    for name in node:
        path = f"{prefix}{name}"
        if path == "hydra":
            continue
        yield path
        inner = node._get_node(name)
        if OmegaConf.is_dict(inner) and not (inner._is_missing() or inner._is_none()):
            yield from _keys(inner, f"{path}.")


def _wrong_type(error, cause) -> str:
    override = re.match(r"Error merging override (.*)", _one_line(error))
    what = override[1] if override else cause.full_key
    type_name = re.search(r"(?:converted to|not a valid) (\w+)", str(cause))
    if type_name and type_name[1] in EXPECTED:
        return f"{what} is not {EXPECTED[type_name[1]]}"
    if "ListConfig, list or tuple" in str(cause):
        return f"{what} is not a list; write {cause.full_key}=[...]"
    return f"{what}: {str(cause).splitlines()[0]}"


def _misplaced(error) -> str | None:
    """The correct form, for two mistakes that Hydra explains at length."""
    twice = re.match(r"Multiple values for (.*?)\. To override", str(error))
    if twice:
        return f"{twice[1]} already has a value; write {twice[1]}=... without the +"
    found = re.match(r"Ambiguous value for argument '(.*)'", str(error))
    if not found:
        return None
    key, _, value = found[1].partition("=")
    remedy = f"add -m to sweep over them, or write {key}=[...] for a list, {pasteable(key, value)} for a text"
    return f"{found[1]} has several values; {remedy}"


def _one_line(error) -> str:
    # Hydra ends some messages with every folder that it searched.
    return " ".join(str(error).split("Config search path:")[0].split())
