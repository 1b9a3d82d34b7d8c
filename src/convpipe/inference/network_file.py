"""Loading a network's file, which may be untrusted: it is checked before memory for its weights is allocated.

Keras itself builds only its own and registered layers, and refuses stored code (`safe_mode`).
"""

import json
import math
import zipfile
from pathlib import Path

import h5py
import keras
from keras.src.backend.common import global_state

CONFIG, WEIGHTS = "config.json", "model.weights.h5"
#: Members of a .keras file.
MEMBERS = frozenset((CONFIG, WEIGHTS, "metadata.json"))
#: Keras' name for the states of random generators.
SEEDS = "seed_generator"
#: Maximum size in bytes of config.json.
MOST_CONFIG = 2**25


def load_network(path: Path) -> keras.Model:
    """Load the network in a file of Keras.

    Args:
        path: of the `.keras` file.

    Raises:
        ValueError: it is not such a file, or its layers need more weights than it holds.
    """
    with zipfile.ZipFile(path) as archive:
        _check_members(archive, path)
        config = archive.read(CONFIG).decode("utf-8")
        with archive.open(WEIGHTS) as file, h5py.File(file, "r") as weights:
            stored = _stored(weights, path.name)
    described = _described(config)
    if described > stored:  # it may be less: some layers take the sizes of their weights from the file
        raise ValueError(f"{path.name} describes layers of {described:,} weights, but contains {stored:,}")
    return keras.models.load_model(path)


def _check_members(archive: zipfile.ZipFile, path: Path) -> None:
    names = archive.namelist()
    if sorted(names) != sorted(MEMBERS):
        raise ValueError(f"{path.name} contains {', '.join(names)[:80]}, not {', '.join(sorted(MEMBERS))}")
    # Keras does not compress, so the members cannot be larger than the file.
    if sum(each.file_size for each in archive.infolist()) > path.stat().st_size:
        raise ValueError(f"{path.name} declares more bytes than it contains")
    if archive.getinfo(CONFIG).file_size > MOST_CONFIG:
        raise ValueError(f"{path.name} has a {CONFIG} of more than {MOST_CONFIG:,} bytes")


def _stored(group: h5py.Group, name: str) -> int:
    """The number of values in all arrays of a group. Each array must be in the file itself."""
    count = 0
    for key in group:
        if not isinstance(group.get(key, getlink=True), h5py.HardLink):
            raise ValueError(f"{name} refers to something outside itself ({key})")
        item = group[key]
        if isinstance(item, h5py.Group):
            inside = _stored(item, name)
            count += inside if key != SEEDS else 0  # two numbers, which are not weights
            continue
        if item.dtype.kind not in "fiub" or item.is_virtual or item.external:
            raise ValueError(f"{name} contains an array that is not of plain numbers ({key})")
        if item.id.get_storage_size() != item.nbytes:
            raise ValueError(f"{name} contains an array that is not stored in plain form ({key})")
        count += item.size
    return count


def _described(config: str) -> int:
    """The number of weights of the described network, counted without allocating them."""
    try:
        with keras.StatelessScope(initialize_variables=False):
            network = keras.saving.deserialize_keras_object(json.loads(config), safe_mode=True)
    finally:  # otherwise the next scope would allocate them; Keras has no public method to discard them
        global_state.set_global_attribute("uninitialized_variables", [])
    if not isinstance(network, keras.Model):
        raise ValueError(f"contains a {type(network).__name__}, not a network")
    return sum(math.prod(weight.shape) for weight in network.weights)
