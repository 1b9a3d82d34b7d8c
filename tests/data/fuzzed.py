"""Files of every kind, what was written into them, and what a strict reading of a damaged one gives.

Each strict reading is written without the code under test. It raises ValueError where a file is not what its format
wants. Then a reader has to refuse the file, or to say what it did.
"""

import csv
import gzip
import io
import json
import re
import struct
import wave
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

RANDOM = np.random.default_rng(0)
#: Samples, each an array or a text with the name of its class.
Samples = list[tuple[object, str]]
#: The content of each file by its path in the folder.
Files = dict[str, bytes]

MISSING = {"", "nan", "-nan", "na", "n/a", "#n/a", "null", "none", "?"}
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?inf(inity)?", re.I | re.A)


def wrong(reason: str):
    raise ValueError(reason)


def number(cell: str) -> float:
    """A cell of a table; NaN where it is empty."""
    cell = cell.strip()
    if cell.lower() in MISSING:
        return np.nan
    return float(cell) if NUMBER.fullmatch(cell) else wrong(f"{cell!r} is no number")


def name(cell: str) -> str:
    """A label: whole numbers are one class however they are written."""
    cell = cell.strip()
    if cell.lower() in ("", "nan"):
        wrong("no label")
    if any(mark in cell for mark in ".eE") and re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", cell, re.A):
        return str(int(float(cell))) if float(cell).is_integer() else cell
    return cell


