"""Fashion-MNIST from IDX files that the test writes; Keras' way is played by the test."""

import gzip
import struct

import numpy as np
import pytest

from convpipe.data.images import fashion_mnist
from convpipe.data.images.fashion_mnist import FashionMnistSettings
from convpipe.errors import DataError


def idx(values) -> bytes:
    values = np.asarray(values, np.uint8)
    return struct.pack(f">BBBB{values.ndim}I", 0, 0, 8, values.ndim, *values.shape) + values.tobytes()


def parts():
    random = np.random.default_rng(0)
    train = random.integers(0, 256, (6, 28, 28)), [0, 1, 2, 9, 9, 1]
    return train, (random.integers(0, 256, (3, 28, 28)), [9, 0, 1])


def write(folder, packed: bool):
    folder.mkdir(exist_ok=True)
    for stem, (images, labels) in zip(("train", "t10k"), parts(), strict=True):
        for name, content in ((f"{stem}-images-idx3-ubyte", idx(images)), (f"{stem}-labels-idx1-ubyte", idx(labels))):
            path = folder / (name + ".gz" * packed)
            path.write_bytes(gzip.compress(content) if packed else content)
    return folder


def read(path=None, report=lambda line: None):
    return fashion_mnist.read(FashionMnistSettings(path=path and str(path)), report)


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    monkeypatch.setattr(fashion_mnist, "DEBIAN", tmp_path / "debian")
    return tmp_path / "debian"


@pytest.mark.parametrize("packed", [True, False])
def test_the_official_parts_come_from_plain_or_packed_files(tmp_path, packed):
    dataset = read(write(tmp_path / "idx", packed))
    (images, labels), (test_images, test_labels) = parts()
    np.testing.assert_array_equal(dataset.inputs[:, :, :, 0], np.concatenate([images, test_images]))
    assert dataset.labels.tolist() == labels + test_labels and dataset.is_test.tolist() == [False] * 6 + [True] * 3
    assert dataset.sample_ids[0] == "training image 0" and dataset.sample_ids[6] == "test image 0"
    assert dataset.class_names[9] == "Ankle boot" and dataset.modality == "image"


def test_each_way_gives_the_same_hash(tmp_path, nowhere, monkeypatch):
    plain, packed = read(write(tmp_path / "a", False)), read(write(tmp_path / "b", True))
    arrays = [tuple(np.asarray(each, np.uint8) for each in part) for part in parts()]
    monkeypatch.setattr("keras.datasets.fashion_mnist.load_data", lambda: tuple(arrays))
    lines = []
    assert plain.sha256 == packed.sha256 == read(report=lines.append).sha256
    assert len(lines) == 1 and "Keras" in lines[0]


def test_debians_folder_is_used_where_it_is(nowhere):
    write(nowhere, True)
    assert read().source == str(nowhere)


def test_without_files_and_network_the_error_names_all_three_ways(refused, nowhere, monkeypatch):
    def fail():
        raise Exception("URL fetch failure: no route")

    monkeypatch.setattr("keras.datasets.fashion_mnist.load_data", fail)
    ways = ("apt install dataset-fashion-mnist", "data.path=FOLDER", "network")
    with refused(DataError, key="data.path", mentions=("no route", *ways)):
        read()


def damage(path, change):
    path.write_bytes(change(path.read_bytes()))


@pytest.mark.parametrize(
    ("name", "change", "file", "mentions"),
    [
        ("train-images-idx3-ubyte", lambda content: content[:-1], "train-images-idx3-ubyte", (4719, 4720)),
        ("train-images-idx3-ubyte", lambda content: content[:6], "train-images-idx3-ubyte", (6, 16)),
        ("t10k-labels-idx1-ubyte", lambda content: b"<html>", "t10k-labels-idx1-ubyte", ("IDX",)),
        ("t10k-labels-idx1-ubyte", lambda content: b"", "t10k-labels-idx1-ubyte", ("IDX",)),
        ("train-labels-idx1-ubyte", lambda content: idx([0, 1]), "idx", ("6 training images", "2 labels")),
        ("train-labels-idx1-ubyte", lambda content: idx([10] * 6), "idx", ("label 10", "0 to 9")),
    ],
)
def test_a_broken_file_is_named(refused, tmp_path, name, change, file, mentions):
    folder = write(tmp_path / "idx", False)
    damage(folder / name, change)
    with refused(DataError, file=file, mentions=mentions, remedy="fetch"):
        read(folder)


def test_a_truncated_gzip_and_a_missing_file_are_named(refused, tmp_path):
    folder = write(tmp_path / "idx", True)
    damage(folder / "train-images-idx3-ubyte.gz", lambda content: content[:-20])
    with refused(DataError, file="train-images-idx3-ubyte.gz"):
        read(folder)
    (folder / "train-images-idx3-ubyte.gz").unlink()
    with refused(DataError, file="idx", key="data.path", mentions=("train-images-idx3-ubyte",)):
        read(folder)
