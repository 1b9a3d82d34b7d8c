"""Folders of wav files: classes by folder and by name, splits, sampling rates, and every refusal."""

import numpy as np
import pytest
from scipy.io import wavfile

from convpipe import config
from convpipe.data import load
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
    return load(config.AudioFolder(path=str(folder), **settings), config.Window(), lines.append)


def test_a_folder_is_a_class(tmp_path):
    write(tmp_path / "no" / "b.wav", -0.5, steps=5)
    write(tmp_path / "yes" / "deep" / "a.WAV", 0.5)
    samples = read(tmp_path)
    assert samples.kind == "sound" and samples.sampling_rate == 8000
    assert samples.class_names == ("no", "yes") and samples.labels.tolist() == [0, 1]
    assert samples.origins == ["no/b.wav", "yes/deep/a.WAV"]
    assert samples.groups is None and samples.is_test is None
    assert samples.inputs[0].dtype == np.float32
    np.testing.assert_array_equal(samples.inputs[0], np.full((5, 1), -0.5))


def test_train_and_test_folders_are_the_official_parts(tmp_path):
    for part in ("train", "test"):
        for name in ("no", "yes"):
            write(tmp_path / part / name / "a.wav")
    samples = read(tmp_path)
    assert samples.class_names == ("no", "yes")
    assert dict(zip(samples.origins, samples.is_test.tolist(), strict=True))["test/no/a.wav"] is True
    assert samples.is_test.sum() == 2


def test_the_pattern_finds_class_speaker_and_official_test_part(tmp_path):
    samples = read(spoken(tmp_path), pattern=DIGITS)
    assert samples.class_names == ("0", "1")
    at = samples.origins.index("1_bob_6.wav")
    assert (samples.labels[at], samples.groups[at], samples.is_test[at]) == (1, "bob", False)
    assert samples.is_test.sum() == 20
    assert [origin for origin, test in zip(samples.origins, samples.is_test, strict=True) if "_3." in origin and test]


def test_speakers_are_held_out_where_the_pattern_names_them_alone(tmp_path):
    samples = read(spoken(tmp_path), pattern=r"(?P<label>\d)_(?P<group>\w+)_\d+$")
    assert samples.is_test is None
    for split in make_splits(samples, config.Split(folds=2, validation="none")):
        assert len(set(samples.groups[split.test])) == 1
        assert not set(samples.groups[split.test]) & set(samples.groups[split.train])


def test_most_files_decide_the_sampling_rate_and_what_changes_is_said(tmp_path):
    write(tmp_path / "a" / "1.wav", steps=800)
    write(tmp_path / "a" / "2.wav", steps=800, channels=2)
    write(tmp_path / "b" / "3.wav", steps=1600, rate=16000)
    (tmp_path / "b" / "notes.txt").write_text("later")
    said = []
    samples = read(tmp_path, said)
    assert [each.shape for each in samples.inputs] == [(800, 1)] * 3
    assert said == [
        f"{tmp_path}: left out 1 files that are no recordings by their names (.wav, .wave are)",
        "1 of 3 recordings have several channels, which are mixed down to one",
        "1 of 3 recordings are resampled to 8000 Hz (1 of 16000 Hz)",
    ]
    assert read(tmp_path, sampling_rate=4000.0).inputs[0].shape == (400, 1)


def test_the_hash_knows_bytes_labels_and_sampling_rate(tmp_path):
    spoken(tmp_path)
    first = read(tmp_path, pattern=DIGITS).sha256
    assert read(tmp_path, pattern=DIGITS).sha256 == first
    assert read(tmp_path, pattern=DIGITS.replace("0-4", "0-3")).sha256 != first
    assert read(tmp_path, pattern=DIGITS, sampling_rate=4000.0).sha256 != first
    write(tmp_path / "0_ann_0.wav", 0.25)
    assert read(tmp_path, pattern=DIGITS).sha256 != first


@pytest.mark.parametrize(
    ("pattern", "error", "message"),
    [
        (r"(?P<label>\d", ConfigError, "is no regular expression"),
        (r"(\d)_.*", ConfigError, r"lacks the group of the class"),
        (
            r"(?P<label>\d)_(?P<speaker>\w+)_\d",
            ConfigError,
            "data.pattern has a group speaker; ",
        ),
        (r"(?P<label>0)_.*", DataError, r"14 of 28 file names .* \(such as 1_ann_0.wav, 1_ann_1.wav"),
        (r"(?P<label>\d?)\w+", None, ""),
        (r"(?P<label>\d)_(?P<group>ann)?\w+", DataError, "14 of 28 file names"),
        (r"(?P<label>\d)_\w+_(?:(?P<test>x)|\d)", DataError, "the group test of data.pattern matches in no file"),
        (r"(?P<label>\d)_\w+_(?P<test>\d)", DataError, "the group test of data.pattern matches in every file"),
        (r"\d_(?P<label>\D)\D+_\d", None, ""),
        (r"\d(?P<label>_)\w+", DataError, "of one class only"),
    ],
)
def test_a_pattern_that_does_not_fit_is_refused(tmp_path, pattern, error, message):
    spoken(tmp_path)
    if error is None:
        assert len(read(tmp_path, pattern=pattern)) == 28
        return
    with pytest.raises(error, match=message) as raised:
        read(tmp_path, pattern=pattern)
    assert "\n" not in str(raised.value)


def test_folders_without_two_classes_of_recordings_are_refused(tmp_path):
    with pytest.raises(DataError, match="is not a folder; check data.path"):
        read(tmp_path / "missing")
    with pytest.raises(DataError, match="holds no recordings"):
        read(tmp_path, pattern=DIGITS)
    write(tmp_path / "2.wav")
    with pytest.raises(DataError, match=r"holds no recordings in folders; .*, or give data.pattern, which"):
        read(tmp_path)
    write(tmp_path / "a" / "1.wav")
    with pytest.raises(DataError, match=r"one class only \(a\)"):
        read(tmp_path)


def test_a_broken_file_is_found_before_anything_is_trained(tmp_path):
    spoken(tmp_path)
    path = tmp_path / "1_bob_2.wav"
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(DataError, match="1_bob_2.wav: cut off"):
        read(tmp_path, pattern=DIGITS)


def test_a_file_that_went_away_is_named(tmp_path):
    samples = read(spoken(tmp_path), pattern=DIGITS)
    (tmp_path / "0_ann_0.wav").unlink()
    with pytest.raises(DataError, match="0_ann_0.wav: No such file"):
        samples.inputs[0]
