"""Loading a network's file, which may be a stranger's: it is checked before anything of its size is allocated.

Keras itself builds only layers of its own and registered ones, and refuses stored code (`safe_mode`).
"""

import json
import math
import zipfile
from pathlib import Path

import h5py
import keras
from keras.src.backend.common import global_state

CONFIG, WEIGHTS = "config.json", "model.weights.h5"
#: What a file of Keras holds.
MEMBERS = frozenset((CONFIG, WEIGHTS, "metadata.json"))
#: What Keras calls the states of random numbers.
SEEDS = "seed_generator"
#: Most bytes of a description without weights.
MOST_CONFIG = 2**25


def load_network(path: Path) -> keras.Model:
    """The network in a file that Keras wrote.

    Args:
        path: of the `.keras` file.

    Raises:
        ValueError: the file holds something else, or its layers state more weights than it holds.
    """
    with zipfile.ZipFile(path) as archive:
        _check_members(archive, path)
        config = archive.read(CONFIG).decode("utf-8")
        with archive.open(WEIGHTS) as file, h5py.File(file, "r") as weights:
            stored = _stored(weights, path.name)
    stated = _stated(config)
    if stated > stored:  # some layers take the sizes of their weights from the file, and state less
        raise ValueError(f"{path.name} describes layers of {stated:,} weights, but holds {stored:,}")
    return keras.models.load_model(path)


def _check_members(archive: zipfile.ZipFile, path: Path) -> None:
    names = archive.namelist()
    if sorted(names) != sorted(MEMBERS):
        raise ValueError(f"{path.name} holds {', '.join(names)[:80]}, not {', '.join(sorted(MEMBERS))}")
    # Keras does not compress, so that no member is larger than the file.
    if sum(each.file_size for each in archive.infolist()) > path.stat().st_size:
        raise ValueError(f"{path.name} states more bytes than it holds")
    if archive.getinfo(CONFIG).file_size > MOST_CONFIG:
        raise ValueError(f"{path.name} has a description of more than {MOST_CONFIG:,} bytes")


def _stored(group: h5py.Group, name: str) -> int:
    """The numbers in all arrays of a group, of which each must be in the file itself."""
    count = 0
    for key in group:
        if not isinstance(group.get(key, getlink=True), h5py.HardLink):
            raise ValueError(f"{name} refers to something outside itself ({key})")
        item = group[key]
        if isinstance(item, h5py.Group):
            inside = _stored(item, name)
            count += inside if key != SEEDS else 0  # two numbers, which are no weights
            continue
        if item.dtype.kind not in "fiub" or item.is_virtual or item.external:
            raise ValueError(f"{name} holds an array that is not of plain numbers ({key})")
        if item.id.get_storage_size() != item.nbytes:
            raise ValueError(f"{name} holds an array that is not stored as it is ({key})")
        count += item.size
    return count


def _stated(config: str) -> int:
    """The weights of the described network, counted without making one."""
    try:
        with keras.StatelessScope(initialize_variables=False):
            network = keras.saving.deserialize_keras_object(json.loads(config), safe_mode=True)
    finally:  # else the next scope would make them after all; Keras has no public way to forget them
        global_state.set_global_attribute("uninitialized_variables", [])
    if not isinstance(network, keras.Model):
        raise ValueError(f"holds a {type(network).__name__}, not a network")
    return sum(math.prod(weight.shape) for weight in network.weights)
