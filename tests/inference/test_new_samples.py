"""New samples are read like the training samples, with or without labels."""

import io
from dataclasses import asdict
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import soundfile
from PIL import Image

from convpipe import config
from convpipe.data import load
from convpipe.data.series import new as series_new
from convpipe.data.series import reading
from convpipe.data.series.settings import SeriesSettings
from convpipe.data.sound.folder import AudioFolderSettings
from convpipe.data.text.settings import TextTableSettings
from convpipe.errors import DataError
from convpipe.inference.new_samples import read_new
from convpipe.inference.training_shape import TrainingShape


def silent(line: str) -> None:
    pass


def classifier(modality, classes, settings=None, channels=(), input_shape=(10, 2), rate=None):
    """The attributes of a classifier that `read_new` uses."""
    reader = None if settings is None else {k: v for k, v in asdict(settings).items() if k not in ("path", "test")}
    return SimpleNamespace(
        reader=reader,
        class_names=classes,
        sampling_rate=rate,
        training=TrainingShape(tuple(channels)),
        preprocessing=SimpleNamespace(modality=modality, input_shape=input_shape),
    )


def trained_on(path, **settings):
    """The reader settings that a classifier keeps after reading labeled series."""
    data = SeriesSettings(path=str(path), **settings)
    dataset = load(data, config.Window(), silent)
    return classifier("series", dataset.class_names, dataset.settings or data, dataset.channel_names)


def everything(found, *paths, report=silent):
    """All samples that are read, as arrays or texts, with ids and labels."""
    pieces = list(read_new(found, paths, report))
    inputs = [piece.inputs[row] for piece in pieces for row in range(len(piece))]
    labels = [label for piece in pieces for label in piece.labels]
    return inputs, [name for piece in pieces for name in piece.sample_ids], labels


def walk(steps=20, seed=0):
    return np.random.default_rng(seed).normal(size=(steps, 2)).round(3)


def recordings(folder, names=("walk", "rest"), count=3):
    """A folder of files for each class."""
    for place, name in enumerate(names):
        (folder / name).mkdir(parents=True)
        for number in range(count):
            pd.DataFrame(walk(seed=10 * place + number), columns=["x", "y"]).to_csv(
                folder / name / f"{number}.csv", index=False
            )
    return folder


def long_table(labeled=True, count=6, first=0):
    rows = []
    for number in range(first, first + count):
        for x, y in walk(seed=number):
            rows.append({"recording": f"r{number}", "x": x, "y": y} | ({"label": "ab"[number % 2]} if labeled else {}))
    return pd.DataFrame(rows)


def test_files_of_a_flat_folder_are_recordings_without_labels(tmp_path):
    found = trained_on(recordings(tmp_path / "train"))
    new = tmp_path / "new"
    new.mkdir()
    pd.DataFrame(walk(seed=7), columns=["y", "x"]).assign(z=1.5).to_csv(new / "b.csv", index=False)
    pd.DataFrame(walk(seed=8), columns=["x", "y"]).assign(z=1.5).to_csv(new / "c.csv", index=False)
    said = []
    inputs, ids, labels = everything(found, new / "b.csv", new / "c.csv", report=said.append)
    np.testing.assert_allclose(inputs[0], walk(seed=7)[:, ::-1], rtol=1e-6)
    np.testing.assert_allclose(inputs[1], walk(seed=8), rtol=1e-6)
    assert labels == [None, None] and any("z" in line for line in said)
    with pytest.raises(DataError):  # columns in another order than those of the first file
        everything(found, tmp_path / "nothing")


def test_a_folder_is_read_file_by_file_with_the_classes_of_its_folders(tmp_path):
    found = trained_on(recordings(tmp_path / "train"))
    inputs, ids, labels = everything(found, tmp_path / "train")
    assert labels == ["rest"] * 3 + ["walk"] * 3 and ids[0] == "rest/0.csv"
    np.testing.assert_allclose(inputs[3], walk(seed=0), rtol=1e-6)
    flat = tmp_path / "flat"
    flat.mkdir()
    for number, file in enumerate(sorted((tmp_path / "train").rglob("*.csv"))):
        file.rename(flat / f"{number}.csv")
    again, _, labels = everything(found, flat)
    assert labels == [None] * 6
    for one, other in zip(inputs, again, strict=True):
        np.testing.assert_array_equal(one, other)


def test_matching_file_names_give_classes_and_groups(tmp_path):
    for folder in ("train", "new", "other"):
        (tmp_path / folder).mkdir()
    for number, name in enumerate(("walk_anna", "rest_anna", "walk_ben", "rest_ben")):
        table = pd.DataFrame(walk(seed=number), columns=["x", "y"])
        table.to_csv(tmp_path / "train" / f"{name}.csv", index=False)
        table.to_csv(tmp_path / "new" / f"{name.replace('ben', 'carl')}.csv", index=False)
        table.to_csv(tmp_path / "other" / f"{number}.csv", index=False)
    found = trained_on(tmp_path / "train", pattern="(?P<label>[a-z]+)_(?P<group>[a-z]+)")
    (piece,) = read_new(found, [tmp_path / "new"], silent)
    assert piece.labels == ["rest", "rest", "walk", "walk"]
    assert piece.groups == ["anna", "carl", "anna", "carl"]
    said = []
    (piece,) = read_new(found, [tmp_path / "other"], said.append)
    assert piece.labels == [None] * 4 and len(said) == 1


