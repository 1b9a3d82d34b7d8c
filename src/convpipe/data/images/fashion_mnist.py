"""Fashion-MNIST (Xiao, Rasul and Vollgraf 2017, arXiv:1708.07747), from IDX files or through Keras.

The IDX format has two zero bytes, the type (8: unsigned byte), the number of axes, the size of each axis as a
big-endian 32-bit integer, then the values.
"""

import gzip
import hashlib
import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from convpipe.config.data import DataSettings
from convpipe.config.schema import setting
from convpipe.data.dataset import Dataset
from convpipe.errors import DataError
from convpipe.registry import register_reader

#: The folder of Debian's package dataset-fashion-mnist.
DEBIAN = Path("/usr/share/datasets/fashion-mnist")
CLASS_NAMES: tuple[str, ...] = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat")
CLASS_NAMES += ("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
#: Prefix of the names of the files -> their part.
PARTS = {"train": "training", "t10k": "test"}

FETCH = "fetch it again"


@dataclass
class FashionMnistSettings(DataSettings):
    """Pictures of clothing, 28 x 28 pixels, ten classes (Xiao, Rasul and Vollgraf 2017)."""

    name: str = "fashion_mnist"
    reader: str = "fashion_mnist"
    path: str | None = setting(
        None,
        "folder of the four IDX files, plain or gzip; unset: those of the Debian package, else downloaded by Keras",
    )


@register_reader(FashionMnistSettings, "image")
def read(data: FashionMnistSettings, report: Callable[[str], None]) -> Dataset:
    """Read the official parts: 60,000 pictures for training and 10,000 for the test.

    Args:
        data: `data.path` is a folder with the four IDX files, plain or gzip. If unset, Debian's folder is used if it
            exists; else Keras downloads the files.
        report: called with a line if Keras loads the files.

    Returns:
        Dataset of (28, 28, 1) uint8. The hash does not depend on the origin of the files.

    Raises:
        DataError: the files are not available, or one of them is missing or broken.
    """
    if data.path:
        return _read_folder(Path(data.path))
    if DEBIAN.is_dir():
        return _read_folder(DEBIAN)
    return _dataset(_through_keras(report), "keras.datasets.fashion_mnist")


def _read_folder(folder: Path) -> Dataset:
    parts = []
    for stem in PARTS:
        images = _read_idx(folder, f"{stem}-images-idx3-ubyte", axes=3)
        labels = _read_idx(folder, f"{stem}-labels-idx1-ubyte", axes=1)
        if len(images) != len(labels):
            message = f"{len(images)} {PARTS[stem]} images but {len(labels)} labels"
            raise DataError(message, file=folder, remedy=FETCH)
        parts.append((images, labels))
    return _dataset(parts, str(folder))


def _read_idx(folder: Path, name: str, axes: int) -> np.ndarray:
    """Return the values in one file, (n,) or (n, height, width) uint8."""
    path = next((each for each in (folder / name, folder / f"{name}.gz") if each.is_file()), None)
    if path is None:
        message = f"contains no {name} or {name}.gz"
        raise DataError(message, file=folder, key="data.path", value=str(folder), remedy="check data.path")
    try:
        content = path.read_bytes()
        content = gzip.decompress(content) if path.suffix == ".gz" else content
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"cannot be read ({error})", file=path, remedy=FETCH) from None
    if content[:4] != bytes([0, 0, 8, axes]):
        raise DataError(f"not an IDX file of bytes with {axes} axes", file=path, remedy=FETCH)
    header_size = 4 + 4 * axes
    shape = [int.from_bytes(content[at : at + 4], "big") for at in range(4, header_size, 4)]
    size = header_size + math.prod(shape)
    if len(content) != size:
        raise DataError(f"{len(content)} bytes, but {size} according to its header", file=path, remedy=FETCH)
    return np.frombuffer(content, np.uint8, offset=header_size).reshape(shape)


def _through_keras(report: Callable[[str], None]) -> list[tuple[np.ndarray, np.ndarray]]:
    from convpipe.backend import start_backend

    start_backend()  # before Keras is imported, to silence its backend
    from keras.datasets import fashion_mnist

    report("Keras downloads Fashion-MNIST (31 MB) into its own folder, unless it is there already")
    try:
        return list(fashion_mnist.load_data())
    except Exception as error:  # Keras passes on errors of urllib, sockets and a broken cache
        reason = str(error).split("\n")[0]
        message = f"Fashion-MNIST is not on this machine and Keras cannot download it ({reason})"
        remedy = "apt install dataset-fashion-mnist, set data.path=FOLDER of the IDX files, or connect to a network"
        raise DataError(message, key="data.path", remedy=remedy) from None


def _dataset(parts: list[tuple[np.ndarray, np.ndarray]], source: str) -> Dataset:
    """Join both parts, the training part first."""
    sizes = [len(images) for images, _ in parts]
    images, labels = (np.concatenate(both) for both in zip(*parts, strict=True))
    if labels.size and labels.max() >= len(CLASS_NAMES):
        message = f"label {labels.max()}, but Fashion-MNIST has classes 0 to {len(CLASS_NAMES) - 1}"
        raise DataError(message, file=source, value=int(labels.max()), remedy=FETCH)
    named = zip(PARTS.values(), sizes, strict=True)
    sample_ids = [f"{part} image {number}" for part, size in named for number in range(size)]
    sha256 = hashlib.sha256(images.tobytes() + labels.astype(np.uint8).tobytes()).hexdigest()
    about = (CLASS_NAMES, sample_ids, source, sha256)
    is_test = np.repeat([False, True], sizes)
    return Dataset(images[..., None], labels.astype(np.int64), *about, is_test=is_test, modality="image")
