"""Repair of a tracking store whose folder was moved or renamed.

MLflow keeps absolute addresses of artifacts in its database. After a move it would write to the old folder and would
not find the artifacts of earlier runs.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlparse

from convpipe.paths import file_address

#: Tables and columns that hold addresses of artifacts.
ADDRESSES = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "storage_location"),
)
ARTIFACTS = "mlartifacts"


def follow_move(database: Path) -> None:
    """Update the addresses of artifacts in a store that was moved.

    Args:
        database: the SQLite file; `mlartifacts/` is in the same folder.
    """
    here = database.parent / ARTIFACTS
    if not database.exists() or not here.is_dir():
        return
    with closing(sqlite3.connect(database)) as connection, connection:
        for old in _old_places(connection, here):
            new = here.as_uri() if old.startswith("file:") else file_address(here)
            for table, column in ADDRESSES:
                # Compare the prefix by length: LIKE would read % and _ in a folder's name as wildcards.
                connection.execute(
                    f"update {table} set {column} = ? || substr({column}, ?) where substr({column}, 1, ?) = ?",
                    (new, len(old) + 1, len(old), old),
                )


def _old_places(connection: sqlite3.Connection, here: Path) -> set[str]:
    """Artifact folders that the database names and that no longer exist."""
    try:
        rows = connection.execute("select artifact_location, name from experiments").fetchall()
    except sqlite3.Error:  # not a store of MLflow
        return set()
    places = set()
    for location, name in rows:
        place = _path(location or "")
        if place.name == name and place.parent.name == ARTIFACTS and place.parent != here and not place.parent.exists():
            places.add(location.rpartition("/")[0])
    return places


def _path(location: str) -> Path:
    return Path(unquote(urlparse(location).path) if location.startswith("file:") else location)
