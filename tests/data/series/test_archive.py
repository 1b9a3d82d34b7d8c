"""Archive data sets from your own files, and merged from a training and a test file."""

import numpy as np

from convpipe import config
from convpipe.data import load
from convpipe.data.series.archive import TsFilesSettings
from convpipe.errors import DataError

WHOLE = config.Window()


def write(folder, name, rows, classes="a b"):
    path = folder / name
    path.write_text(f"@classLabel true {classes}\n@data\n" + "\n".join(rows))
    return str(path)


def test_train_and_test_files_become_one_with_the_official_part_marked(tmp_path):
    train = write(tmp_path, "T_TRAIN.ts", ["1,2:b", "3:a"])
    test = write(tmp_path, "T_TEST.ts", ["4:a"])
    samples = load(TsFilesSettings(train=train, test=test), WHOLE)
    assert samples.labels.tolist() == [1, 0, 0] and samples.class_names == ("a", "b")
    assert samples.is_test.tolist() == [False, False, True]
    assert samples.sample_ids == [f"{train} line 3", f"{train} line 4", f"{test} line 3"]
    assert [series.shape for series in samples.inputs] == [(2, 1), (1, 1), (1, 1)]


def test_classes_follow_the_training_file_whatever_the_order_in_the_test_file(tmp_path):
    train = write(tmp_path, "train.ts", ["1:x", "1:y"], "x y")
    test = write(tmp_path, "test.ts", ["2:y", "2:z"], "z y x")
    samples = load(TsFilesSettings(train=train, test=test), WHOLE)
    assert samples.class_names == ("x", "y", "z")
    assert [samples.class_names[i] for i in samples.labels] == ["x", "y", "y", "z"]


def test_without_a_test_file_no_part_is_declared(tmp_path):
    assert load(TsFilesSettings(train=write(tmp_path, "t.ts", ["1:a", "1:b"])), WHOLE).is_test is None


def test_the_hash_tells_contents_and_the_border_between_files(tmp_path):
    rows = ["1:a", "1:b", "2:a", "2:b"]
    one = write(tmp_path, "1.ts", rows), write(tmp_path, "2.ts", rows[:2])
    two = write(tmp_path, "3.ts", rows[:2]), write(tmp_path, "4.ts", rows)
    hashes = [load(TsFilesSettings(train=a, test=b), WHOLE).sha256 for a, b in (one, two, one)]
    assert hashes[0] == hashes[2] != hashes[1] and len(hashes[0]) == 64


def test_a_missing_file_is_named(tmp_path, refused):
    with refused(DataError, file=tmp_path / "none.ts", remedy="data.train", mentions=("No such file",)):
        load(TsFilesSettings(train=str(tmp_path / "none.ts")), WHOLE)


def test_a_broken_test_file_is_named_with_its_line(tmp_path, refused):
    train, test = write(tmp_path, "train.ts", ["1:a", "1:b"]), write(tmp_path, "test.ts", ["1:a", "1,2"])
    with refused(DataError, file=test, line=4, mentions=("class",)):
        load(TsFilesSettings(train=train, test=test), WHOLE)


def test_channels_that_differ_between_the_files_are_refused(tmp_path, refused):
    train, test = write(tmp_path, "train.ts", ["1:a", "1:b"]), write(tmp_path, "test.ts", ["1:2:a"])
    with refused(DataError, file=test, value=2, mentions=("2 channels", "train.ts has 1")):
        load(TsFilesSettings(train=train, test=test), WHOLE)


def test_one_class_only_is_refused(tmp_path, refused):
    with refused(DataError, file="t.ts", mentions=("2 samples", "one class")):
        load(TsFilesSettings(train=write(tmp_path, "t.ts", ["1:a", "2:a"])), WHOLE)


def test_windows_need_a_sampling_rate(tmp_path, refused):
    train = write(tmp_path, "t.ts", ["1:a", "1:b"])
    facts = {"file": train, "key": "window.seconds", "value": 1.0, "remedy": "window.seconds=null"}
    with refused(DataError, **facts, mentions=("sampling rate",)):
        load(TsFilesSettings(train=train), config.Window(seconds=1.0))


def test_steps_and_channels_keep_their_places(tmp_path):
    values = np.arange(12.0).reshape(4, 3)
    row = ":".join(",".join(map(str, channel)) for channel in values.T)
    samples = load(TsFilesSettings(train=write(tmp_path, "t.ts", [row + ":a", row + ":b"])), WHOLE)
    np.testing.assert_array_equal(samples.inputs[0], values)
    assert samples.channel_names == ("channel 0", "channel 1", "channel 2")
