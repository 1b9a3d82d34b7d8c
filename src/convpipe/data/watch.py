"""Smartwatch recordings of seven shoulder exercises, packaged with seglearn (Burns et al. 2018, arXiv:1802.01489)."""

import hashlib
import importlib.util
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np

from convpipe import config
from convpipe.data.samples import Samples, with_hash_of
from convpipe.errors import DataError

SHA256 = "eb122f23cdf06ef6bd6c6c5312958ec5cf9d038e2e6d457b8081662c75a42537"
SAMPLING_RATE = 50.0
# Mirrored at the plane across the forearm, acceleration along x changes its sign, and so does turning about y and z.
MIRROR = np.array([-1, 1, 1, 1, -1, -1], np.float32)


def read(data: config.Watch, report: Callable[[str], None]) -> Samples:
    """All 140 recordings, grouped by subject.

    Args:
        data: whether to mirror the right arm's recordings.
        report: not used; every reader takes it.

    Returns:
        Samples of (steps, 6) float32 at 50 Hz: acceleration (ax, ay, az) and angular velocity (wx, wy, wz).

    Raises:
        DataError: seglearn is not installed, or its file is not the one that was pinned.
    """
    content = _checked(installed_file())
    # The hash above says that this is the published file, so unpickling it runs nothing that was not there.
    recordings = np.load(io.BytesIO(content), allow_pickle=True).item()
    who = zip(recordings["subject"], recordings["side"], strict=True)
    flips = [MIRROR if data.mirror and side else 1 for side in recordings["side"]]
    samples = Samples(
        inputs=[recording.astype(np.float32) * flip for recording, flip in zip(recordings["X"], flips, strict=True)],
        labels=recordings["y"].astype(np.int64),
        class_names=tuple(recordings["y_labels"]),
        origins=[
            f"recording {i} (subject {subject}, {'right' if side else 'left'} arm)"
            for i, (subject, side) in enumerate(who)
        ],
        source="seglearn watch_dataset.npy",
        sha256=SHA256,
        groups=recordings["subject"].astype(str),
        sampling_rate=SAMPLING_RATE,
        channel_names=tuple(recordings["X_labels"]),
    )
    return with_hash_of(samples, b"mirrored") if data.mirror else samples


def installed_file() -> Path:
    """Where seglearn keeps the recordings.

    Raises:
        DataError: seglearn is not installed.
    """
    # find_spec does not import seglearn, whose imports would cost a second.
    found = importlib.util.find_spec("seglearn")
    if found is None:
        raise DataError("seglearn, which carries the watch data, is not installed; run: pip install seglearn==1.2.5")
    return Path(found.submodule_search_locations[0]) / "data" / "watch_dataset.npy"


def _checked(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}; run: pip install --force-reinstall seglearn==1.2.5") from None
    digest = hashlib.sha256(content).hexdigest()
    if digest != SHA256:
        raise DataError(
            f"{path} has SHA-256 {digest}, expected {SHA256}; run: pip install --force-reinstall seglearn==1.2.5"
        )
    return content