def decoded(content: bytes) -> str:
    """The text of a file, with line feeds at line ends."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if content.startswith(mark):
            content, text = content[len(mark) :], content[len(mark) :].decode(encoding)
            break
    else:
        text = content.decode("utf-8")
    if "\0" in text:
        wrong("NUL")
    text = text.replace("\r\n", "\n")
    return text if "\n" in text else text.replace("\r", "\n")


def rows_of(content: bytes, names: list[str] | None, separator: str, width: int) -> list[list[str]]:
    """The rows of a table below its names; all of them are `width` cells wide."""
    text = decoded(content)
    if separator == " ":
        rows = [line.split() for line in text.split("\n") if line.strip()]
    else:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        try:
            rows = [row for row in reader if len(row) > 1 or row and row[0].strip()]
        except csv.Error as error:
            wrong(str(error))
    if names is not None and (not rows or [cell.strip() for cell in rows.pop(0)] != names):
        wrong("other names")
    if not rows or any(len(row) != width for row in rows):
        wrong("other numbers of cells")
    return rows


def trimmed(values: list[float]) -> np.ndarray:
    """A series of one channel without the missing values at its end, of a step at least."""
    while len(values) > 1 and np.isnan(values[-1]):
        values = values[:-1]
    return np.array(values)[:, None]


def in_classes(samples: Samples) -> Samples:
    """The samples, of two classes or more."""
    return samples if len({label for _, label in samples}) > 1 else wrong("one class")


# --- series ---------------------------------------------------------------------------------------------------------


def write_recordings(folder: Path) -> dict:
    for label in ("run", "walk"):
        (folder / label).mkdir()
        for number_ in range(3):
            rows = "\n".join(f"{x:.3f},{y:.3f}" for x, y in RANDOM.normal(size=(12, 2)))
            (folder / label / f"{number_}.csv").write_text(f"x,y\n{rows}\n")
    return {"reader": "series"}


def read_recordings(files: Files) -> Samples:
    return [(np.array([[*map(number, row)] for row in rows_of(content, ["x", "y"], ",", 2)]), path.split("/")[0])
            for path, content in files.items()]  # fmt: skip


LONG = ["recording", "time", "ax", "activity"]


def write_long(folder: Path) -> dict:
    rows = [
        f"r{r},{step / 50:.2f},{RANDOM.normal():.3f},{'run' if r % 2 else 'walk'}"
        for r in range(6)
        for step in range(10)
    ]
    (folder / "long.csv").write_text("\n".join([",".join(LONG), *rows]) + "\n")
    return {"reader": "series", "path": "long.csv"}


def read_long(files: Files) -> Samples:
    return recordings_of(rows_of(files["long.csv"], LONG, ",", 4))


def recordings_of(rows: list[list[str]]) -> Samples:
    """The recordings in rows of recording, time, value and label, in the order of time."""
    found: dict[str, list] = {}
    for recording, time, value, label in rows:
        found.setdefault(name(recording), []).append((number(time), number(value), name(label)))
    samples: Samples = []
    for steps in found.values():
        if len({label for _, _, label in steps}) > 1 or not np.isfinite([time for time, _, _ in steps]).all():
            wrong("labels that vary, or no time")
        steps.sort(key=lambda step: step[0])
        samples.append((np.array([[value] for _, value, _ in steps]), steps[0][2]))
    return samples


def write_wide(folder: Path) -> dict:
    rows = ["\t".join([str(1 + r % 2), *(f"{value:.3f}" for value in RANDOM.normal(size=30))]) for r in range(8)]
    (folder / "wide.tsv").write_text("\n".join(rows) + "\n")
    return {"reader": "series", "path": "wide.tsv"}


def read_wide(files: Files) -> Samples:
    rows = rows_of(files["wide.tsv"], None, "\t", 31)
    return [(trimmed([*map(number, row[1:])]), name(row[0])) for row in rows]


WIDE = ["subject", *(f"ax_{step}" for step in range(6)), *(f"ay_{step}" for step in range(6)), "label"]


def write_named_wide(folder: Path) -> dict:
    rows = [
        ",".join([f"p{r % 3}", *(f"{value:.3f}" for value in RANDOM.normal(size=12)), "ab"[r % 2]]) for r in range(8)
    ]
    (folder / "wide.csv").write_text("\n".join([",".join(WIDE), *rows]) + "\n")
    return {"reader": "series", "path": "wide.csv"}


def read_named_wide(files: Files) -> Samples:
    rows = rows_of(files["wide.csv"], WIDE, ",", 14)
    values = [np.array([*map(number, row[1:13])]).reshape(2, 6).T for row in rows]
    if any(np.isnan(each[-1]).all() for each in values):
        wrong("padding, or a gap at the end")
    return [(each, name(row[13])) for each, row in zip(values, rows, strict=True)]


def write_label_file(folder: Path) -> dict:
    rows = ["  ".join(f"{value: .4e}" for value in RANDOM.normal(size=20)) for _ in range(8)]
    (folder / "X_train.txt").write_text("\n".join(rows) + "\n")
    (folder / "y_train.txt").write_text("".join(f"{1 + r % 2}\n" for r in range(8)))
    return {"reader": "series", "path": "X_train.txt"}


def read_label_file(files: Files) -> Samples:
    rows = rows_of(files["X_train.txt"], None, " ", 20)
    labels = [name(line) for line in decoded(files["y_train.txt"]).rstrip().split("\n")]
    if len(labels) != len(rows):
        wrong("other numbers of rows")
    return [(trimmed([*map(number, row)]), label) for row, label in zip(rows, labels, strict=True)]


def write_arff(folder: Path) -> dict:
    head = [
        "@relation made",
        *(f"@attribute a{step} numeric" for step in range(12)),
        "@attribute target {a,b}",
        "@data",
    ]
    rows = [",".join([*(f"{value:.3f}" for value in RANDOM.normal(size=12)), "ab"[r % 2]]) for r in range(8)]
    (folder / "made.arff").write_text("\n".join([*head, *rows]) + "\n")
    return {"reader": "series", "path": "made.arff"}


def read_arff(files: Files) -> Samples:
    head, found, body = decoded(files["made.arff"]).partition("@data\n")
    kinds = [line for line in head.split("\n") if line.strip() and not line.startswith("%")]
    if not found or len(kinds) != 14 or kinds[-1] != "@attribute target {a,b}":
        wrong("another header")
    rows = rows_of("\n".join(line for line in body.split("\n") if line[:1] != "%").encode(), None, ",", 13)
    if any(name(row[12]) not in ("a", "b") for row in rows):
        wrong("an undeclared class")
    return [(trimmed([*map(number, row[:12])]), name(row[12])) for row in rows]


def write_arrays(folder: Path) -> dict:
    np.savez(folder / "arrays.npz", X=RANDOM.normal(size=(8, 20, 2)), y=np.array(["a", "b"] * 4))
    return {"reader": "series", "path": "arrays.npz"}


def read_arrays(files: Files) -> Samples:
    try:
        with np.load(io.BytesIO(files["arrays.npz"]), allow_pickle=False) as held:
            values, labels = held["X"], held["y"]
    except Exception as error:
        raise ValueError(str(error)) from None
    return list(zip(values.astype(float), map(str, labels), strict=True))


def write_npy(folder: Path) -> dict:
    np.save(folder / "X_train.npy", RANDOM.normal(size=(8, 20, 2)))
    np.save(folder / "y_train.npy", np.array([3, 5] * 4))
    return {"reader": "series", "path": "X_train.npy"}


def array_in(content: bytes) -> np.ndarray:
    """The array in a .npy, none of whose bytes are left over."""
    stream = io.BytesIO(content)
    try:
        array = np.lib.format.read_array(stream, allow_pickle=False)
    except Exception as error:
        raise ValueError(str(error)) from None
    return array if not stream.read() else wrong("bytes behind the array")


def read_npy(files: Files) -> Samples:
    values, labels = array_in(files["X_train.npy"]), array_in(files["y_train.npy"])
    if values.ndim != 3 or labels.size != len(values):
        wrong("another shape")
    return [(each, name(str(label))) for each, label in zip(values.astype(float), labels.ravel(), strict=True)]


def write_ts(folder: Path) -> dict:
    rows = [",".join(f"{value:.3f}" for value in RANDOM.normal(size=20)) + f":{'ab'[r % 2]}" for r in range(8)]
    head = ["@problemName made", "@univariate true", "@equalLength true", "@seriesLength 20", "@classLabel true a b"]
    (folder / "made.ts").write_text("\n".join([*head, "@data", *rows]) + "\n")
    return {"reader": "series", "path": "made.ts"}


def read_ts(files: Files) -> Samples:
    lines = [line.strip() for line in decoded(files["made.ts"]).split("\n")]
    lines = [line for line in lines if line and not line.startswith("#")]
    head = dict(line.split(" ", 1) for line in lines[: lines.index("@data")])
    if len(head) != lines.index("@data") or {**head, "@problemName": ""} != {
        "@problemName": "", "@univariate": "true", "@equalLength": "true", "@seriesLength": "20",
        "@classLabel": "true a b",
    }:  # fmt: skip
        wrong("another header")
    samples: Samples = []
    for line in lines[lines.index("@data") + 1 :]:
        values, label = line.split(":")
        cells = [np.nan if cell.strip() == "?" else number(cell or "no") for cell in values.split(",")]
        if len(cells) != 20 or label.strip() not in ("a", "b"):
            wrong("another line")
        samples.append((np.array(cells)[:, None], label.strip()))
    return samples


def write_parquet(folder: Path) -> dict:
    import pandas

    table = {
        "recording": np.repeat(np.arange(6), 10),
        "ax": RANDOM.normal(size=60),
        "label": np.repeat(list("ababab"), 10),
    }
    pandas.DataFrame(table).to_parquet(folder / "long.parquet")
    return {"reader": "series", "path": "long.parquet"}


def read_parquet(files: Files) -> Samples:
    import pandas

    try:
        table = pandas.read_parquet(io.BytesIO(files["long.parquet"]))
        rows = zip(table["recording"], table["ax"], table["label"], strict=True)
        return recordings_of([[str(recording), "0", repr(float(x)), str(label)] for recording, x, label in rows])
    except Exception as error:
        raise ValueError(str(error)) from None


# --- texts ----------------------------------------------------------------------------------------------------------


def write_texts(folder: Path) -> dict:
    rows = [f'"a {word}, film {k}",{label}' for k in range(8) for word, label in (("fine", "good"), ("dull", "bad"))]
    (folder / "texts.csv").write_text("\n".join(["text,label", *rows]) + "\n")
    return {"reader": "text_table", "path": "texts.csv", "text": "text", "label": "label"}


def read_texts(files: Files) -> Samples:
    rows = rows_of(files["texts.csv"], ["text", "label"], ",", 2)
    return [(text, name(label)) for text, label in rows]


def write_tabbed_texts(folder: Path) -> dict:
    rows = [f"a {word} film {k}\t{label}" for k in range(8) for word, label in (("fine", "good"), ("dull", "bad"))]
    (folder / "texts.tsv").write_text("\n".join(["text\tlabel", *rows]) + "\n")
    return {"reader": "text_table", "path": "texts.tsv", "text": "text", "label": "label"}


def read_tabbed_texts(files: Files) -> Samples:
    return [(text, name(label)) for text, label in rows_of(files["texts.tsv"], ["text", "label"], "\t", 2)]


def write_json_lines(folder: Path) -> dict:
    rows = [json.dumps({"text": f"a {word} film {k}", "label": word}) for k in range(8) for word in ("fine", "dull")]
    (folder / "texts.jsonl").write_text("\n".join(rows) + "\n")
    return {"reader": "text_table", "path": "texts.jsonl", "text": "text", "label": "label"}


def read_json_lines(files: Files) -> Samples:
    samples: Samples = []
    for line in decoded(files["texts.jsonl"]).split("\n"):
        if line.strip():
            pairs = json.loads(line, object_pairs_hook=list)
            held = dict(pairs) if isinstance(pairs, list) and len(dict(pairs)) == len(pairs) else wrong("no object")
            text, label = held.get("text"), held.get("label")
            samples.append((text if isinstance(text, str) else wrong("no text"), name(str(label))))
    return samples


def write_parquet_texts(folder: Path) -> dict:
    import pandas

    rows = [(f"a {word} film {k}", label) for k in range(8) for word, label in (("fine", "good"), ("dull", "bad"))]
    pandas.DataFrame(rows, columns=["text", "label"]).to_parquet(folder / "texts.parquet")
    return {"reader": "text_table", "path": "texts.parquet", "text": "text", "label": "label"}


def read_parquet_texts(files: Files) -> Samples:
    import pandas

    try:
        table = pandas.read_parquet(io.BytesIO(files["texts.parquet"]))
        rows = zip(table["text"], table["label"], strict=True)
        return [(text if isinstance(text, str) else wrong("no text"), name(str(label))) for text, label in rows]
    except Exception as error:
        raise ValueError(str(error)) from None


# --- images, sound and volumes, a file a sample ---------------------------------------------------------------------


def two_classes(folder: Path, write: Callable[[Path], None], suffix: str) -> None:
    """Two files in each of two folders."""
    for label in ("no", "yes"):
        (folder / label).mkdir()
        for number_ in range(2):
            write(folder / label / f"{number_}{suffix}")


def each_file(read: Callable[[bytes], object]) -> Callable[[Files], Samples]:
    """A sample in each file, of the class that its folder is called."""
    return lambda files: [(read(content), path.split("/")[0]) for path, content in files.items()]


def write_images(folder: Path) -> dict:
    def save(path: Path) -> None:
        Image.fromarray(RANDOM.integers(0, 255, (9, 9), dtype="uint8")).save(path)

    two_classes(folder, save, ".png")
    return {"reader": "image_folder"}


def pixels_of(content: bytes) -> np.ndarray:
    """The pixels of a gray picture in PNG whose checksums are right."""
    if content[:8] != b"\x89PNG\r\n\x1a\n":
        wrong("no PNG")
    at, packed, kinds, head = 8, b"", [], None
    while at < len(content):
        size, kind = struct.unpack(">I4s", content[at : at + 8].ljust(8, b"\0"))
        held, check = content[at + 8 : at + 8 + size], content[at + 8 + size : at + 12 + size]
        if len(check) < 4 or zlib.crc32(kind + held) != struct.unpack(">I", check)[0]:
            wrong("a chunk that is cut off, or of another checksum")
        kinds.append(kind)
        packed += held if kind == b"IDAT" else b""
        head = struct.unpack(">IIBBBBB", held) if kind == b"IHDR" else head
        at += 12 + size
    if kinds[0] != b"IHDR" or kinds[-1] != b"IEND" or head != (9, 9, 8, 0, 0, 0, 0):
        wrong("another picture")
    try:
        lines = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(9, 10).astype(int)
    except zlib.error as error:
        wrong(str(error))
    pixels = np.zeros((10, 10), int)
    for row in range(9):
        for column in range(9):
            left, above, corner = pixels[row + 1, column], pixels[row, column + 1], pixels[row, column]
            near = min((left, above, corner), key=lambda value: abs(left + above - corner - value))
            guess = (0, left, above, (left + above) // 2, near)[lines[row, 0]]
            pixels[row + 1, column + 1] = (lines[row, column + 1] + guess) % 256
    return pixels[1:, 1:, None]


def write_waves(folder: Path) -> dict:
    def save(path: Path) -> None:
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes((RANDOM.normal(size=400) * 8000).astype("<i2").tobytes())

    two_classes(folder, save, ".wav")
    return {"reader": "audio_folder"}


def waves_of(content: bytes) -> np.ndarray:
    """The samples of a mono WAV file of 16 bits at 8 kHz: as many as its chunk of data states."""
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        wrong("no WAV")
    at, chunks = 12, dict[bytes, bytes]()
    while at + 8 <= len(content) and b"data" not in chunks:
        kind, size = struct.unpack("<4sI", content[at : at + 8])
        chunks[kind] = content[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
        if kind == b"data" and len(chunks[kind]) < size:
            wrong("cut off")
    if chunks.get(b"fmt ", b"")[:16] != struct.pack("<HHIIHH", 1, 1, 8000, 16000, 2, 16) or not chunks.get(b"data"):
        wrong("another format")
    held = chunks[b"data"]
    return (np.frombuffer(held[: len(held) // 2 * 2], "<i2") / 32768)[:, None]


def write_sound(suffix: str) -> Callable[[Path], dict]:
    def write(folder: Path) -> dict:
        import soundfile

        def save(path: Path) -> None:
            soundfile.write(path, (RANDOM.normal(size=2000) * 8000).astype("int16"), 8000)

        two_classes(folder, save, suffix)
        return {"reader": "audio_folder"}

    return write


def write_volumes(folder: Path) -> dict:
    two_classes(folder, lambda path: np.save(path, RANDOM.normal(size=(4, 4, 4)).astype("float32")), ".npy")
    return {"reader": "volume_folder"}


def volume_of(content: bytes) -> np.ndarray:
    """The volume in a .npy."""
    array = array_in(content)
    return array[..., None] if array.ndim == 3 else array


def write_scans(suffix: str) -> Callable[[Path], dict]:
    def write(folder: Path) -> dict:
        import nibabel

        def save(path: Path) -> None:
            values = RANDOM.normal(size=(4, 3, 5)).astype("float32")
            nibabel.save(nibabel.Nifti1Image(values, np.diag([2, 2, 2, 1])), path)

        two_classes(folder, save, suffix)
        return {"reader": "volume_folder"}

    return write


def scan_of(content: bytes) -> np.ndarray:
    """The volume in a NIfTI file whose header is as it was written."""
    import nibabel

    if content[:2] == b"\x1f\x8b":
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as error:
            wrong(str(error))
    head = nibabel.Nifti1Image(np.zeros((4, 3, 5), np.float32), np.diag([2, 2, 2, 1])).to_bytes()[:352]
    fixed = [slice(0, 4), slice(40, 76), slice(108, 112), slice(344, 348)]  # sizes, types and where the voxels begin
    if any(content[at] != head[at] for at in fixed) or len(content) != 352 + 4 * 60:
        wrong("another header, or bytes are missing")
    values = np.frombuffer(content[352:], "<f4").reshape(4, 3, 5, order="F")
    slope, shift = struct.unpack("<ff", content[112:120])
    if np.isfinite(slope) and slope != 0:
        with np.errstate(all="ignore"):
            values = values.astype(float) * slope + (shift if np.isfinite(shift) else 0)
    try:
        ways = nibabel.io_orientation(nibabel.Nifti1Image.from_bytes(content).affine)
    except Exception as error:
        raise ValueError(str(error)) from None
    return nibabel.apply_orientation(values, ways)[..., None]


@dataclass(frozen=True)
class Kind:
    """Files of one kind.

    Args:
        write: writes them into a folder; returns the reader and its settings.
        read: what a strict reading gives, in the order of the paths; None where only what was written is right.
        is_text: whether they hold lines of text.
        by_line: whether each line of text behind the first few is a sample.
    """

    write: Callable[[Path], dict]
    read: Callable[[Files], Samples] | None = None
    is_text: bool = False
    by_line: bool = False


KINDS = {
    "recordings": Kind(write_recordings, read_recordings, True),
    "long table": Kind(write_long, read_long, True),
    "wide table": Kind(write_wide, read_wide, True, True),
    "named wide table": Kind(write_named_wide, read_named_wide, True, True),
    "labels in a file": Kind(write_label_file, read_label_file, True),
    "ARFF": Kind(write_arff, read_arff, True, True),
    ".ts": Kind(write_ts, read_ts, True, True),
    ".npz": Kind(write_arrays, read_arrays),
    ".npy": Kind(write_npy, read_npy),
    "Parquet": Kind(write_parquet, read_parquet),
    "texts with commas": Kind(write_texts, read_texts, True, True),
    "texts with tabs": Kind(write_tabbed_texts, read_tabbed_texts, True, True),
    "texts in JSON": Kind(write_json_lines, read_json_lines, True, True),
    "texts in Parquet": Kind(write_parquet_texts, read_parquet_texts),
    "PNG": Kind(write_images, each_file(pixels_of)),
    "WAV": Kind(write_waves, each_file(waves_of)),
    "FLAC": Kind(write_sound(".flac")),
    "Ogg": Kind(write_sound(".ogg")),
    "volumes": Kind(write_volumes, each_file(volume_of)),
    "NIfTI": Kind(write_scans(".nii"), each_file(scan_of)),
    "NIfTI, packed": Kind(write_scans(".nii.gz"), each_file(scan_of)),
}
