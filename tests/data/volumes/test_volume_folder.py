"""The reader's own volumes: what is read, and what is refused by the name of its file."""

import gzip
import os
import pickle

import numpy as np
import pytest

from convpipe import config
from convpipe.config.volumes import VolumeFolder
from convpipe.data import load
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
    return load(VolumeFolder(path=str(path)), config.Window(), (said if said is not None else []).append)


def test_every_format_gives_the_same_volume(folder):
    samples = read(folder)
    assert samples.class_names == ("cat", "dog") and samples.labels.tolist() == [0, 0, 1, 1]
    assert samples.kind == "volume" and samples.is_test is None
    for volume in samples.inputs:
        assert volume.dtype == np.float32
        np.testing.assert_array_equal(volume, VOLUME[..., None])


def test_train_and_test_folders_are_the_official_parts(tmp_path):
    for name in ("train/cat/a.npy", "train/dog/b.npy", "test/dog/c.npy"):
        save(tmp_path / name)
    samples = read(tmp_path)
    assert samples.is_test.tolist() == [False, False, True] and samples.labels.tolist() == [0, 1, 1]


def test_a_volume_of_four_axes_has_its_channels_last(tmp_path):
    save(tmp_path / "cat/a.npy", np.zeros((2, 3, 4, 2)))
    save(tmp_path / "dog/b.nii", np.zeros((2, 3, 4, 2), np.int16))
    assert [volume.shape for volume in read(tmp_path).inputs] == [(2, 3, 4, 2)] * 2


def test_a_nifti_volume_is_turned_to_right_front_top(folder):
    left, back = np.diag([-1.0, -1, 1, 1]), VOLUME[::-1, ::-1]
    (folder / "dog/c.nii").write_bytes(nifti_bytes(back, left))
    (folder / "dog/d.nii.gz").write_bytes(nifti_bytes(kind=nibabel.Nifti2Image))  # named gz, but plain
    samples = read(folder)
    for volume in (samples.inputs[2], samples.inputs[3]):
        np.testing.assert_array_equal(volume, VOLUME[..., None])


def test_files_are_read_when_they_are_asked_for(folder):
    samples = read(folder)
    save(folder / "cat/a.npy", VOLUME + 1)
    np.testing.assert_array_equal(samples.inputs[0], VOLUME[..., None] + 1)


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
    assert said == [
        f"{folder}: left out 1 files that are no volumes by their names (.nii, .nii.gz, .npz, .npy are)",
        f"{folder}: left out 1 folder empty/, which holds no volumes",
    ]


class Trap:
    """Unpickling this makes a folder, which would tell on a reader that does."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


@pytest.mark.parametrize("name", ["x.npy", "x.npz"])
def test_pickled_objects_are_refused_and_never_unpickled(folder, name):
    trap = folder.parent / "sprung"
    objects = np.empty(1, object)
    objects[0] = Trap(trap)
    save(folder / "cat" / name, objects)
    with pytest.raises(DataError, match=rf"{name}: not read: it holds pickled objects"):
        read(folder)
    (folder / "cat" / name).write_bytes(pickle.dumps(Trap(trap)))
    with pytest.raises(DataError, match=rf"{name}: not read: "):
        read(folder)
    assert not trap.exists()


@pytest.mark.parametrize("name", ["cat/a.npy", "cat/b.npz", "dog/c.nii", "dog/d.nii.gz"])
def test_a_broken_file_is_named_wherever_it_was_cut_off(folder, name):
    whole = (folder / name).read_bytes()
    for kept in (0, 1, 10, len(whole) // 2, len(whole) - 1):
        (folder / name).write_bytes(whole[:kept])
        with pytest.raises(DataError) as error:
            read(folder)
        assert str(folder / name) in str(error.value) and "\n" not in str(error.value)


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
            assert str(folder / name) in str(error) and "\n" not in str(error)


def wrong(values, reason):
    return pytest.param(values, reason, id=reason[:20])


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        wrong(np.zeros((2, 3)), r"shape \(2, 3\), but a volume is \(depth, height, width\), or"),
        wrong(np.zeros((2, 0, 3)), "shape"),
        wrong(np.array([[["a"]]]), "not an array of numbers"),
        wrong(np.full((2, 2, 2), 1j), "not an array of numbers"),
        wrong(np.where(VOLUME == 17, np.nan, VOLUME), r"nan at voxel \(1, 1, 1\), channel 0; mend the file"),
        wrong(np.where(VOLUME == 17, np.inf, VOLUME), r"inf at voxel \(1, 1, 1\), channel 0"),
        wrong(np.zeros((2, 3, 4, 2)), "a.npy has 1 channels|has 2 channels and"),
    ],
)
def test_what_is_no_volume_is_refused_by_name(folder, values, reason):
    save(folder / "cat/c.npy", values)
    with pytest.raises(DataError, match=reason) as error:
        read(folder)
    assert str(folder / "cat/c.npy") in str(error.value)


def test_an_archive_of_two_arrays_is_refused(folder):
    np.savez(folder / "cat/b.npz", one=VOLUME, two=VOLUME)
    with pytest.raises(DataError, match=r"b.npz: not read: it holds 2 arrays \(one.npy, two.npy\)"):
        read(folder)


def test_folders_that_make_no_task_are_refused(tmp_path):
    with pytest.raises(DataError, match="is not a folder; check data.path"):
        read(tmp_path / "nowhere")
    with pytest.raises(DataError, match="holds no volumes"):
        read(tmp_path)
    save(tmp_path / "cat/a.npy")
    with pytest.raises(DataError, match=r"volumes of one class only \(cat\)"):
        read(tmp_path)


def test_a_class_that_only_the_test_part_knows_is_refused(tmp_path):
    for name in ("train/cat/a.npy", "train/dog/b.npy", "test/cow/c.npy"):
        save(tmp_path / name)
    with pytest.raises(DataError, match="test has volumes of cow, but .*train has none"):
        read(tmp_path)
