"""Paths of the files that convpipe ships with and of the files that it writes."""

import os
import re
from pathlib import Path
from urllib.parse import quote, unquote

from convpipe.errors import ConfigError, DataError

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parents[1]

#: The project's folder when convpipe runs from a checkout; None for an installed wheel.
PROJECT = _CHECKOUT if (_CHECKOUT / "conf" / "train.yaml").is_file() else None

#: Configuration groups. A wheel contains them as package data.
CONF = PROJECT / "conf" if PROJECT else _PACKAGE / "conf"

#: Published test accuracies of other work.
PUBLISHED = PROJECT / "results" / "published.csv" if PROJECT else _PACKAGE / "published.csv"

#: The folder for runs/, data/ and the tracking store: CONVPIPE_HOME, else the checkout, else the current folder.
HOME = Path(os.environ.get("CONVPIPE_HOME") or PROJECT or Path.cwd()).expanduser().resolve()

#: Characters with a special meaning in a URI.
MARKS = frozenset("?#%")


def check_home() -> None:
    """Refuse a HOME in which nothing can be written, because it or one of its parents is a file.

    Raises:
        ConfigError: HOME or one of its parents is a file.
    """
    above = next(each for each in (HOME, *HOME.parents) if each.exists())
    if not above.is_dir():
        remedy = "set CONVPIPE_HOME to a folder"
        raise ConfigError("not a folder", file=HOME, key="CONVPIPE_HOME", value=str(HOME), remedy=remedy)


def check_input(place: str) -> None:
    """Refuse a file or folder that does not exist, before heavy packages are imported.

    Args:
        place: path of the samples; "-" is standard input.

    Raises:
        DataError: the path does not exist.
    """
    if place != "-" and not Path(place).exists():
        raise DataError("no such file or folder", file=place, value=place, remedy="check the path")


def check_output(place: Path | None, overwrite: bool) -> None:
    """Refuse to overwrite a file, unless the user allows it.

    Args:
        place: the file; None for standard output.
        overwrite: whether `--overwrite` was given.

    Raises:
        ConfigError: the file exists.
    """
    if place is not None and place.exists() and not overwrite:
        raise ConfigError("the file exists", file=place, key="--output", value=str(place), remedy="add --overwrite")


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file completely or not at all; text is encoded in UTF-8."""
    partial = path.with_name(path.name + ".partial")
    try:
        partial.write_bytes(content.encode() if isinstance(content, str) else content)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def store_uri() -> str:
    """URI of the tracking store: MLFLOW_TRACKING_URI if set, else a SQLite file in HOME."""
    return os.environ.get("MLFLOW_TRACKING_URI") or home_store_uri()


def home_store_uri() -> str:
    """URI of the SQLite file in HOME."""
    file = str(HOME / "mlflow.db")
    if not MARKS.intersection(file):
        return f"sqlite:///{file}"
    # SQLAlchemy decodes the path. MLflow does not, and would create a folder of that name, unless a driver is named.
    return f"sqlite+pysqlite:///{quote(file)}"


def store_file(uri: str) -> Path | None:
    """Return the SQLite file of a tracking store.

    Args:
        uri: URI of the store.

    Returns:
        The file; None for any other kind of store.

    >>> store_file("sqlite+pysqlite:////a%3F/mlflow.db"), store_file("http://127.0.0.1:5000")
    (PosixPath('/a?/mlflow.db'), None)
    """
    found = re.match(r"sqlite(?:\+pysqlite)?:///([^?]+)", uri)
    return Path(unquote(found[1])) if found else None


def file_address(path: Path) -> str:
    """Return a path for MLflow's artifacts: unchanged, or as a URI if it contains characters special in a URI."""
    return path.as_uri() if MARKS.intersection(str(path)) else str(path)


def command(name: str) -> str:
    """Return the shell command line that starts a command.

    Args:
        name: name of the command, such as "train".
    """
    return f"python scripts/{name}.py" if PROJECT else f"convpipe {name}"
