"""Files of word vectors: the text format of word2vec, GloVe and fastText, and .npy with a vocabulary file."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from convpipe.errors import DataError

CORRECT = "correct or remove the line"


def read_file(path: Path, vocabulary: set[str], most_bytes: int) -> tuple[Sequence[str], np.ndarray]:
    """Read tokens and their vectors (n, dimensions) floating, in the order of the file.

    Args:
        path: a text file, or an .npy file (rows, dimensions) next to its vocabulary: a file of the same name with .txt
            (one token per line) or .parquet (a column `index`).
        vocabulary: tokens that are always read from a text file.
        most_bytes: size limit for other tokens in half precision; the first ones in a text file are kept.

    Raises:
        DataError: a broken file; the error names file and line.
    """
    return _read_npy(path) if path.suffix == ".npy" else _read_text(path, vocabulary, most_bytes)


def _read_npy(path: Path) -> tuple[Sequence[str], np.ndarray]:
    try:
        vectors = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise DataError(f"not an .npy array of numbers ({error})", file=path) from None
    if vectors.ndim != 2 or not np.issubdtype(vectors.dtype, np.floating):
        found = f"{vectors.dtype} of shape {vectors.shape}"
        raise DataError(f"{found}, but vectors are floating (rows, dimensions)", file=path, value=found)
    file, tokens = _vocabulary_of(path)
    if len(tokens) != len(vectors):
        raise DataError(f"{len(tokens)} tokens but {path.name} has {len(vectors)} rows", file=file, value=len(tokens))
    return tokens, vectors


def _vocabulary_of(path: Path) -> tuple[Path, list[str]]:
    text, table = path.with_suffix(".txt"), path.with_suffix(".parquet")
    if text.is_file():
        lines = text.read_text(encoding="utf-8", errors="replace").split("\n")
        return text, [line.removesuffix("\r") for line in (lines if lines[-1] else lines[:-1])]
    if not table.is_file():
        raise DataError("no vocabulary next to it", file=path, remedy=f"write {text.name} there, one token per line")
    import pyarrow.parquet

    columns = pyarrow.parquet.read_table(table)
    if "index" not in columns.column_names:
        found = ", ".join(columns.column_names)
        raise DataError(f"no column index; its columns are {found}", file=table, key="index", value=found)
    return table, columns.column("index").to_pylist()


def _read_text(path: Path, vocabulary: set[str], most_bytes: int) -> tuple[list[str], np.ndarray]:
    tokens, rows, dim, others, expected, number = [], [], None, 0, None, 0
    with open(path, encoding="utf-8", errors="replace", newline="\n") as file:
        for number, line in enumerate(file, 1):
            fields = line.rstrip().split(" ")
            if number == 1 and len(fields) == 2:  # word2vec and fastText have a header: rows and dimensions
                expected, dim = _header(fields, path)
                continue
            dim = dim or len(fields) - 1
            token = _token(fields, dim, path, number)
            others += token not in vocabulary
            if token in vocabulary or others <= most_bytes // (2 * dim):
                tokens.append(token)
                rows.append(_numbers(fields[-dim:], path, number))
    if expected is not None and number - 1 != expected:
        message = f"{number - 1:,} vectors, but {expected:,} according to its first line"
        raise DataError(message, file=path, line=1, value=expected, remedy="download the file again")
    if not rows:
        remedy = "write a token and its numbers into each line, separated by spaces"
        raise DataError("no vectors in the file", file=path, remedy=remedy)
    return tokens, np.stack(rows)


def _header(fields: list[str], path: Path) -> tuple[int, int]:
    if not all(field.isdecimal() for field in fields) or not int(fields[1]):
        found = " ".join(fields)
        message = f"{found} is neither a token and its numbers nor a header of rows and dimensions"
        raise DataError(message, file=path, line=1, value=found, remedy="correct the line")
    return int(fields[0]), int(fields[1])


def _token(fields: list[str], dim: int, path: Path, line: int) -> str:
    """Return the token of a line. A token may contain spaces (a few of GloVe's do), but no numbers after them."""
    extra = fields[1 : max(1, len(fields) - dim)]
    if len(fields) <= dim or any(_is_number(field) for field in extra):
        message = f"{len(fields) - 1} numbers, but {dim} in the lines before"
        raise DataError(message, file=path, line=line, value=len(fields) - 1, remedy=CORRECT)
    return " ".join(fields[: len(fields) - dim])


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def _numbers(fields: list[str], path: Path, line: int) -> np.ndarray:
    try:
        numbers = np.array(fields, np.float32)
    except ValueError as error:
        raise DataError(str(error), file=path, line=line, remedy=CORRECT) from None
    if not np.isfinite(numbers).all():
        raise DataError("not a finite number", file=path, line=line, remedy=CORRECT)
    return numbers