def test_a_missing_channel_is_refused(tmp_path, refused):
    found = trained_on(recordings(tmp_path / "train"))
    pd.DataFrame({"x": [1.0, 2.0], "other": [1.0, 2.5]}).to_csv(tmp_path / "new.csv", index=False)
    with refused(DataError, value=["y"]):
        everything(found, tmp_path / "new.csv")


@pytest.mark.parametrize("labeled", [True, False])
@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_long_tables(tmp_path, labeled, suffix, monkeypatch):
    monkeypatch.setattr("convpipe.data.tables.parquet.ROWS", 33)  # tears recordings apart
    long_table().to_csv(tmp_path / "train.csv", index=False)
    found = trained_on(tmp_path / "train.csv")
    table, path = long_table(labeled, first=20), tmp_path / f"new{suffix}"
    table.to_csv(path, index=False) if suffix == ".csv" else table.to_parquet(path)
    inputs, ids, labels = everything(found, path)
    assert ids == [f"r{number}" for number in range(20, 26)]
    assert labels == (["a", "b"] * 3 if labeled else [None] * 6)
    for number, each in enumerate(inputs):
        np.testing.assert_allclose(each, walk(seed=20 + number), rtol=1e-6)


def test_a_parquet_table_whose_recordings_are_mixed_is_refused(tmp_path, refused, monkeypatch):
    monkeypatch.setattr("convpipe.data.tables.parquet.ROWS", 33)
    long_table().to_csv(tmp_path / "train.csv", index=False)
    found = trained_on(tmp_path / "train.csv")
    pd.concat([long_table(False), long_table(False, 1)]).to_parquet(tmp_path / "new.parquet")
    with refused(DataError, file="new.parquet", mentions=("r0",)):
        everything(found, tmp_path / "new.parquet")


@pytest.mark.parametrize("headed", [True, False])
@pytest.mark.parametrize("labeled", [True, False])
def test_wide_tables(tmp_path, headed, labeled):
    values = np.random.default_rng(0).normal(size=(30, 24)).round(3)
    table = pd.DataFrame(values, columns=[f"t{step}" for step in range(24)])
    train = table.copy()
    train.insert(0, "label", [number % 2 + 1 for number in range(30)])
    train.to_csv(tmp_path / "train.csv", index=False, header=headed)
    found = trained_on(tmp_path / "train.csv")
    (train if labeled else table).to_csv(tmp_path / "new.csv", index=False, header=headed)
    inputs, _, labels = everything(found, tmp_path / "new.csv")
    np.testing.assert_allclose(np.stack(inputs)[..., 0], values, rtol=1e-6)
    assert labels == ([str(number % 2 + 1) for number in range(30)] if labeled else [None] * 30)


def test_lists_in_parquet(tmp_path):
    table = pd.DataFrame({"x": [walk(seed=n)[:, 0] for n in range(6)], "y": [walk(seed=n)[:, 1] for n in range(6)]})
    table.assign(label=list("ababab")).to_parquet(tmp_path / "train.parquet")
    found = trained_on(tmp_path / "train.parquet")
    table.to_parquet(tmp_path / "new.parquet")
    inputs, _, labels = everything(found, tmp_path / "new.parquet")
    np.testing.assert_allclose(inputs[2], walk(seed=2), rtol=1e-6)
    assert labels == [None] * 6


def test_arrays(tmp_path):
    series = np.stack([walk(seed=number) for number in range(6)])
    np.savez(tmp_path / "train.npz", X=series, y=np.array(list("ababab")))
    found = trained_on(tmp_path / "train.npz")
    np.savez(tmp_path / "new.npz", X=series[:2])
    np.save(tmp_path / "new.npy", series[:3])
    assert len(everything(found, tmp_path / "new.npz")[0]) == 2
    assert everything(found, tmp_path / "train.npz")[2] == list("ababab")
    inputs, _, labels = everything(found, tmp_path / "new.npy")
    assert len(inputs) == 3 and labels == [None] * 3


def test_a_classifier_of_a_packaged_dataset_takes_users_files(tmp_path):
    found = classifier("series", ("a", "b"), channels=("channel 0",))
    (tmp_path / "new.csv").write_text("x\n1.5\n2.5\n0.5\n")
    inputs, _, labels = everything(found, tmp_path / "new.csv")
    assert inputs[0].tolist() == [[1.5], [2.5], [0.5]] and labels == [None]


