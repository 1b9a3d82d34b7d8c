"""A table of the reader's own: texts and labels, in CSV, TSV, plain lines, JSONL or Parquet."""

import hashlib
import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import numpy as np

from convpipe import config
from convpipe.data.samples import Samples, with_hash_of
from convpipe.data.text.records import TextFile, collect, samples_of
from convpipe.errors import DataError

#: suffix -> "module:class" that reads such a table; the module is imported only when it is needed.
FORMATS = {
    ".csv": "delimited:Delimited",
    ".tsv": "delimited:Delimited",
    ".txt": "delimited:Delimited",
    ".jsonl": "json_lines:JsonLines",
    ".ndjson": "json_lines:JsonLines",
    ".parquet": "parquet:Parquet",
}
#: Settings that change what is read out of the same bytes.
CHANGING = ("text", "label", "group", "encoding", "separator", "quotes")


def read(data: config.TextTable, report: Callable[[str], None]) -> Samples:
    """The reader's own table, and those of the validation and of the test part if there are such.

    Labels, groups and a hash of each text are kept; the texts stay in the file until they are asked for, one after the
    other or by neighbours most cheaply.

    Args:
        data: paths, columns and format.
        report: is handed a line where texts are empty or repeated.

    Returns:
        Samples of texts as they stand in the file, the training file's first; classes sorted.

    Raises:
        ConfigError: settings that do not fit the format.
        DataError: a file that cannot be read, a row that is broken, or files that do not fit each other.
    """
    paths = {"train": data.path, "validation": data.validation, "test": data.test}
    paths = {part: path for part, path in paths.items() if path}
    _refuse_same(paths)
    hashes, files = [], {}
    for part, path in paths.items():
        table = _opened(path, data)
        hashes.append(table.sha256)
        files[part] = collect(path, table.records(), table)
        if data.empty == "refuse":
            _refuse_empty(files[part])
    sha256 = hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest()
    samples = samples_of(files, " and ".join(paths.values()), sha256, report)
    return with_hash_of(samples, json.dumps([getattr(data, key) for key in CHANGING]).encode())


def _refuse_same(paths: dict[str, str]) -> None:
    for part in ("validation", "test"):
        if part in paths and Path(paths[part]).resolve() == Path(paths["train"]).resolve():
            raise DataError(
                f"data.{part}={paths[part]} is the training file itself; leave it out, and a part is cut off"
            )


def _opened(path: str, data: config.TextTable):
    suffix = Path(path).suffix.lower()
    if suffix not in FORMATS:
        # A folder has no suffix that is known, and is better called by its name.
        what = "is a folder" if Path(path).is_dir() else f"has the unknown suffix {suffix or '(none)'}"
        raise DataError(f"{path} {what}; a table of texts ends with {', '.join(FORMATS)}")
    module, name = FORMATS[suffix].split(":")
    return getattr(import_module(f"convpipe.data.text.{module}"), name)(path, data)


def _refuse_empty(file: TextFile) -> None:
    count = np.count_nonzero(~file.words)
    if count:
        row = file.rows[~file.words][0]
        raise DataError(
            f"{file.name} row {row}: the text is empty ({count} such rows); "
            "leave them out, or keep them with data.empty=unknown"
        )
