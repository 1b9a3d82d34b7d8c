"""Folders of volumes: what is read, and what is refused by the name of its file."""

import gzip
import os
import pickle

import numpy as np
import pytest

from convpipe import config
from convpipe.data import load
from convpipe.data.volumes.folder import VolumeFolderSettings
from convpipe.errors import DataError

nibabel = pytest.importorskip("nibabel")

VOLUME = np.arange(24, dtype=np.float32).reshape(2, 3, 4)


def nifti_bytes(values=VOLUME, affine=None, kind=nibabel.Nifti1Image):
    return kind(values, np.eye(4) if affine is None else affine).to_bytes()


def save(path, values=VOLUME):
    """Write `values` in the format that the name of `path` asks for."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".npy":
        np.save(path, values)
    elif path.suffix == ".npz":
        np.savez_compressed(path, values)
    else:
        content = nifti_bytes(values)
        path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


@pytest.fixture
def folder(tmp_path):
    for name in ("cat/a.npy", "cat/b.npz", "dog/c.nii", "dog/d.nii.gz"):
        save(tmp_path / name)
    return tmp_path


def read(path, said=None):
    return load(VolumeFolderSettings(path=str(path)), config.Window(), (said if said is not None else []).append)


def test_every_format_gives_the_same_volume(folder):
    dataset = read(folder)
    assert dataset.class_names == ("cat", "dog") and dataset.labels.tolist() == [0, 0, 1, 1]
    assert dataset.modality == "volume" and dataset.is_test is None
    for volume in dataset.inputs:
        assert volume.dtype == np.float32
        np.testing.assert_array_equal(volume, VOLUME[..., None])


def test_train_and_test_folders_are_the_official_parts(tmp_path):
    for name in ("train/cat/a.npy", "train/dog/b.npy", "test/dog/c.npy"):
        save(tmp_path / name)
    dataset = read(tmp_path)
    assert dataset.is_test.tolist() == [False, False, True] and dataset.labels.tolist() == [0, 1, 1]


def test_a_volume_of_four_axes_has_its_channels_last(tmp_path):
    save(tmp_path / "cat/a.npy", np.zeros((2, 3, 4, 2)))
    save(tmp_path / "dog/b.nii", np.zeros((2, 3, 4, 2), np.int16))
    assert [volume.shape for volume in read(tmp_path).inputs] == [(2, 3, 4, 2)] * 2


def test_a_nifti_volume_is_turned_to_right_front_top(folder):
    left, back = np.diag([-1.0, -1, 1, 1]), VOLUME[::-1, ::-1]
    (folder / "dog/c.nii").write_bytes(nifti_bytes(back, left))
    (folder / "dog/d.nii.gz").write_bytes(nifti_bytes(kind=nibabel.Nifti2Image))  # named gz, but plain
    dataset = read(folder)
    for volume in (dataset.inputs[2], dataset.inputs[3]):
        np.testing.assert_array_equal(volume, VOLUME[..., None])


@pytest.mark.parametrize("kind", [nibabel.Nifti1Image, nibabel.Nifti2Image])
def test_a_nifti_volume_without_an_orientation_runs_to_the_right_and_this_is_said(folder, kind):
    image = kind(VOLUME, None)
    assert image.header["sform_code"] == image.header["qform_code"] == 0
    (folder / "dog/c.nii").write_bytes(image.to_bytes())
    said = []
    np.testing.assert_array_equal(read(folder, said).inputs[2], VOLUME[..., None])
    assert len(said) == 1 and "1 of 4" in said[0] and "orientation" in said[0]


def test_voxels_without_a_value_are_kept_for_the_preprocessing_and_said(folder):
    holed = np.where(VOLUME == 17, np.nan, VOLUME)
    save(folder / "cat/c.npy", holed)
    said = []
    np.testing.assert_array_equal(read(folder, said).inputs[2][..., 0], holed)
    assert len(said) == 1 and "1 of 5" in said[0] and "NaN" in said[0]


@pytest.mark.parametrize("shape", [(2, 3, 4, 1), (2, 3, 4, 1, 1)])
def test_axes_of_one_at_the_end_are_left_out(folder, shape):
    save(folder / "dog/c.nii", VOLUME.reshape(shape))
    save(folder / "cat/a.npy", VOLUME.reshape(shape))
    for volume in read(folder).inputs:
        np.testing.assert_array_equal(volume, VOLUME[..., None])


def test_a_fifth_axis_holds_channels_where_there_is_one_moment(tmp_path):
    vectors = np.arange(72, dtype=np.float32).reshape(2, 3, 4, 1, 3)
    save(tmp_path / "cat/a.nii", vectors)
    save(tmp_path / "dog/b.nii", vectors)
    said = []
    np.testing.assert_array_equal(read(tmp_path, said).inputs[0], vectors[..., 0, :])
    assert len(said) == 1 and "3 channels" in said[0]


@pytest.mark.parametrize("name", ["cat/b.npz", "dog/d.nii.gz"])
def test_a_file_that_unpacks_beyond_the_memory_is_refused(folder, name, monkeypatch, refused):
    monkeypatch.setattr("convpipe.data.volumes.files.MOST_BYTES", 400)
    save(folder / name, np.zeros((9, 9, 9), np.float32))
    with refused(DataError, file=name, mentions=("unpacks",)):
        read(folder)


def test_files_are_read_when_they_are_asked_for(folder):
    dataset = read(folder)
    save(folder / "cat/a.npy", VOLUME + 1)
    np.testing.assert_array_equal(dataset.inputs[0], VOLUME[..., None] + 1)


def test_names_and_contents_change_the_hash(folder):
    first = read(folder).sha256
    os.rename(folder / "cat/a.npy", folder / "cat/z.npy")
    second = read(folder).sha256
    save(folder / "cat/z.npy", VOLUME + 1)
    assert len({first, second, read(folder).sha256}) == 3


def test_what_is_left_out_is_said(folder):
    (folder / "dog/notes.txt").write_text("mine")
    (folder / "empty").mkdir()
    said = []
    read(folder, said)
    names, empty = said
    assert all(fact in names for fact in (str(folder), "1", ".nii, .nii.gz, .npz, .npy"))
    assert all(fact in empty for fact in (str(folder), "1", "empty/"))


class Trap:
    """Unpickling this makes a folder, which would tell on a reader that does."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


