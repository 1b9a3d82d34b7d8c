"""The .ts text format of the UCR/UEA archive: any file of it that holds classes (Bagnall et al. 2018,
arXiv:1811.00075, and the format's description at timeseriesclassification.com).

    # comment
    @problemName Walks
    @univariate false
    @dimensions 2
    @classLabel true left right
    @data
    1.5,2.0,?:0.1,0.2,0.3:left

A line is a sample: its channels, separated by colons, and its class; values are separated by commas, `?` is missing.
"""

from dataclasses import dataclass, field

import numpy as np

from convpipe.errors import DataError

KEYS = {
    "problemname", "timestamps", "missing", "univariate", "dimension", "dimensions", "equallength", "serieslength",
    "classlabel", "targetlabel",
}  # fmt: skip
MISSING = {"?", "nan"}
STAMPED = "series with time stamps are not supported; resample to equal steps, without stamps"


@dataclass
class TsFile:
    """What one .ts file holds.

    Args:
        name: the file's name, for messages.
        inputs: one (steps, channels) float32 a sample, NaN where a value is missing.
        classes: one class name a sample.
        lines: the line on which each sample stood, counted from 1.
        declared: the classes in the order of the header; empty where it names none.
    """

    name: str
    inputs: list[np.ndarray] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    declared: tuple[str, ...] = ()

    @property
    def class_names(self) -> tuple[str, ...]:
        """The declared classes, else those that occur, sorted."""
        return self.declared or tuple(sorted(set(self.classes)))


def parse_ts(content: bytes, name: str) -> TsFile:
    """Read the bytes of a .ts file.

    Args:
        content: the whole file; UTF-8, or else Latin-1.
        name: what messages call it.

    Returns:
        TsFile. What the header leaves out is taken from the data: the classes, the number of channels. @missing and
        @seriesLength are not needed and not believed.

    Raises:
        DataError: anything broken, cut off or not supported; the message names the file and the line (from 1), and
            where it is about a value the channel and the step (from 0).

    >>> parse_ts(b"@classLabel true a b\\n@data\\n1,2,?:b\\n", "small.ts").inputs[0].tolist()
    [[1.0], [2.0], [nan]]
    """
    lines = _decode(content).split("\n")
    header, start = _read_header(lines, name)
    read = TsFile(name, declared=header.classes)
    for number, line in enumerate(lines[start:], start + 1):
        line = line.strip()
        if line and not line.startswith("#"):
            channels, label = _read_series(line, header, f"{name} line {number}")
            read.inputs.append(channels)
            read.classes.append(label)
            read.lines.append(number)
            header.remember(channels, number)
    if not read.inputs:
        raise DataError(f"{name} line {start}: no data after @data; the file is cut off")
    return read


def _decode(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


@dataclass
class _Header:
    """What the header demands of a series, and after the first series what that one showed."""

    classes: tuple[str, ...]
    channels: int | None
    equal: bool
    first_steps: int | None = None
    first_line: int = 0

    def remember(self, series: np.ndarray, number: int) -> None:
        if self.first_steps is None:
            self.first_steps, self.channels, self.first_line = *series.shape, number


def _read_header(lines: list[str], name: str) -> tuple[_Header, int]:
    """The header, and the number of the line that says @data."""
    keys = {}
    for number, line in enumerate(lines, 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if not line.startswith("@"):
            raise DataError(f"{name} line {number}: expected a header line that starts with @, or @data")
        key, _, value = line[1:].replace("\t", " ").partition(" ")
        if key.lower() == "data":
            return _check_header(keys, name), number
        keys[key.lower()] = (value.strip(), number)
    raise DataError(f"{name} line {len(lines)}: the file ends without @data; it is empty, cut off or not a .ts file")


def _check_header(keys: dict[str, tuple[str, int]], name: str) -> _Header:
    for key, (value, number) in keys.items():
        where, on = f"{name} line {number}", value.lower().startswith("true")
        if key not in KEYS:
            raise DataError(f"{where}: unknown header key @{key}")
        if key == "timestamps" and on:
            raise DataError(f"{where}: {STAMPED}")
        if key == "targetlabel" and on or key == "classlabel" and not on:
            raise DataError(f"{where}: no classes (@{key} {value}); only classification data can be read")
    classes = tuple(keys.get("classlabel", ("", 0))[0].split()[1:])
    return _Header(classes, _channels(keys, name), keys.get("equallength", ("", 0))[0].lower() == "true")


def _channels(keys: dict[str, tuple[str, int]], name: str) -> int | None:
    """The number of channels that the header states, None where it does not."""
    value, number = keys.get("dimensions", keys.get("dimension", ("", 0)))
    if value and not value.isdigit():
        raise DataError(f"{name} line {number}: @dimensions must be a whole number, not {value}")
    if value:
        return int(value)
    return 1 if keys.get("univariate", ("", 0))[0].lower() == "true" else None


def _read_series(line: str, header: _Header, where: str) -> tuple[np.ndarray, str]:
    """One line of data: its (steps, channels) float32, and its class."""
    if line.startswith("("):
        raise DataError(f"{where}: {STAMPED}")
    *texts, label = line.split(":")
    label = label.strip()
    _check_label(texts, label, header, where)
    if header.channels not in (None, len(texts)):
        raise DataError(f"{where}: {len(texts)} channels, expected {header.channels}; the line is broken or cut off")
    channels = [_read_channel(text, i, where) for i, text in enumerate(texts)]
    steps = {len(channel) for channel in channels}
    if len(steps) > 1:
        raise DataError(f"{where}: channels differ in steps ({', '.join(map(str, sorted(steps)))})")
    if header.equal and header.first_steps not in (None, *steps):
        raise DataError(
            f"{where}: {steps.pop()} steps where line {header.first_line} has {header.first_steps}, "
            "though the header says @equalLength true"
        )
    return np.stack(channels, axis=1), label


def _check_label(texts: list[str], label: str, header: _Header, where: str) -> None:
    if not texts or not label or not header.classes and "," in label:
        raise DataError(f"{where}: no class label at the end; the line is broken or cut off")
    if header.classes and label not in header.classes:
        shown = label if len(label) <= 30 else label[:27] + "..."
        raise DataError(
            f"{where}: class {shown} is not among the declared {', '.join(header.classes)}; "
            "the line is broken or cut off"
        )


def _read_channel(text: str, channel: int, where: str) -> np.ndarray:
    """(steps,) float32 from values separated by commas."""
    words = text.split(",")
    try:
        values = list(map(float, words))
    except ValueError:
        values = [_read_value(word.strip(), i, channel, where) for i, word in enumerate(words)]
    with np.errstate(over="ignore"):
        read = np.array(values, dtype=np.float32)
    if np.isinf(read).any():
        at = int(np.argmax(np.isinf(read)))
        raise DataError(f"{where}: step {at} of channel {channel} is infinite or too large ({words[at].strip()})")
    return read


def _read_value(word: str, step: int, channel: int, where: str) -> float:
    if word.lower() in MISSING:
        return float("nan")
    try:
        return float(word)
    except ValueError:
        raise DataError(f"{where}: step {step} of channel {channel} is not a number ({word[:30] or 'empty'})") from None
