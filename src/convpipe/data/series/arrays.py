"""Series in NumPy files. Pickled objects are never loaded, and sizes are checked before memory is allocated."""

import io
import zipfile
from pathlib import Path

import numpy as np

from convpipe.data.npy import load_array
from convpipe.data.series.label_files import LABELS, SERIES, find_label_file, requested_file
from convpipe.data.series.reading import Reading
from convpipe.data.series.recordings import Recordings, as_test, joined
from convpipe.data.series.settings import SeriesSettings
from convpipe.data.series.wide_table import trimmed
from convpipe.data.tables.table import clean_name
from convpipe.errors import DataError, nearest

#: Usual names of the array of groups, in lower case.
GROUPS = ("groups", "group", "subjects", "subject", "people", "users")
#: Name of the array of series -> names of the series and labels of an official test part in the same file.
TEST = {"x_train": ("x_test", "y_test")}
#: An archive may decompress to MIN_LIMIT bytes, or to MAX_RATIO times its own size if that is more.
MIN_LIMIT, MAX_RATIO = 2**30, 100


def read_arrays(path: Path, data: SeriesSettings, reading: Reading, is_test: bool = False) -> Recordings:
    """Read the series in a .npz file, or in a .npy file with its labels in another one.

    Args:
        path: file with X (n, steps) or (n, steps, channels), y (n,), and optionally groups (n,).
        data: settings; `label` and `group` name arrays with unusual names (or, for .npy, the file of the labels).
        reading: reads files and collects remarks.
        is_test: whether the path is the test part, while `data.label` names a file of the training part.

    Raises:
        DataError: missing arrays, arrays that do not fit each other, or a file that is damaged or too large.
    """
    if path.suffix.lower() == ".npy":
        if not reading.labeled:
            arrays = {"X": load_array(reading.content(path), path)}
            return _recordings(path, arrays, ("X", None, None), data, reading)
        labels = requested_file(data.label, "data.label", is_test) if data.label else find_label_file(path)
        if labels is None:
            message = "a .npy file has no labels, and there is no file of labels next to it"
            raise DataError(message, file=path, key="data.label", remedy="set data.label=FILE.npy")
        arrays = {"X": load_array(reading.content(path), path), "y": load_array(reading.content(labels), labels)}
        reading.remark(f"labels from {labels.name}")
        return _recordings(path, arrays, ("X", "y", None), data, reading)
    arrays = _load_archive(reading.content(path), path)
    series = _array_name(arrays, SERIES, None, path, "series")
    if not reading.labeled:
        label = data.label if data.label in arrays else _find(arrays, LABELS)
        return _recordings(path, arrays, (series, label, None), data, reading)
    label = _array_name(arrays, LABELS, data.label, path, "label")
    group = _array_name(arrays, GROUPS, data.group, path, "group") if data.group or _find(arrays, GROUPS) else None
    train = _recordings(path, arrays, (series, label, group), data, reading)
    test = [_find(arrays, (name,)) for name in TEST.get(series.lower(), ())]
    if not test or test[0] is None or test[1] is None or data.test is not None:
        return train
    reading.remark(f"{test[0]} is used as the test part (data.test=[] ignores it)")
    return joined([train, as_test(_recordings(path, arrays, (test[0], test[1], None), data, reading))])


def _find(arrays: dict, usual: tuple[str, ...]) -> str | None:
    """Return the first of the usual names that an array has, in any case."""
    by_name = {name.lower(): name for name in arrays}
    return next((by_name[name] for name in usual if name in by_name), None)


def _array_name(arrays: dict, usual: tuple[str, ...], requested: str | None, path: Path, role: str) -> str:
    """Return the requested name of an array, or else the first of the usual names that exists.

    Raises:
        DataError: there is no such array.
    """
    key = "data.path" if role == "series" else f"data.{role}"
    if requested is not None:
        if requested not in arrays:
            remedy = nearest(requested, arrays)
            raise DataError(f"no array {requested}", file=path, key=key, value=requested, remedy=remedy)
        return requested
    name = _find(arrays, usual)
    if name is None:
        remedy = f"rename one to {usual[0]}" if role == "series" else f"set {key}=ARRAY"
        raise DataError(f"no {role} array among {', '.join(arrays)}", file=path, key=key, remedy=remedy)
    return name


def _recordings(
    path: Path, arrays: dict, names: tuple[str, str | None, str | None], data: SeriesSettings, reading: Reading
) -> Recordings:
    """Return the recordings whose series, labels and groups are in the arrays with these names."""
    series, name = arrays[names[0]], names[0]
    if series.dtype.kind not in "buif" or series.ndim not in (2, 3) or not series.size:
        message, remedy = f"array {name} has shape {series.shape} and type {series.dtype}", "save numbers of shape "
        raise DataError(message, file=path, value=series.shape, remedy=remedy + "(samples, steps, channels)")
    series = series[..., None] if series.ndim == 2 else series.transpose(0, 2, 1) if data.channels_first else series
    series = series if series.dtype in (np.float32, np.float64) else series.astype(np.float64)
    words, groups = (None if each is None else _words(arrays, each, len(series), path) for each in names[1:])
    class_names = [*dict.fromkeys(words or [])]
    index = {word: number for number, word in enumerate(class_names)}
    count, steps, channels = series.shape
    what = f"arrays: {count:,} series of {steps:,} steps, {channels} channel{'s' * (channels != 1)} in {name}, "
    what += (f"labels in {names[1]}" if names[1] else "no labels") + (f", groups in {names[2]}" if names[2] else "")
    labels = np.full(count, -1) if words is None else np.array([index[word] for word in words], np.int64)
    ids = [f"{path.name} {name}[{row}]" for row in range(count)]
    channel_names = [f"channel {number}" for number in range(channels)]
    return Recordings(what, data, trimmed(series, reading), channel_names, ids, labels, class_names, groups)


def _words(arrays: dict, name: str, count: int, path: Path) -> list[str]:
    """Return one text per sample from an array (n,) or (n, 1) of numbers or texts."""
    array = arrays[name]
    if array.size != count:
        message = f"array {name} has shape {array.shape}, but there are {count} samples"
        raise DataError(message, file=path, value=array.shape, remedy="save one number or text per sample")
    words = [clean_name(word) for word in array.ravel().tolist()]
    if "" in words:
        message, remedy = f"{name}[{words.index('')}] is empty", "add a value, or remove the sample"
        raise DataError(message, file=path, value=name, remedy=remedy)
    return words


def _load_archive(content: bytes, path: Path) -> dict[str, np.ndarray]:
    """Return the arrays in a .npz file.

    Raises:
        DataError: it is damaged, or decompresses to far more than its size.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(member.file_size for member in archive.infolist())
            if size > max(MIN_LIMIT, MAX_RATIO * len(content)):
                message = f"{len(content):,} bytes would decompress to {size:,}"
                raise DataError(message, file=path, value=size, remedy="save it with numpy.savez, uncompressed")
            return {
                member.filename.removesuffix(".npy"): load_array(archive.read(member), path)
                for member in archive.infolist()
                if member.filename.endswith(".npy")
            }
    except DataError:
        raise
    # A damaged archive can raise many kinds of errors.
    except Exception as error:
        reason = str(error).partition("\n")[0][:80]
        raise DataError(f"not a readable .npz file ({reason})", file=path, remedy="save the file again") from None
