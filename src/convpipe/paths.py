"""Where convpipe finds what it ships and where it writes what it makes."""

import os
from pathlib import Path

from convpipe.errors import ConfigError

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parents[1]

#: The project's folder when convpipe runs from a checkout; None for an installed wheel.
PROJECT = _CHECKOUT if (_CHECKOUT / "conf" / "train.yaml").is_file() else None

#: Configuration groups. A wheel carries them as package data.
CONF = PROJECT / "conf" if PROJECT else _PACKAGE / "conf"

#: Test accuracies published by others.
PUBLISHED = PROJECT / "results" / "published.csv" if PROJECT else _PACKAGE / "published.csv"

#: The folder for runs/, data/ and the tracking store: CONVPIPE_HOME, else the checkout, else the current folder.
HOME = Path(os.environ.get("CONVPIPE_HOME") or PROJECT or Path.cwd()).expanduser().resolve()


def check_home() -> None:
    """Refuse a HOME in which nothing can be written because it is a file, or lies in one.

    Raises:
        ConfigError: it is.
    """
    above = next(each for each in (HOME, *HOME.parents) if each.exists())
    if not above.is_dir():
        remedy = "set CONVPIPE_HOME to a folder"
        raise ConfigError("not a folder", file=HOME, key="CONVPIPE_HOME", value=str(HOME), remedy=remedy)


def command(name: str) -> str:
    """How a command is called from a shell.

    Args:
        name: of the command, such as "train".
    """
    return f"python scripts/{name}.py" if PROJECT else f"convpipe {name}"
