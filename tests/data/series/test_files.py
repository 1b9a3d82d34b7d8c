"""One file per recording: classes and people from folders, names or columns, and columns that are left out."""

import numpy as np
import pytest

from convpipe import config
from convpipe.errors import ConfigError, DataError

TWO = {"a/1.csv": "x,y\n1,2\n3,5\n", "b/1.csv": "x,y\n5,6\n7,9\n"}


def test_one_folder_per_class_with_recordings_of_any_length(folder):
    said = []
    samples = folder({"run/b.csv": "1,2\n3,4\n7,6\n", "walk/deep/a.tsv": "7\t8\n"}, said)
    assert (samples.modality, samples.class_names, samples.labels.tolist()) == ("series", ("run", "walk"), [0, 1])
    assert samples.sample_ids == ["run/b.csv", "walk/deep/a.tsv"]
    assert [each.shape for each in samples.inputs] == [(3, 2), (1, 2)]
    assert samples.channel_names == ("0", "1") and samples.groups is None and samples.sampling_rate is None


def test_the_pattern_finds_class_and_person_anywhere_in_the_name(folder):
    said = []
    files = {"2024_walk_ann_1.csv": "1\n", "2024_run_bob_2.csv": "2\n"}
    samples = folder(files, said, pattern="_(?P<label>[a-z]+)_(?P<group>[a-z]+)")
    assert samples.class_names == ("run", "walk") and samples.groups.tolist() == ["bob", "ann"]
    assert any("2024_run_bob_2 gives label run, group bob" in line for line in said)


def test_a_pattern_that_fits_all_names_in_full_is_not_searched_for(folder):
    pattern = r"(?P<label>[a-z]+)_(?:(?P<test>[0-4])|\d+)"
    files = {f"{label}_{take}.csv": "1\n" for label in ("run", "walk") for take in (3, 7, 32)}
    assert folder(files, pattern=pattern).is_test.tolist() == [True, False, False] * 2


def test_a_pattern_with_a_slash_is_searched_in_paths(folder):
    samples = folder({"ann/walk_1.csv": "1\n", "bob/run_1.csv": "2\n"}, pattern=r"(?P<group>\w+)/(?P<label>[a-z]+)")
    assert [samples.class_names[label] for label in samples.labels] == ["walk", "run"]
    assert samples.groups.tolist() == ["ann", "bob"]


def test_class_from_folders_and_person_from_names(folder):
    samples = folder({"walk/ann_1.csv": "1\n", "run/bob_1.csv": "2\n"}, pattern="(?P<group>[a-z]+)_")
    assert samples.class_names == ("run", "walk") and samples.groups.tolist() == ["bob", "ann"]


def test_class_and_person_from_columns(folder):
    head = "x,activity,subject\n"
    samples = folder({"1.csv": f"{head}1,walk,ann\n5,walk,ann\n", "2.csv": f"{head}1,run,bob\n"})
    assert [samples.class_names[label] for label in samples.labels] == ["walk", "run"]
    assert samples.groups.tolist() == ["ann", "bob"] and samples.channel_names == ("x",)
    assert samples.step_labels is None


def test_a_label_column_is_left_out_if_folders_are_classes(folder):
    said = []
    samples = folder({"a/1.csv": "x,label\n1,0\n", "b/1.csv": "x,label\n2,1\n"}, said)
    assert samples.channel_names == ("x",) and any("label" in line and "folders" in line for line in said)


def test_names_are_compared_in_one_unicode_form(folder):
    composed, apart = "dr\u00fccken", "dru\u0308cken"
    files = {f"train/{apart}/1.csv": "1\n", "train/b/1.csv": "2\n", f"test/{composed}/1.csv": "3\n"}
    samples = folder(files)
    assert samples.class_names == ("b", composed) and samples.is_test.sum() == 1


def test_folders_train_val_and_test_are_official_parts(folder):
    samples = folder({f"{part}/{label}/1.csv": "1,2\n" for part in ("train", "val", "test") for label in "ab"})
    assert samples.is_test.sum() == 2 and samples.is_validation.sum() == 2


