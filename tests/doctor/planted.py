"""Datasets with one planted fault each, and datasets without faults."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from convpipe.data.dataset import Dataset

N, STEPS, CLASSES = 120, 40, 2


def series(seed: int = 0, n: int = N, **fields) -> Dataset:
    """Sines of two frequencies with noise and a random phase, in three channels, without faults."""
    random = np.random.default_rng(seed)
    labels = np.arange(n) % CLASSES
    time = np.arange(STEPS)[:, None]
    inputs = [
        (np.sin(time * (0.3 + 0.2 * label) + random.uniform(0, 6, 3)) + random.normal(0, 0.4, (STEPS, 3))).astype(
            "float32"
        )
        for label in labels
    ]
    about = {"class_names": ("slow", "fast"), "sample_ids": [f"row {i}" for i in range(n)], "source": "made here"}
    return Dataset(
        inputs, labels.astype("int64"), **(about | {"sha256": "0" * 64, "channel_names": ("x", "y", "z")} | fields)
    )


def texts(seed: int = 0, n: int = N) -> Dataset:
    """Random words of two vocabularies that overlap by half, without faults."""
    random = np.random.default_rng(seed)
    labels = np.arange(n) % CLASSES
    words = [" ".join(f"word{w:02d}" for w in random.integers(10 * label, 10 * label + 20, 12)) for label in labels]
    return Dataset(
        words,
        labels.astype("int64"),
        ("low", "high"),
        [f"row {i}" for i in range(n)],
        "made here",
        "0" * 64,
        modality="text",
    )


def official(n: int = N) -> np.ndarray:
    """The last quarter is the test part."""
    return np.arange(n) >= 3 * n // 4


def copies() -> Dataset:
    made = series(is_test=official())
    made.inputs[-5:] = [each.copy() for each in made.inputs[1:6]]
    return made


def copies_of_texts() -> Dataset:
    made = replace(texts(), is_test=official())
    made.inputs[-5:] = ["  " + each for each in made.inputs[1:6]]
    return made


def near_copies() -> Dataset:
    made, random = series(is_test=official()), np.random.default_rng(1)
    made.inputs[-5:] = [each + random.normal(0, 1e-4, each.shape).astype("float32") for each in made.inputs[1:6]]
    return made


def two_labels() -> Dataset:
    made = series()
    made.inputs[7] = made.inputs[4].copy()
    return made


def windows_in_two_parts() -> Dataset:
    ids = [f"recording {i // 8}, {i % 8:.2f} to {i % 8 + 1:.2f} s" for i in range(N)]
    return series(sample_ids=ids, is_test=np.arange(N) % 4 == 3)


def person_in_two_parts() -> Dataset:
    return series(groups=np.array([f"person {i % 7}" for i in range(N)]), is_test=official())


def clock() -> Dataset:
    made = series()
    starts = 1e6 * np.arange(N)
    inputs = [
        np.column_stack([each, start + 20.0 * np.arange(STEPS)])
        for each, start in zip(made.inputs, starts, strict=True)
    ]
    return replace(made, inputs=inputs, channel_names=("x", "y", "z", "t"))


def counter() -> Dataset:
    made = series()
    return replace(
        made,
        inputs=[np.column_stack([np.arange(STEPS), each]).astype("float32") for each in made.inputs],
        channel_names=(),
    )


def label_in_text() -> Dataset:
    made = texts()
    return replace(
        made,
        inputs=[
            f"topic {('sport', 'news')[label]}: {text}" for text, label in zip(made.inputs, made.labels, strict=True)
        ],
    )


def length_tells() -> Dataset:
    made = series()
    return replace(
        made, inputs=[each[: STEPS - 8 * label] for each, label in zip(made.inputs, made.labels, strict=True)]
    )


def level_tells() -> Dataset:
    made = series()
    return replace(made, inputs=[each + 3 * label for each, label in zip(made.inputs, made.labels, strict=True)])


def people_without_groups() -> Dataset:
    """Each person has a different signal for every class, so the class of a new person cannot be predicted."""
    random = np.random.default_rng(2)
    labels, people = np.arange(N) % CLASSES, np.arange(N) // CLASSES % 6
    signals = random.normal(0, 2, (6, CLASSES, STEPS, 3))
    inputs = [
        (signals[person, label] + random.normal(0, 0.5, (STEPS, 3))).astype("float32")
        for person, label in zip(people, labels, strict=True)
    ]
    ids = [
        f"{('slow', 'fast')[label]}/s{person + 1:02d}_{i}.csv"
        for i, (label, person) in enumerate(zip(labels, people, strict=True))
    ]
    return replace(series(), inputs=inputs, sample_ids=ids)


#: Name of the leak -> the dataset, the check that finds it, and whether it is an alarm.
PLANTED: dict[str, tuple[Callable[[], Dataset], str, bool]] = {
    "copies in two parts": (copies, "same_sample", True),
    "copies of texts in two parts": (copies_of_texts, "same_sample", True),
    "near copies in two parts": (near_copies, "near_sample", True),
    "one sample with two labels": (two_labels, "two_labels", True),
    "windows of one recording in two parts": (windows_in_two_parts, "recording_in_two_parts", True),
    "a person in two parts": (person_in_two_parts, "group_in_two_parts", True),
    "a clock among the channels": (clock, "clock_channel", True),
    "row numbers among the channels": (counter, "clock_channel", True),
    "the label inside the text": (label_in_text, "label_in_text", True),
    "length tells the class": (length_tells, "fact_tells_class", False),
    "level tells the class": (level_tells, "fact_tells_class", False),
    "people in file names without groups": (people_without_groups, "people", False),
}
