"""Folders of recordings: classes by folder and by name, splits, sampling rates, and every refusal."""

import numpy as np
import pytest
import soundfile
from scipy.io import wavfile

from convpipe import config
from convpipe.data import load
from convpipe.data.sound.folder import AudioFolderSettings
from convpipe.data.splits import make_splits
from convpipe.errors import ConfigError, DataError

DIGITS = r"(?P<label>\d)_(?P<group>\w+)_(?:(?P<test>[0-4])|\d+)"


def write(path, value=0.5, steps=10, rate=8000, channels=1):
    path.parent.mkdir(parents=True, exist_ok=True)
    wavfile.write(path, rate, np.full((steps, channels), round(value * 2**15), "int16"))


def spoken(folder, takes=7):
    for digit in (0, 1):
        for speaker in ("ann", "bob"):
            for take in range(takes):
                write(folder / f"{digit}_{speaker}_{take}.wav", value=digit / 2)
    return folder


def read(folder, said=None, **settings):
    lines = [] if said is None else said
    return load(AudioFolderSettings(path=str(folder), **settings), config.Window(), lines.append)


def test_a_folder_is_a_class(tmp_path):
    write(tmp_path / "no" / "b.wav", -0.5, steps=5)
    write(tmp_path / "yes" / "deep" / "a.WAV", 0.5)
    dataset = read(tmp_path)
    assert dataset.modality == "sound" and dataset.sampling_rate == 8000
    assert dataset.class_names == ("no", "yes") and dataset.labels.tolist() == [0, 1]
    assert dataset.sample_ids == ["no/b.wav", "yes/deep/a.WAV"]
    assert dataset.groups is None and dataset.is_test is None
    assert dataset.inputs[0].dtype == np.float32
    np.testing.assert_array_equal(dataset.inputs[0], np.full((5, 1), -0.5))


def test_train_and_test_folders_are_the_official_parts(tmp_path):
    for part in ("train", "test"):
        for name in ("no", "yes"):
            write(tmp_path / part / name / "a.wav")
    dataset = read(tmp_path)
    assert dataset.class_names == ("no", "yes")
    assert dict(zip(dataset.sample_ids, dataset.is_test.tolist(), strict=True))["test/no/a.wav"] is True
    assert dataset.is_test.sum() == 2


def test_the_pattern_finds_class_speaker_and_official_test_part(tmp_path):
    dataset = read(spoken(tmp_path), pattern=DIGITS)
    assert dataset.class_names == ("0", "1")
    at = dataset.sample_ids.index("1_bob_6.wav")
    assert (dataset.labels[at], dataset.groups[at], dataset.is_test[at]) == (1, "bob", False)
    assert dataset.is_test.sum() == 20
    assert [
        sample_id
        for sample_id, test in zip(dataset.sample_ids, dataset.is_test, strict=True)
        if "_3." in sample_id and test
    ]


def test_speakers_are_held_out_where_the_pattern_names_them_alone(tmp_path):
    dataset = read(spoken(tmp_path), pattern=r"(?P<label>\d)_(?P<group>\w+)_\d+$")
    assert dataset.is_test is None
    for split in make_splits(dataset, config.Split(folds=2, validation="none")):
        assert len(set(dataset.groups[split.test])) == 1
        assert not set(dataset.groups[split.test]) & set(dataset.groups[split.train])


def test_most_files_decide_the_sampling_rate_and_what_changes_is_said(tmp_path):
    write(tmp_path / "a" / "1.wav", steps=800)
    write(tmp_path / "a" / "2.wav", steps=800, channels=2)
    write(tmp_path / "b" / "3.wav", steps=1600, rate=16000)
    (tmp_path / "b" / "notes.txt").write_text("later")
    said = []
    dataset = read(tmp_path, said)
    assert [each.shape for each in dataset.inputs] == [(800, 1)] * 3
    left_out, mixed, changed = said
    assert all(fact in left_out for fact in (str(tmp_path), "1", ".wav", ".flac", ".ogg", ".mp3"))
    assert "1 of 3" in mixed and "channels" in mixed
    assert all(fact in changed for fact in ("1 of 3", "8000 Hz", "16000 Hz"))
    assert read(tmp_path, sampling_rate=4000.0).inputs[0].shape == (400, 1)


def test_channels_that_cancel_each_other_out_are_said(tmp_path):
    for name in ("a", "b"):
        write(tmp_path / name / "1.wav")
    wavfile.write(tmp_path / "b" / "2.wav", 8000, np.outer([8192] * 10, [1, -1]).astype("int16"))
    said = []
    dataset = read(tmp_path, said)
    np.testing.assert_array_equal(dataset.inputs[2], np.full((10, 1), 0.25))
    assert "1 of 3" in said[-1] and "b/2.wav" in said[-1]


