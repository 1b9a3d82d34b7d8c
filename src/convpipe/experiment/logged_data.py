"""The data of a run as MLflow logs them: a dataset for each part, and a sample as the model's input example."""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from convpipe.data.dataset import Dataset
from convpipe.data.splits import Split

#: Largest number of values in an input example.
MOST_NUMBERS = 20_000


@dataclass(frozen=True)
class LoggedPart:
    """One part of the data of a run.

    Args:
        context: "training", "validation" or "testing", the terms of MLflow.
        name: of the dataset.
        digest: eight hexadecimal digits of a hash of the data and the part.
        source: file or folder of the data.
        sha256: of the data.
        shape: of a sample; -1 for axes of varying size. None for texts.
        profile: number of samples, samples of each class and so on.
    """

    context: str
    name: str
    digest: str
    source: str
    sha256: str
    shape: tuple[int, ...] | None
    profile: dict[str, Any]


def logged_parts(dataset: Dataset, split: Split, name: str) -> list[LoggedPart]:
    """Return the parts of a split that are not empty.

    Args:
        dataset: of the run.
        split: of its samples.
        name: of the dataset.
    """
    shape = _shape(dataset.inputs[int(split.train[0])])
    last = "testing" if split.evaluated_on == "test" else "validation"
    parts = [("training", split.train), ("validation", split.validation), (last, split.test)]
    found = []
    for context, rows in parts:
        if len(rows):
            digest = hashlib.sha256(f"{dataset.sha256} {context}".encode() + rows.astype("<i8").tobytes()).hexdigest()
            counts = np.bincount(dataset.labels[rows], minlength=len(dataset.class_names))
            classes = dict(zip(dataset.class_names, counts.tolist(), strict=True))
            profile: dict[str, Any] = {"num_samples": len(rows), "classes": classes}
            if dataset.groups is not None:
                profile["num_groups"] = len(np.unique(dataset.groups[rows]))
            if dataset.sampling_rate:
                profile["sampling_rate"] = dataset.sampling_rate
            if dataset.channel_names:
                profile["channels"] = list(dataset.channel_names)
            about = (context, name, digest[:8], dataset.source, dataset.sha256)
            found.append(LoggedPart(*about, shape, profile))
    return found


def _shape(sample) -> tuple[int, ...] | None:
    """The shape of samples as MLflow logs it: only the number of channels is fixed. None for texts."""
    return None if isinstance(sample, str) else (*[-1] * (np.ndim(sample) - 1), np.shape(sample)[-1])


def input_example(dataset: Dataset, split: Split) -> dict | None:
    """Return the first training sample as a request to a served model; None if it is large."""
    sample = dataset.inputs[int(split.train[0])]
    if isinstance(sample, str):
        return {"inputs": [sample]}
    if np.size(sample) > MOST_NUMBERS:
        return None
    values = np.where(np.isfinite(sample), sample, 0.0)  # JSON has no NaN
    return {"inputs": [np.round(values, 6).tolist()]}
