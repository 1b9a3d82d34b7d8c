"""Archive datasets: merged from the training and the test file of a package."""

import pytest

from convpipe import config
from convpipe.data import load
from convpipe.data.series.archive import ArchiveSettings
from convpipe.errors import DataError


@pytest.fixture
def packaged(monkeypatch):
    """`packaged(train_rows, test_rows)` reads a dataset from two .ts files in a package."""

    def read(train, test):
        contents = [f"@classLabel true {classes}\n@data\n{rows}".encode() for classes, rows in (train, test)]
        monkeypatch.setattr("convpipe.data.download.read_members", lambda *arguments: contents)
        data = ArchiveSettings(name="t", archive_name="T", package="aeon")
        return load(data, config.Window(), pytest.fail)

    return read


def test_training_and_test_file_are_merged_with_the_official_part(packaged):
    samples = packaged(("a b", "1,2:b\n3:a"), ("a b", "4:a"))
    assert samples.labels.tolist() == [1, 0, 0] and samples.class_names == ("a", "b")
    assert samples.is_test.tolist() == [False, False, True]
    assert samples.sample_ids == ["T_TRAIN.ts line 3", "T_TRAIN.ts line 4", "T_TEST.ts line 3"]
    assert [series.shape for series in samples.inputs] == [(2, 1), (1, 1), (1, 1)]


def test_classes_follow_the_training_file_whatever_the_order_in_the_test_file(packaged):
    samples = packaged(("x y", "1:x\n1:y"), ("z y x", "2:y\n2:z"))
    assert samples.class_names == ("x", "y", "z")
    assert [samples.class_names[i] for i in samples.labels] == ["x", "y", "y", "z"]


def test_the_hash_depends_on_contents_and_on_the_border_between_files(packaged):
    one, two = ("a b", "1:a\n1:b"), ("a b", "1:a\n1:b\n2:a\n2:b")
    hashes = [packaged(*files).sha256 for files in ((two, one), (one, two), (two, one))]
    assert hashes[0] == hashes[2] != hashes[1] and len(hashes[0]) == 64


def test_a_broken_test_file_is_named_with_its_line(packaged, refused):
    with refused(DataError, file="T_TEST.ts", line=4, mentions=("class",)):
        packaged(("a b", "1:a\n1:b"), ("a b", "1:a\n1,2"))
