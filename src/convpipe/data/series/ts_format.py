"""The .ts text format of the UCR/UEA archive, for classification data (Bagnall et al. 2018, arXiv:1811.00075, and the
description of the format at timeseriesclassification.com).

    # comment
    @problemName Walks
    @univariate false
    @dimensions 2
    @classLabel true left right
    @data
    1.5,2.0,?:0.1,0.2,0.3:left

A line is a sample: its channels and its class, separated by colons. Values are separated by commas; `?` is a missing
value.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from convpipe.data.folders import decoded
from convpipe.data.tables.numbers import PLAIN
from convpipe.errors import DataError, nearest

KEYS = {
    "problemname", "timestamps", "missing", "univariate", "dimension", "dimensions", "equallength", "serieslength",
    "classlabel", "targetlabel",
}  # fmt: skip
OR_REMOVE = "correct or remove the line, which is broken or truncated"

#: Returns the error about a line, given a message and fields.
Refusal = Callable[..., DataError]


@dataclass
class TsFile:
    """The content of a .ts file.

    Args:
        name: name of the file, for messages.
        declared: the classes in the order of the header; empty if it declares none.
        channels: number of channels, from the header or else from the first sample; None until known.
        equal: whether the header declares that all samples have equally many steps.
        inputs: one (steps, channels) float32 array per sample, with NaN for missing values.
        classes: name of the class of each sample.
        lines: line of each sample, from 1.
    """

    name: str
    declared: tuple[str, ...]
    channels: int | None
    equal: bool
    inputs: list[np.ndarray] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The declared classes, or else the classes of the samples, sorted."""
        return self.declared or tuple(sorted(set(self.classes)))


def parse_ts(content: bytes, name: str) -> TsFile:
    """Parse the bytes of a .ts file.

    Args:
        content: the whole file, in UTF-8 or else Latin-1.
        name: name of the file, for messages.

    Returns:
        TsFile. Classes and the number of channels are taken from the data if the header lacks them. @missing and
        @seriesLength are ignored.

    Raises:
        DataError: the file is broken, truncated or not supported; the message names the file and the line (from 1)
            and, for a value, the channel and the step (from 0).

    >>> parse_ts(b"@classLabel true a b\\n@data\\n1,2,?:b\\n", "small.ts").inputs[0].tolist()
    [[1.0], [2.0], [nan]]
    """
    lines = decoded(content).split("\n")
    numbered = ((number, line) for number, line in enumerate(map(str.strip, lines), 1) if line and line[0] != "#")
    keys, start = _read_keys(numbered, len(lines), name)
    read = _read_header(keys, name)
    for number, line in numbered:
        series, label = _read_series(line, read, partial(DataError, file=name, line=number))
        read.channels = series.shape[1]
        read.inputs.append(series)
        read.classes.append(label)
        read.lines.append(number)
    if not read.inputs:
        raise DataError("no data after @data", file=name, line=start, remedy="copy the file again; it is truncated")
    return read


def _read_keys(numbered: Iterator[tuple[int, str]], last: int, name: str) -> tuple[dict[str, tuple[str, int]], int]:
    """Return the header as key -> (value, line), and the line of @data."""
    keys: dict[str, tuple[str, int]] = {}
    for number, line in numbered:
        if not line.startswith("@"):
            message = "expected a header line that starts with @, or @data"
            raise DataError(message, file=name, line=number, value=line, remedy="correct or remove the line")
        key, _, value = line[1:].replace("\t", " ").partition(" ")
        if key.lower() == "data":
            return keys, number
        keys[key.lower()] = (value.strip(), number)
    remedy = "copy the .ts file again; it is empty, truncated or in another format"
    raise DataError("the file ends without @data", file=name, line=last, remedy=remedy)


def _read_header(keys: dict[str, tuple[str, int]], name: str) -> TsFile:
    """Return the file with the declarations of its header, still without data."""
    for key, (value, number) in keys.items():
        on, refused = value.lower().startswith("true"), partial(DataError, file=name, line=number)
        if key not in KEYS:
            raise refused(f"unknown header key @{key}", value=f"@{key}", remedy=nearest(key, KEYS))
        if key == "timestamps" and on:
            raise _stamped(refused)
        if key == "targetlabel" and on or key == "classlabel" and not on:
            raise refused(f"no classes (@{key} {value})", value=value, remedy="use a file of classification data")
        if key in ("dimension", "dimensions") and value and not (value.isascii() and value.isdecimal()):
            raise refused(f"@{key} {value} is not a whole number", value=value, remedy="write the number of channels")
    values = {key: value for key, (value, _) in keys.items()}
    channels = values.get("dimensions", values.get("dimension", ""))
    if not channels and values.get("univariate", "").lower() == "true":
        channels = "1"
    classes = tuple(values.get("classlabel", "").split()[1:])
    return TsFile(name, classes, int(channels) if channels else None, values.get("equallength", "").lower() == "true")


def _stamped(refused: Refusal) -> DataError:
    return refused("series with time stamps are not supported", remedy="resample to equal steps, without time stamps")


def _read_series(line: str, read: TsFile, refused: Refusal) -> tuple[np.ndarray, str]:
    """Parse a line of data: return its (steps, channels) float32 array, and its class."""
    if line.startswith("("):
        raise _stamped(refused)
    *texts, label = line.split(":")
    label = label.strip()
    if not texts or not label or not read.declared and "," in label:
        raise refused("no class label at the end", remedy=OR_REMOVE)
    if read.declared and label not in read.declared:
        shown = label if len(label) <= 30 else label[:27] + "..."
        message = f"class {shown} is not among the declared classes {', '.join(read.declared)}"
        raise refused(message, value=label, remedy=OR_REMOVE)
    if read.channels not in (None, len(texts)):
        raise refused(f"{len(texts)} channels, expected {read.channels}", value=len(texts), remedy=OR_REMOVE)
    channels = [_read_channel(text, channel, refused) for channel, text in enumerate(texts)]
    steps, *others = sorted({len(channel) for channel in channels})
    if others:
        message = f"channels with different numbers of steps ({', '.join(map(str, [steps, *others]))})"
        raise refused(message, remedy="give all channels of a line equally many steps")
    if read.equal and read.inputs and steps != len(read.inputs[0]):
        message = f"{steps} steps, but line {read.lines[0]} has {len(read.inputs[0])} (@equalLength true)"
        raise refused(message, value=steps, remedy="correct the line or the header")
    return np.stack(channels, axis=1), label


def _read_channel(text: str, channel: int, refused: Refusal) -> np.ndarray:
    """Parse values separated by commas into (steps,) float32."""
    words = text.split(",")
    if "?" in text:
        words = ["nan" if word.strip() == "?" else word for word in words]
    numbers: list[float] = []
    try:
        # float() would also accept 1_5 (as 15) and digits of other scripts.
        strange = "_" in text or not text.isascii()
        for word in words:
            numbers.append(float(word) if not strange or PLAIN["."].fullmatch(word.strip()) else float("no number"))
    except ValueError:
        raise _bad_value("not a number", words, len(numbers), channel, refused) from None
    with np.errstate(over="ignore"):
        values = np.array(numbers, dtype=np.float32)
    if np.isinf(values).any():
        raise _bad_value("infinite or too large", words, int(np.argmax(np.isinf(values))), channel, refused)
    return values


def _bad_value(what: str, words: list[str], step: int, channel: int, refused: Refusal) -> DataError:
    word, remedy = words[step].strip(), "correct it, or write ? for a missing value"
    return refused(f"step {step} of channel {channel} is {what} ({word[:30] or 'empty'})", value=word, remedy=remedy)
