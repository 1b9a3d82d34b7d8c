"""Smartwatch recordings of seven shoulder exercises, packaged with seglearn (Burns et al. 2018, arXiv:1802.01489)."""

import hashlib
import importlib.util
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from convpipe.config.data import DataSettings
from convpipe.config.schema import setting
from convpipe.data.dataset import Dataset, with_hash_of
from convpipe.data.folders import read_bytes
from convpipe.errors import DataError
from convpipe.registry import register_reader

SEGLEARN = "seglearn==1.2.5"
SHA256 = "eb122f23cdf06ef6bd6c6c5312958ec5cf9d038e2e6d457b8081662c75a42537"
SAMPLING_RATE = 50.0
# Mirroring at the plane across the forearm changes the sign of acceleration along x and of rotation about y and z.
MIRROR = np.array([-1, 1, 1, 1, -1, -1], np.float32)


@dataclass
class WatchSettings(DataSettings):
    """Smartwatch recordings of shoulder exercises (packaged with seglearn)."""

    reader: str = "watch"
    mirror: bool = setting(True, "mirror recordings of the right arm, so that they look like those of the left arm")


@register_reader(WatchSettings, "series")
def read(data: WatchSettings, report: Callable[[str], None]) -> Dataset:
    """Return all 140 recordings, grouped by subject.

    Args:
        data: whether to mirror the recordings of the right arm.
        report: unused; part of the interface of readers.

    Returns:
        Dataset of (steps, 6) float32 at 50 Hz: acceleration (ax, ay, az) and angular velocity (wx, wy, wz).

    Raises:
        DataError: seglearn is not installed, or its file is not the pinned one.
    """
    path, remedy = installed_file(), f"run: pip install --force-reinstall {SEGLEARN}"
    content = read_bytes(path, remedy)
    digest = hashlib.sha256(content).hexdigest()
    if digest != SHA256:
        raise DataError(f"SHA-256 is {digest}, expected {SHA256}", file=path, value=digest, remedy=remedy)
    # The hash is that of the published file, so it is safe to unpickle.
    recordings = np.load(io.BytesIO(content), allow_pickle=True).item()
    sides, people = recordings["side"], recordings["subject"]
    flips = [MIRROR if data.mirror and side else 1 for side in sides]
    arms = [f"subject {who}, {'right' if side else 'left'} arm" for who, side in zip(people, sides, strict=True)]
    samples = Dataset(
        inputs=[recording.astype(np.float32) * flip for recording, flip in zip(recordings["X"], flips, strict=True)],
        labels=recordings["y"].astype(np.int64),
        class_names=tuple(recordings["y_labels"]),
        sample_ids=[f"recording {i} ({arm})" for i, arm in enumerate(arms)],
        source="seglearn watch_dataset.npy",
        sha256=SHA256,
        groups=people.astype(str),
        sampling_rate=SAMPLING_RATE,
        channel_names=tuple(recordings["X_labels"]),
    )
    return with_hash_of(samples, b"mirrored") if data.mirror else samples


def installed_file() -> Path:
    """Return the path of the recordings in seglearn.

    Raises:
        DataError: seglearn is not installed.
    """
    # find_spec does not import seglearn, which would take a second.
    package = importlib.util.find_spec("seglearn")
    if package is None or not package.submodule_search_locations:
        message = "seglearn, which contains the watch data, is not installed"
        raise DataError(message, value="seglearn", remedy=f"run: pip install {SEGLEARN}")
    return Path(package.submodule_search_locations[0]) / "data" / "watch_dataset.npy"