@pytest.mark.parametrize("name", ["x.npy", "x.npz"])
def test_pickled_objects_are_refused_and_never_unpickled(refused, folder, name):
    trap = folder.parent / "sprung"
    objects = np.empty(1, object)
    objects[0] = Trap(trap)
    save(folder / "cat" / name, objects)
    with refused(DataError, file=name, mentions=("pickled",), remedy="array of numbers"):
        read(folder)
    (folder / "cat" / name).write_bytes(pickle.dumps(Trap(trap)))
    with refused(DataError, file=name):
        read(folder)
    assert not trap.exists()


@pytest.mark.parametrize("name", ["cat/a.npy", "cat/b.npz", "dog/c.nii", "dog/d.nii.gz"])
def test_a_broken_file_is_named_wherever_it_was_cut_off(refused, folder, name):
    whole = (folder / name).read_bytes()
    for kept in (0, 1, 10, len(whole) // 2, len(whole) - 1):
        (folder / name).write_bytes(whole[:kept])
        with refused(DataError, file=name, mentions=(folder / name,)):
            read(folder)


@pytest.mark.parametrize("name", ["cat/a.npy", "cat/b.npz", "dog/c.nii", "dog/d.nii.gz"])
def test_a_spoilt_file_is_read_or_named_but_nothing_else_happens(folder, name):
    whole = bytearray((folder / name).read_bytes())
    random = np.random.default_rng(0)
    for _ in range(60):
        spoilt = bytearray(whole)
        spoilt[random.integers(min(len(whole), 400))] ^= int(random.integers(1, 256))
        (folder / name).write_bytes(spoilt)
        try:
            read(folder)
        except DataError as error:
            assert error.file == str(folder / name) and "\n" not in str(error)


@pytest.mark.parametrize(
    ("values", "mentions"),
    [
        (np.zeros((2, 3)), ["(2, 3)", "(depth, height, width)"]),
        (np.zeros((2, 0, 3)), ["(2, 0, 3, 1)"]),
        (np.zeros((1, 1, 1)), ["one voxel"]),
        (np.array([[["a"]]]), ["numbers"]),
        (np.full((2, 2, 2), 1j), ["numbers"]),
        (np.full((2, 3, 4), np.nan), ["no voxel"]),
        (np.where(VOLUME == 17, 3e38, VOLUME), ["3e+38", "(1, 1, 1)", "channel 0"]),
        (np.where(VOLUME == 17, 1e300, VOLUME.astype(float)), ["inf", "(1, 1, 1)", "channel 0"]),
        (np.zeros((1, 3, 4, 17)), ["(1, 3, 4, 17)", "channels last"]),
        (np.where(VOLUME == 17, np.inf, VOLUME), ["inf", "(1, 1, 1)", "channel 0"]),
        (np.zeros((2, 3, 4, 2)), ["2 channels", "a.npy has 1"]),
    ],
    ids=[
        "two_axes",
        "no_voxels",
        "one_voxel",
        "text",
        "complex",
        "nan",
        "large",
        "larger",
        "time",
        "infinity",
        "channels",
    ],
)
def test_what_is_no_volume_is_refused_by_name(refused, folder, values, mentions):
    save(folder / "cat/c.npy", values)
    with refused(DataError, file="c.npy", mentions=(folder / "cat/c.npy", *mentions)):
        read(folder)


@pytest.mark.parametrize("name", ["cat/a.npy", "dog/c.nii"])
def test_bytes_behind_the_voxels_are_refused(refused, folder, name):
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[:-40] + b"\1" + content[-40:])
    with refused(DataError, file=name, mentions=("does not fit",)):
        read(folder)


def test_zeros_behind_the_voxels_of_a_scan_are_padding(folder):
    (folder / "dog/c.nii").write_bytes((folder / "dog/c.nii").read_bytes() + bytes(100))
    np.testing.assert_array_equal(read(folder).inputs[2], VOLUME[..., None])


def test_an_archive_of_two_arrays_is_refused(refused, folder):
    np.savez(folder / "cat/b.npz", one=VOLUME, two=VOLUME)
    with refused(DataError, file="b.npz", mentions=(2, "one.npy, two.npy")):
        read(folder)


def test_folders_that_make_no_task_are_refused(refused, tmp_path):
    with refused(DataError, file="nowhere", key="data.path"):
        read(tmp_path / "nowhere")
    with refused(DataError, file=tmp_path, mentions=(".nii",)):
        read(tmp_path)
    save(tmp_path / "cat/a.npy")
    with refused(DataError, file=tmp_path, value="cat"):
        read(tmp_path)


def test_a_class_that_only_the_test_part_knows_is_refused(refused, tmp_path):
    for name in ("train/cat/a.npy", "train/dog/b.npy", "test/cow/c.npy"):
        save(tmp_path / name)
    with refused(DataError, file=tmp_path, value="cow", mentions=("test", "train")):
        read(tmp_path)