def test_a_sampling_rate_that_would_fill_the_memory_is_refused(tmp_path, monkeypatch, refused):
    monkeypatch.setattr("convpipe.data.sound.folder.MOST", 1000)
    for name in ("a", "b"):
        write(tmp_path / name / "1.wav", steps=800)
    assert read(tmp_path, sampling_rate=10_000.0).inputs[0].shape == (1000, 1)
    with refused(DataError, file="1.wav", key="data.sampling_rate", value=80_000.0):
        read(tmp_path, sampling_rate=80_000.0)


def test_formats_may_be_mixed(tmp_path):
    values = np.full(1600, 0.25)
    for path in ("a/1.wav", "a/2.flac", "b/3.OGG", "b/4.mp3"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        soundfile.write(tmp_path / path, values, 16000 if path.endswith("wav") else 8000)
    said = []
    dataset = read(tmp_path, said)
    assert dataset.labels.tolist() == [0, 0, 1, 1] and dataset.sampling_rate == 8000 and len(said) == 1
    assert [each.shape for each in dataset.inputs] == [(800, 1), (1600, 1), (1600, 1), (1600, 1)]
    for each in dataset.inputs:
        np.testing.assert_allclose(np.median(each), 0.25, atol=0.02)


def test_the_hash_knows_bytes_labels_and_sampling_rate(tmp_path):
    spoken(tmp_path)
    first = read(tmp_path, pattern=DIGITS).sha256
    assert read(tmp_path, pattern=DIGITS).sha256 == first
    assert read(tmp_path, pattern=DIGITS.replace("0-4", "0-3")).sha256 != first
    assert read(tmp_path, pattern=DIGITS, sampling_rate=4000.0).sha256 != first
    write(tmp_path / "0_ann_0.wav", 0.25)
    assert read(tmp_path, pattern=DIGITS).sha256 != first


@pytest.mark.parametrize(
    ("pattern", "error", "mentions"),
    [
        (r"(?P<label>\d", ConfigError, ["data.pattern"]),
        (r"(\d)_.*", ConfigError, ["data.pattern", "(?P<label>"]),
        (r"(?P<label>\d)_(?P<speaker>\w+)_\d", ConfigError, ["data.pattern", "speaker", "label"]),
        (r"(?P<label>0)_.*", DataError, ["14 of 28", "1_ann_0.wav", "0_ann_0 gives label 0"]),
        (r"(?P<label>\d)_(?P<group>ann)?\w+", DataError, ["14 of 28"]),
        (r"(?P<label>\d)_\w+_(?:(?P<test>x)|\d)", DataError, ["data.pattern", "group test", " no "]),
        (r"(?P<label>\d)_\w+_(?P<test>\d)", DataError, ["data.pattern", "group test", "every"]),
        (r"\d(?P<label>_)\w+", DataError, ["one class", "_"]),
    ],
)
def test_a_pattern_that_does_not_fit_is_refused(refused, tmp_path, pattern, error, mentions):
    spoken(tmp_path)
    with refused(error, mentions=mentions):
        read(tmp_path, pattern=pattern)


@pytest.mark.parametrize("pattern", [r"(?P<label>\d?)\w+", r"\d_(?P<label>\D)\D+_\d"])
def test_a_pattern_may_use_any_part_of_the_name(tmp_path, pattern):
    assert len(read(spoken(tmp_path), pattern=pattern)) == 28


def test_folders_without_two_classes_of_recordings_are_refused(refused, tmp_path):
    with refused(DataError, file="missing", key="data.path"):
        read(tmp_path / "missing")
    with refused(DataError, file=tmp_path, mentions=(".wav",)):
        read(tmp_path, pattern=DIGITS)
    write(tmp_path / "2.wav")
    with refused(DataError, file=tmp_path, remedy="data.pattern", mentions=(".wav",)):
        read(tmp_path)
    write(tmp_path / "a" / "1.wav")
    with refused(DataError, file=tmp_path, value="a"):
        read(tmp_path)


def test_a_broken_file_is_found_before_anything_is_trained(refused, tmp_path):
    spoken(tmp_path)
    path = tmp_path / "1_bob_2.wav"
    path.write_bytes(path.read_bytes()[:-4])
    with refused(DataError, file="1_bob_2.wav", mentions=(16, 20)):
        read(tmp_path, pattern=DIGITS)


def test_a_file_that_went_away_is_named(refused, tmp_path):
    dataset = read(spoken(tmp_path), pattern=DIGITS)
    (tmp_path / "0_ann_0.wav").unlink()
    with refused(DataError, file="0_ann_0.wav", remedy="data.path"):
        dataset.inputs[0]
