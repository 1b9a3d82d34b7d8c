"""A tracking store whose folder was moved or renamed.

MLflow keeps absolute addresses of artifacts in its database, so that after a move it would write to the old place and
find nothing of the old runs.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlparse

from convpipe.paths import file_address

#: Table and column of every address of artifacts.
ADDRESSES = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "storage_location"),
)
ARTIFACTS = "mlartifacts"


def follow_move(database: Path) -> None:
    """Let the addresses of artifacts follow a store that was moved.

    Args:
        database: the SQLite file, beside which `mlartifacts/` stands.
    """
    here = database.parent / ARTIFACTS
    if not database.exists() or not here.is_dir():
        return
    with closing(sqlite3.connect(database)) as connection, connection:
        for old in _old_places(connection, here):
            new = here.as_uri() if old.startswith("file:") else file_address(here)
            for table, column in ADDRESSES:
                # The prefix is compared by length, since LIKE would take % and _ in a folder's name as wildcards.
                connection.execute(
                    f"update {table} set {column} = ? || substr({column}, ?) where substr({column}, 1, ?) = ?",
                    (new, len(old) + 1, len(old), old),
                )


def _old_places(connection: sqlite3.Connection, here: Path) -> set[str]:
    """Folders of artifacts that the database names and that are no longer there."""
    try:
        rows = connection.execute("select artifact_location, name from experiments").fetchall()
    except sqlite3.Error:  # no store of MLflow's
        return set()
    places = set()
    for location, name in rows:
        place = _path(location or "")
        if place.name == name and place.parent.name == ARTIFACTS and place.parent != here and not place.parent.exists():
            places.add(location.rpartition("/")[0])
    return places


def _path(location: str) -> Path:
    return Path(unquote(urlparse(location).path) if location.startswith("file:") else location)
