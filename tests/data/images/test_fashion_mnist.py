"""Fashion-MNIST from IDX files that the test writes; Keras' way is played by the test."""

import gzip
import struct

import numpy as np
import pytest

from convpipe.config.images import FashionMnist
from convpipe.data.images import fashion_mnist
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
    return fashion_mnist.read(FashionMnist(path=path and str(path)), report)


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    monkeypatch.setattr(fashion_mnist, "DEBIAN", tmp_path / "debian")
    return tmp_path / "debian"


@pytest.mark.parametrize("packed", [True, False])
def test_the_official_parts_come_from_plain_or_packed_files(tmp_path, packed):
    samples = read(write(tmp_path / "idx", packed))
    (images, labels), (test_images, test_labels) = parts()
    np.testing.assert_array_equal(samples.inputs[:, :, :, 0], np.concatenate([images, test_images]))
    assert samples.labels.tolist() == labels + test_labels and samples.is_test.tolist() == [False] * 6 + [True] * 3
    assert samples.origins[0] == "training image 0" and samples.origins[6] == "test image 0"
    assert samples.class_names[9] == "Ankle boot" and samples.kind == "image"


def test_each_way_gives_the_same_hash(tmp_path, nowhere, monkeypatch):
    plain, packed = read(write(tmp_path / "a", False)), read(write(tmp_path / "b", True))
    arrays = [tuple(np.asarray(each, np.uint8) for each in part) for part in parts()]
    monkeypatch.setattr("keras.datasets.fashion_mnist.load_data", lambda: tuple(arrays))
    lines = []
    assert plain.sha256 == packed.sha256 == read(report=lines.append).sha256
    assert "Keras fetches" in lines[0]


def test_debians_folder_is_used_where_it_is(nowhere):
    write(nowhere, True)
    assert read().source == str(nowhere)


def test_without_files_and_network_the_error_names_all_three_ways(nowhere, monkeypatch):
    def fail():
        raise Exception("URL fetch failure: no route")

    monkeypatch.setattr("keras.datasets.fashion_mnist.load_data", fail)
    with pytest.raises(DataError, match="no route.*apt install dataset-fashion-mnist.*data.path=FOLDER.*network"):
        read()


def damage(path, change):
    path.write_bytes(change(path.read_bytes()))


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("train-images-idx3-ubyte", lambda content: content[:-1], "train-images-idx3-ubyte is cut off"),
        ("train-images-idx3-ubyte", lambda content: content[:6], "train-images-idx3-ubyte is cut off"),
        ("t10k-labels-idx1-ubyte", lambda content: b"<html>", "t10k-labels-idx1-ubyte is not an IDX file"),
        ("t10k-labels-idx1-ubyte", lambda content: b"", "t10k-labels-idx1-ubyte is not an IDX file"),
        ("train-labels-idx1-ubyte", lambda content: idx([0, 1]), "6 training images but 2 labels"),
        ("train-labels-idx1-ubyte", lambda content: idx([10] * 6), "label 10"),
    ],
)
def test_a_broken_file_is_named(tmp_path, name, change, said):
    folder = write(tmp_path / "idx", False)
    damage(folder / name, change)
    with pytest.raises(DataError, match=said):
        read(folder)


def test_a_truncated_gzip_and_a_missing_file_are_named(tmp_path):
    folder = write(tmp_path / "idx", True)
    damage(folder / "train-images-idx3-ubyte.gz", lambda content: content[:-20])
    with pytest.raises(DataError, match="train-images-idx3-ubyte.gz cannot be read"):
        read(folder)
    (folder / "train-images-idx3-ubyte.gz").unlink()
    with pytest.raises(DataError, match="holds no train-images-idx3-ubyte or"):
        read(folder)
