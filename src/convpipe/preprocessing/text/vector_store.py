"""A cache on disk of the vectors of encoded texts: one SQLite file per transformer, one row per text."""

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

#: Texts per query and per transaction. Finished transactions survive if a run is killed.
ROWS = 500


class VectorStore:
    """Vectors by the token ids of their text. Folds, seeds and runs share them, even at the same time.

    Args:
        path: path of the file, named after the transformer; its folder is created.
        dim: size of a vector.
    """

    def __init__(self, path: Path, dim: int):
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path, self.dim = path, dim
        self.waiting: list[tuple[bytes, bytes]] = []
        with closing(self._open()) as file, file:
            file.execute("CREATE TABLE IF NOT EXISTS vectors (pieces BLOB PRIMARY KEY, numbers BLOB) WITHOUT ROWID")

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=60)

    def read(self, pieces: Sequence[np.ndarray]) -> Iterator[tuple[int, np.ndarray]]:
        """Yield the index and the vectors (steps, dimensions) float16 of each stored text."""
        with closing(self._open()) as file:
            for start in range(0, len(pieces), ROWS):
                numbers: dict[bytes, list[int]] = {}
                for number, each in enumerate(pieces[start : start + ROWS], start):
                    numbers.setdefault(_key(each), []).append(number)
                marks = ",".join("?" * len(numbers))
                query = f"SELECT pieces, numbers FROM vectors WHERE pieces IN ({marks})"
                for key, found in file.execute(query, list(numbers)):
                    for number in numbers[key]:
                        yield number, np.frombuffer(found, np.float16).reshape(-1, self.dim)

    def add(self, pieces: np.ndarray, vectors: np.ndarray) -> None:
        """Add the vectors of a text. They are on disk after `flush` at the latest."""
        self.waiting.append((_key(pieces), vectors.astype(np.float16).tobytes()))
        if len(self.waiting) >= ROWS:
            self.flush()

    def flush(self) -> None:
        """Write all added vectors in one transaction."""
        with closing(self._open()) as file, file:
            file.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", self.waiting)
        self.waiting = []


def _key(pieces: np.ndarray) -> bytes:
    return hashlib.sha256(np.asarray(pieces, "<i4").tobytes()).digest()