def test_the_test_part_may_be_another_folder(folder, read, tmp_path):
    folder(TWO)
    (tmp_path / "recordings").rename(tmp_path / "training")
    folder({"b/1.csv": "y,x,z\n1,2,3\n", "a/1.csv": "y,x,z\n1,2,3\n"})
    samples = read(tmp_path / "training", test=str(tmp_path / "recordings"), columns=["x", "y"])
    assert samples.is_test.tolist() == [False, False, True, True] and samples.inputs[2].tolist() == [[2, 1]]


def test_columns_are_selected_by_name_in_the_requested_order(folder):
    text = "time,y,x\n12:00:01,1,2\n12:00:02,3,4\n"
    samples = folder({"a/1.csv": text, "b/1.csv": text}, columns=["x", "y"])
    assert samples.channel_names == ("x", "y") and samples.inputs[0].tolist() == [[2, 1], [4, 3]]


def test_columns_may_have_another_order_in_another_file(folder):
    samples = folder({"a/1.csv": "x,y\n1,2\n", "b/1.csv": "y,x\n2,1\n"})
    assert samples.inputs[0].tolist() == samples.inputs[1].tolist()


def test_columns_without_a_header_are_selected_by_number(folder):
    samples = folder({"a/1.csv": "0;1,5;2\n", "b/1.csv": "0;2,5;3\n"}, columns=["1"], decimal=",")
    assert [each.tolist() for each in samples.inputs] == [[[1.5]], [[2.5]]]


@pytest.mark.parametrize("name", ["", "Unnamed: 0", "frame", "timestamp"])
def test_a_clock_or_row_numbers_are_left_out(folder, name):
    said, random = [], np.random.default_rng(0)

    def text(start):
        return f"{name},x\n" + "".join(f"{start + step * 0.02:.2f},{random.normal():.3f}\n" for step in range(20))

    files = {
        f"{label}/{number}.csv": text(1.7e9 + 7200 * (label == "b") + 60 * number)
        for label in "ab"
        for number in range(3)
    }
    samples = folder(files, said)
    assert samples.channel_names == ("x",) and {each.shape for each in samples.inputs} == {(20, 1)}
    assert any(("column 0" if name in ("", "Unnamed: 0") else name) in line for line in said)
    assert len(folder(files, columns=[name or "Unnamed: 0", "x"]).channel_names) == 2, "the setting overrides the guess"


def test_columns_of_text_and_empty_columns_are_left_out(folder):
    said = []
    text = "x,device,empty\n1,A5,\n2,A5,\n"
    samples = folder({"a/1.csv": text, "b/1.csv": text}, said)
    assert samples.channel_names == ("x",)
    assert [any(word in line for line in said) for word in ("device", "empty")] == [True, True]


@pytest.mark.parametrize("name", ["README.txt", "license_2.txt", *(f"licen{letter}e.txt" for letter in "cs")])
def test_notes_next_to_the_recordings_are_left_out(folder, name):
    said = []
    assert len(folder({**TWO, f"a/{name}": "free to use\n"}, said)) == 2
    assert any(f"left out {name}" in line for line in said)


def test_a_large_offset_keeps_its_signal(folder):
    wave = np.sin(np.arange(40))
    files = {"a/1.csv": "p,q\n" + "".join(f"{1e8 + value:.3f},{value}\n" for value in wave)}
    files["b/1.csv"] = "p,q\n" + "".join(f"{9007199254740993 + int(1000 * value)},{value}\n" for value in wave)
    said = []
    samples = folder(files, said)
    assert samples.inputs[0].dtype == np.float64 and any(line.endswith(": p") for line in said)
    np.testing.assert_allclose(samples.inputs[0][:, 0] - 1e8, wave, atol=1e-3)
    assert len(np.unique(samples.inputs[1][:, 0])) > 35


