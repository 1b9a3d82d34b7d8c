"""Series in NumPy files, which are never unpickled and whose sizes are known before anything is allocated."""

import io
import zipfile
from pathlib import Path

import numpy as np

from convpipe.data.npy import load_array
from convpipe.data.series.label_files import LABELS, SERIES, asked_file, file_beside
from convpipe.data.series.reading import Reading
from convpipe.data.series.recordings import Recordings, as_test, joined
from convpipe.data.series.settings import SeriesSettings
from convpipe.data.series.wide_table import trimmed
from convpipe.data.tables.table import clean_name
from convpipe.errors import DataError, nearest

#: What the array of groups is usually called, in lower case.
GROUPS = ("groups", "group", "subjects", "subject", "people", "users")
#: The same of an official test part in the same file.
TEST = {"x_train": ("x_test", "y_test")}
#: An archive may unpack to this many bytes, or to PACKED times its own size where that is more.
FREE, PACKED = 2**30, 100


def read_arrays(path: Path, data: SeriesSettings, reading: Reading, is_test: bool = False) -> Recordings:
    """The series in a .npz, or in a .npy with its labels in another.

    Args:
        path: X (n, steps) or (n, steps, channels), y (n,), and perhaps groups (n,).
        data: `label` and `group` name arrays (or, for .npy, the file of the labels), where their names are unusual.
        reading: takes remarks.
        is_test: whether the path is of the test part, whose labels `data` does not name.

    Raises:
        DataError: no such arrays, arrays that do not fit each other, or a file that is damaged or too large.
    """
    if path.suffix.lower() == ".npy":
        if not reading.labeled:
            held = {"X": load_array(reading.content(path), path)}
            return _recordings(path, held, ("X", None, None), data, reading)
        labels = asked_file(data.label, "data.label", is_test) if data.label else file_beside(path)
        if labels is None:
            message = "a .npy holds no labels, and no file of labels is beside it"
            raise DataError(message, file=path, key="data.label", remedy="set data.label=FILE.npy")
        held = {"X": load_array(reading.content(path), path), "y": load_array(reading.content(labels), labels)}
        reading.remark(f"labels in {labels.name}")
        return _recordings(path, held, ("X", "y", None), data, reading)
    held = _load_archive(reading.content(path), path)
    series = _named(held, SERIES, None, path, "series")
    if not reading.labeled:
        label = data.label if data.label in held else _usual(held, LABELS)
        return _recordings(path, held, (series, label, None), data, reading)
    label = _named(held, LABELS, data.label, path, "label")
    group = _named(held, GROUPS, data.group, path, "group") if data.group or _usual(held, GROUPS) else None
    train = _recordings(path, held, (series, label, group), data, reading)
    test = [_usual(held, (name,)) for name in TEST.get(series.lower(), ())]
    if not test or test[0] is None or test[1] is None or data.test is not None:
        return train
    reading.remark(f"{test[0]} is the test part (data.test=[] leaves it out)")
    return joined([train, as_test(_recordings(path, held, (test[0], test[1], None), data, reading))])


def _usual(held: dict, usual: tuple[str, ...]) -> str | None:
    by_name = {name.lower(): name for name in held}
    return next((by_name[name] for name in usual if name in by_name), None)


def _named(held: dict, usual: tuple[str, ...], asked: str | None, path: Path, what: str) -> str:
    """The array that is asked for, else the one that is usually called so."""
    key = "data.path" if what == "series" else f"data.{what}"
    if asked is not None:
        if asked not in held:
            raise DataError(f"no array {asked}", file=path, key=key, value=asked, remedy=nearest(asked, held))
        return asked
    found = _usual(held, usual)
    if found is None:
        remedy = f"call it {usual[0]}" if what == "series" else f"set {key}=ARRAY"
        raise DataError(f"no array of {what} among {', '.join(held)}", file=path, key=key, remedy=remedy)
    return found


def _recordings(
    path: Path, held: dict, names: tuple[str, str | None, str | None], data: SeriesSettings, reading: Reading
) -> Recordings:
    """The series, labels and groups in the arrays of these names."""
    series, name = held[names[0]], names[0]
    if series.dtype.kind not in "buif" or series.ndim not in (2, 3) or not series.size:
        message, remedy = f"array {name} has shape {series.shape} and type {series.dtype}", "save numbers of shape "
        raise DataError(message, file=path, value=series.shape, remedy=remedy + "(samples, steps, channels)")
    series = series[..., None] if series.ndim == 2 else series.transpose(0, 2, 1) if data.channels_first else series
    series = series if series.dtype in (np.float32, np.float64) else series.astype(np.float64)
    words, groups = (None if each is None else _words(held, each, len(series), path) for each in names[1:])
    class_names = [*dict.fromkeys(words or [])]
    index = {word: number for number, word in enumerate(class_names)}
    count, steps, channels = series.shape
    what = f"arrays: {count:,} series of {steps:,} steps, {channels} channel{'s' * (channels != 1)} in {name}, "
    what += (f"labels in {names[1]}" if names[1] else "no labels") + (f", groups in {names[2]}" if names[2] else "")
    labels = np.full(count, -1) if words is None else np.array([index[word] for word in words], np.int64)
    ids = [f"{path.name} {name}[{row}]" for row in range(count)]
    channel_names = [f"channel {number}" for number in range(channels)]
    return Recordings(what, data, trimmed(series, reading), channel_names, ids, labels, class_names, groups)


def _words(held: dict, name: str, count: int, path: Path) -> list[str]:
    """One text a sample, from an array of numbers or texts (n,) or (n, 1)."""
    array = held[name]
    if array.size != count:
        message = f"array {name} has shape {array.shape}, but there are {count} samples"
        raise DataError(message, file=path, value=array.shape, remedy="save one number or text a sample")
    words = [clean_name(word) for word in array.ravel().tolist()]
    if "" in words:
        message, remedy = f"{name}[{words.index('')}] is empty", "write one, or remove the sample"
        raise DataError(message, file=path, value=name, remedy=remedy)
    return words


def _load_archive(content: bytes, path: Path) -> dict[str, np.ndarray]:
    """The arrays in a .npz.

    Raises:
        DataError: it is damaged, or unpacks to far more than its size.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(member.file_size for member in archive.infolist())
            if size > max(FREE, PACKED * len(content)):
                message = f"{len(content):,} bytes that unpack to {size:,}"
                raise DataError(message, file=path, value=size, remedy="save it by numpy.savez, without compression")
            return {
                member.filename.removesuffix(".npy"): load_array(archive.read(member), path)
                for member in archive.infolist()
                if member.filename.endswith(".npy")
            }
    except DataError:
        raise
    # A damaged archive raises errors of many kinds.
    except Exception as error:
        reason = str(error).partition("\n")[0][:80]
        raise DataError(f"no whole .npz file ({reason})", file=path, remedy="write the file again") from None
