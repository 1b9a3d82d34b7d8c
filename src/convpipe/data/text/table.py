"""The reader of tables of texts and labels: CSV, TSV, plain lines, JSONL or Parquet."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from convpipe.data.dataset import Dataset, with_hash_of
from convpipe.data.text.formats import opened
from convpipe.data.text.new import read_new
from convpipe.data.text.records import collect, dataset_of
from convpipe.data.text.settings import TextTableSettings
from convpipe.errors import DataError
from convpipe.registry import register_reader

#: Settings that change what is read from the same bytes.
CHANGING = ("text", "label", "group", "encoding", "separator", "quotes")


@register_reader(TextTableSettings, "text", new=read_new)
def read(data: TextTableSettings, report: Callable[[str], None]) -> Dataset:
    """Read a table, and optionally those of the validation and test parts.

    Labels, groups and a hash of each text are kept in memory. Texts are read from the file on access, fastest in
    ascending order.

    Args:
        data: paths, columns and format.
        report: called with a line for empty or repeated texts, and for each guess about the format.

    Returns:
        Dataset of unchanged texts, those of the training file first; classes are sorted.

    Raises:
        ConfigError: settings that do not fit the format.
        DataError: a file that cannot be read, a broken row, or a class that the training file lacks.
    """
    declared = {"train": data.path, "validation": data.validation, "test": data.test}
    paths = {part: path for part, path in declared.items() if path}
    for part, path in paths.items():
        if part != "train" and Path(path).resolve() == Path(data.path).resolve():
            message, remedy = f"data.{part} is the training file itself", "leave it out to split off a part"
            raise DataError(message, file=path, key=f"data.{part}", value=path, remedy=remedy)
    hashes, files = [], {}
    for part, path in paths.items():
        table = opened(path, data)
        hashes.append(table.sha256)
        files[part] = collect(path, table.records(), table)
        for line in table.remarks(files[part]):
            report(line)
        empty = files[part].rows[~files[part].words]
        if data.empty == "refuse" and len(empty):
            message, remedy = f"the text is empty ({len(empty)} such rows)", "remove them, or set data.empty=unknown"
            raise DataError(message, file=path, line=int(empty[0]), key="data.empty", value="refuse", remedy=remedy)
    sha256 = hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest()
    samples = dataset_of(files, " and ".join(paths.values()), sha256, report)
    return with_hash_of(samples, json.dumps([getattr(data, key) for key in CHANGING]).encode())
