"""One line for each mistake of the user: on the command line, in conf/, or in where files are written."""

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

#: Not bugs, but a disk that is full; a folder that is read-only, belongs to somebody else, or is no folder.
FULL = {errno.ENOSPC, errno.EDQUOT}
NOT_WRITABLE = {errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR}

WANTED = {"Integer": "a whole number", "Float": "a number", "bool": "true or false", "String": "a text"}

#: Misuse that Hydra reports as a plain ValueError.
MISUSE = ("Config group override must be", "The --resolve flag", "Only one of --run")


def check_options(arguments: list[str]) -> None:
    """Raise ConfigError for an option with dashes that does not exist; a setting is written without them."""
    for argument in arguments:
        name, _, value = argument.partition("=")
        if name.startswith("--") and not any(option.startswith(name) for option in OPTIONS):
            setting = shlex.quote(argument[2:]) if value else f"{name[2:]}=..."
            remedy = f"write a setting without dashes, {setting} (see --help)"
            raise ConfigError(f"unknown option {name}", key=name, value=value or None, remedy=remedy)


def explain(error: Exception, arguments: Sequence[str] = ()) -> str | None:
    """One line for a mistake of the user, with the nearest known name; None where `error` is a bug.

    Args:
        error: whatever was raised.
        arguments: words of the command line, where they may have caused it.

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
        return f"out of memory ({_one_line(error) or 'no more'}); use fewer, smaller or shorter samples"
    line = _of_hydra(error)
    return line + _swept_choice(line, arguments) if line else None


def is_full(error: BaseException) -> bool:
    """Whether an error says that a disk is full; some libraries put the system's words into errors of their own."""
    return getattr(error, "errno", None) in FULL or os.strerror(errno.ENOSPC) in str(error)


def _not_written(error: Exception) -> str:
    place, home = getattr(error, "filename", None), os.environ.get("CONVPIPE_HOME")
    reason = getattr(error, "strerror", None) or os.strerror(errno.ENOSPC)
    if is_full(error):
        remedy = "free some space, or set CONVPIPE_HOME to a folder on another disk"
    elif home and place and Path(place).is_relative_to(home):
        remedy = "set CONVPIPE_HOME to a folder that can be written"
    else:
        remedy = "change its permissions or name another place"
    return f"{reason}: {place or 'while writing'}; {remedy}"


def _swept_choice(line: str, arguments: Sequence[str]) -> str:
    """What to add where choices are swept: Hydra composes the sweep itself without them, hence without their keys."""
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
        chosen = key.partition(".")[0]
        remedy = f"leave out {group}={name} or {chosen}=..."
        return f"{group}={name} sets {key}, which the chosen {chosen} does not have; {remedy}"
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
    return f"unknown {group}={name}; {nearest(name, error.options) if error.options else 'there is none to choose'}"


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
    """Every key of a composed configuration, in full, Hydra's own left out."""
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
    told = re.match(r"Error merging override (.*)", _one_line(error))
    what = told[1] if told else cause.full_key
    wanted = re.search(r"(?:converted to|not a valid) (\w+)", str(cause))
    if wanted and wanted[1] in WANTED:
        return f"{what} is not {WANTED[wanted[1]]}"
    if "ListConfig, list or tuple" in str(cause):
        return f"{what} is not a list; write {cause.full_key}=[...]"
    return f"{what}: {str(cause).splitlines()[0]}"


def _misplaced(error) -> str | None:
    """What to write instead, for the two mistakes that Hydra explains at length."""
    twice = re.match(r"Multiple values for (.*?)\. To override", str(error))
    if twice:
        return f"{twice[1]} is chosen already; write {twice[1]}=... without the +"
    found = re.match(r"Ambiguous value for argument '(.*)'", str(error))
    if not found:
        return None
    key, _, value = found[1].partition("=")
    remedy = f"add -m to sweep over them, or write {key}=[...] for a list, {pasteable(key, value)} for a text"
    return f"{found[1]} holds several values; {remedy}"


def _one_line(error) -> str:
    # Hydra ends some messages with every folder that it looked into.
    return " ".join(str(error).split("Config search path:")[0].split())