def test_fewer_steps_than_channels_is_a_warning_with_a_remedy(folder):
    said, text = [], ",".join(["1.5"] * 12) + "\n"
    files = {f"{label}/{number}.csv": text * 3 for label in "ab" for number in range(2)}
    folder(files, said)
    assert any("steps (3)" in line and "channels (12)" in line and "data.layout=wide" in line for line in said)
    wide = folder(files, layout="wide")
    assert len(wide) == 12 and wide.inputs[0].shape == (12, 1) and wide.class_names == ("a", "b")


def test_windows_are_cut_if_the_sampling_rate_is_known(folder):
    files = {f"{name}/1.csv": "x\n" + "1\n" * 8 for name in "ab"}
    assert [len(each) for each in folder(files, sampling_rate=2, window=config.Window(seconds=2.0)).inputs] == [4] * 4


def test_settings_and_contents_change_the_hash(folder):
    assert folder(TWO).sha256 == folder(TWO).sha256 != folder(TWO, columns=["y", "x"]).sha256
    assert folder(TWO).sha256 != folder({**TWO, "b/1.csv": "x,y\n5,6\n7,8\n"}).sha256


@pytest.mark.parametrize("files, settings, facts", [
    ({}, {}, dict(file="recordings", key="data.path")),
    ({"a/1.csv": "1\n"}, {}, dict(file="recordings", value="a", mentions=("one class",))),
    ({"1.csv": "x,y\n1,2\n"}, {}, dict(file="recordings", remedy="data.pattern")),
    ({"a/1.wav": "1\n"}, {}, dict(file="recordings", mentions=(".csv",))),
    ({"a/1.csv": "", "b/1.csv": "1\n"}, {}, dict(file="1.csv", mentions=("a/1.csv", "empty"))),
    ({"a/1.csv": "x,y\n1,2\n", "b/1.csv": "x,z\n1,2\n"}, {},
     dict(file="1.csv", key="data.columns", remedy="data.columns=[", mentions=("b/1.csv", "x, z", "1.csv has x, y"))),
    (TWO, {"columns": ["xx"]}, dict(file="1.csv", key="data.columns", value="xx", remedy="x")),
    (TWO, {"layout": "long"}, dict(key="data.path", remedy="data.label")),
    ({"a/1.csv": "t,x\nnoon,high\n", "b/1.csv": "t,x\nnoon,low\n"}, {}, dict(key="data.columns")),
    ({"a/1.csv": "x,subject\n1,p\n2,q\n", "b/1.csv": "x,subject\n1,p\n"}, {},
     dict(file="1.csv", key="data.group", remedy="data.recording", mentions=("p, q",))),
    ({"walk_ann.csv": "1\n", "run.csv": "1\n"}, {"pattern": "(?P<label>[a-z]+)_"},
     dict(key="data.pattern", mentions=("1 of 2", "run.csv", "walk_ann gives label walk"))),
    ({"walk_ann.csv": "1\n", "run_bob.csv": "1\n"}, {"pattern": r"(?P<label>[a-z]+)_(?P<group>\d+)"},
     dict(key="data.pattern", mentions=("2 of 2", "run_bob.csv", "(?P<label>[a-z]+)_ matches 'run_'"))),
    ({"a.npy": b"\x93NUMPY\1\0", "b.npy": b""}, {"pattern": "(?P<label>.)"}, dict(file="a.npy", mentions=(".npy",))),
])  # fmt: skip
def test_refusals(folder, files, settings, facts, refused):
    with refused(DataError, **facts):
        folder(files, **settings)


def test_a_broken_pattern_is_refused(folder, refused):
    with refused(ConfigError, key="data.pattern", value="(?P<label>", mentions=("(?P<label>",)):
        folder({"a.csv": "1\n", "b.csv": "1\n"}, pattern="(?P<label>")
    with refused(ConfigError, key="data.separator", value=", ", mentions=("data.separator=', '",)):
        folder(TWO, separator=", ")
