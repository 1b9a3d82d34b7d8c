"""Fashion-MNIST (Xiao, Rasul and Vollgraf 2017, arXiv:1708.07747), from IDX files or through Keras.

The IDX format: two zero bytes, the type (8: unsigned byte), the number of axes, the size of each axis as a big-endian
32-bit integer, then the values.
"""

import gzip
import hashlib
import math
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from convpipe.config.images import FashionMnist
from convpipe.data.samples import Samples
from convpipe.errors import DataError

#: Where Debian's package dataset-fashion-mnist puts its files.
DEBIAN = Path("/usr/share/datasets/fashion-mnist")
CLASS_NAMES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
#: file name of each part without its ending: images and labels.
PARTS = {"train": "training", "t10k": "test"}


def read(data: FashionMnist, report: Callable[[str], None]) -> Samples:
    """60,000 pictures to train and 10,000 to test, the official parts.

    Args:
        data: `data.path` names a folder of the four IDX files, plain or gzip; without it Debian's folder is used if
            it is there, else Keras fetches them.
        report: is handed a line where Keras fetches.

    Returns:
        Samples of (28, 28, 1) uint8; equal files give an equal hash, whichever way they came.

    Raises:
        DataError: the files are nowhere to be had, or one of them is missing or broken.
    """
    if data.path:
        return _read_folder(Path(data.path))
    if DEBIAN.is_dir():
        return _read_folder(DEBIAN)
    return _samples(_through_keras(report), "keras.datasets.fashion_mnist")


def _read_folder(folder: Path) -> Samples:
    parts = []
    for stem in PARTS:
        images = _read_idx(folder, f"{stem}-images-idx3-ubyte", axes=3)
        labels = _read_idx(folder, f"{stem}-labels-idx1-ubyte", axes=1)
        if len(images) != len(labels):
            raise DataError(f"{folder}: {len(images)} {PARTS[stem]} images but {len(labels)} labels")
        parts.append((images, labels))
    return _samples(parts, str(folder))


def _read_idx(folder: Path, name: str, axes: int) -> np.ndarray:
    """The values of one file, (n,) or (n, height, width) uint8."""
    path = next((each for each in (folder / name, folder / f"{name}.gz") if each.is_file()), None)
    if path is None:
        raise DataError(f"{folder} holds no {name} or {name}.gz; check data.path")
    try:
        content = path.read_bytes()
        content = gzip.decompress(content) if path.suffix == ".gz" else content
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read ({error}); fetch it again") from None
    if content[:4] != bytes([0, 0, 8, axes]):
        raise DataError(f"{path} is not an IDX file of bytes along {axes} axes; fetch it again")
    head = 4 + 4 * axes
    shape = [int.from_bytes(content[at : at + 4], "big") for at in range(4, head, 4)]
    if len(content) != head + math.prod(shape):
        raise DataError(f"{path} is cut off: {len(content)} bytes of {head + math.prod(shape)}; fetch it again")
    return np.frombuffer(content, np.uint8, offset=head).reshape(shape)


def _through_keras(report: Callable[[str], None]) -> list[tuple[np.ndarray, np.ndarray]]:
    from convpipe.training.devices import start_backend

    start_backend()  # before Keras is imported, whose backend is noisy unless it is started with care
    from keras.datasets import fashion_mnist

    report("Keras fetches Fashion-MNIST (31 MB) into its own folder, unless it is there already")
    try:
        return list(fashion_mnist.load_data())
    except Exception as error:  # urllib, sockets, a broken cache: Keras lets all kinds through
        reason = str(error).split("\n")[0]
        raise DataError(
            f"Fashion-MNIST is not here and Keras cannot fetch it ({reason}); either apt install "
            "dataset-fashion-mnist, or set data.path=FOLDER of the four IDX files, or connect to a network from which "
            "keras.datasets can fetch"
        ) from None


def _samples(parts: list[tuple[np.ndarray, np.ndarray]], source: str) -> Samples:
    """Both parts as one set, the training part first."""
    sizes = [len(images) for images, _ in parts]
    images, labels = (np.concatenate(both) for both in zip(*parts, strict=True))
    if labels.size and labels.max() >= len(CLASS_NAMES):
        raise DataError(f"{source}: label {labels.max()}, but Fashion-MNIST has classes 0 to {len(CLASS_NAMES) - 1}")
    return Samples(
        inputs=images[..., None],
        labels=labels.astype(np.int64),
        class_names=CLASS_NAMES,
        origins=[
            f"{part} image {number}" for part, n in zip(PARTS.values(), sizes, strict=True) for number in range(n)
        ],
        source=source,
        sha256=hashlib.sha256(images.tobytes() + labels.astype(np.uint8).tobytes()).hexdigest(),
        is_test=np.repeat([False, True], sizes),
        kind="image",
    )