def test_a_recording_on_standard_input(monkeypatch):
    found = classifier("series", ("a", "b"), channels=("x", "y"))
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b"x,y\n1,2.5\n3,4.5\n")))
    assert everything(found, "-")[0][0].tolist() == [[1, 2.5], [3, 4.5]]


def test_texts_in_tables_and_lines(tmp_path, monkeypatch):
    found = classifier("text", ("good", "bad"), TextTableSettings(path="?", text="words", label="mood"))
    pd.DataFrame({"words": ["fine", "awful, really"], "mood": ["good", "odd"]}).to_csv(tmp_path / "a.csv", index=False)
    pd.DataFrame({"id": [1, 2], "words": ["no", "yes"]}).to_json(tmp_path / "b.jsonl", orient="records", lines=True)
    pd.DataFrame({"words": ["x"]}).to_parquet(tmp_path / "c.parquet")
    (tmp_path / "d.txt").write_text("one line\nanother, with a comma\n")
    said = []
    inputs, ids, labels = everything(found, *(tmp_path / f"{n}" for n in ("a.csv", "b.jsonl", "c.parquet", "d.txt")),
                                     report=said.append)  # fmt: skip
    assert inputs == ["fine", "awful, really", "no", "yes", "x", "one line", "another, with a comma"]
    assert labels == ["good", *[None] * 6] and ids[0] == "a.csv row 2"
    assert len(said) == 1 and "odd" in said[0]
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO("ein Ä\nzwei".encode())))
    assert everything(found, "-")[0] == ["ein Ä", "zwei"]


def test_pictures_in_folders(tmp_path):
    found = classifier("image", ("cat", "dog"), input_shape=(6, 5, 1))
    for name in ("cat/a.png", "dog/b.png", "c.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.fromarray(np.full((6, 5, 3), len(name), np.uint8)).save(tmp_path / name)
    inputs, ids, labels = everything(found, tmp_path)
    assert sorted(zip(ids, labels, strict=True)) == [("c.png", None), ("cat/a.png", "cat"), ("dog/b.png", "dog")]
    assert inputs[0].shape == (6, 5, 1)
    assert everything(found, tmp_path / "c.png")[1] == ["c.png"]


def test_sound_of_another_rate(tmp_path):
    found = classifier("sound", ("a", "b"), rate=8000.0, input_shape=(100, 1))
    soundfile.write(tmp_path / "a.wav", np.sin(np.arange(1600) * 0.1), 16000)
    assert everything(found, tmp_path / "a.wav")[0][0].shape == (800, 1)


def test_names_of_sound_files_give_classes_and_groups(tmp_path):
    settings = AudioFolderSettings(path="?", pattern="(?P<label>[a-z]+)_(?P<group>[a-z]+)")
    found = classifier("sound", ("no", "yes"), settings, rate=8000.0, input_shape=(100, 1))
    for name in ("no_ann", "yes_ben"):
        soundfile.write(tmp_path / f"{name}.wav", np.sin(np.arange(800) * 0.1), 8000)
    (piece,) = read_new(found, [tmp_path], silent)
    assert (piece.labels, piece.groups) == (["no", "yes"], ["ann", "ben"])
    soundfile.write(tmp_path / "3.wav", np.sin(np.arange(800) * 0.1), 8000)
    said = []
    (piece,) = read_new(found, [tmp_path], said.append)
    assert (piece.labels, piece.groups) == ([None] * 3, None) and len(said) == 1


def test_volumes(tmp_path):
    found = classifier("volume", ("a", "b"), input_shape=(3, 4, 5, 1))
    np.save(tmp_path / "a.npy", np.zeros((3, 4, 5), np.float32))
    assert everything(found, tmp_path)[0][0].shape == (3, 4, 5, 1)


def test_a_file_of_another_modality_is_refused(tmp_path, refused):
    (tmp_path / "a.txt").write_text("a text\n")
    with refused(DataError, file="a.txt"):
        everything(classifier("image", ("cat", "dog"), input_shape=(6, 5, 1)), tmp_path / "a.txt")


def test_each_file_of_a_folder_is_read_once(tmp_path, monkeypatch):
    found = trained_on(recordings(tmp_path / "train"))
    read, before = [], reading.read_bytes
    monkeypatch.setattr(series_new, "FILES", 2)
    monkeypatch.setattr(reading, "read_bytes", lambda path: read.append(path) or before(path))
    everything(found, tmp_path / "train")
    assert sorted(read) == sorted((tmp_path / "train").rglob("*.csv"))


@pytest.mark.parametrize("modality", ["series", "text", "image", "volume", "sound"])
def test_an_empty_folder_is_refused(tmp_path, refused, modality):
    (tmp_path / "new").mkdir()
    about = {"value": str(tmp_path / "new"), "key": None, "remedy": "give a file or folder with samples"}
    with refused(DataError, file="new", **about):
        everything(classifier(modality, ("a", "b")), tmp_path / "new")
