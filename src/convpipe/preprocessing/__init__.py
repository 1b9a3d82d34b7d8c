"""Preprocessing of raw samples: fitted on the training part only, and saved with the classifier.

The module of each modality defines `fit(train, settings, report)` and `load(folder)`. Both return a `Preprocessing`.
"""

import json
import math
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from importlib import import_module
from pathlib import Path
from types import ModuleType, NoneType, UnionType
from typing import Any, ClassVar, Self, get_args, get_origin

import numpy as np

from convpipe import config, memory
from convpipe.data.dataset import Subset
from convpipe.data.ragged import Ragged
from convpipe.errors import ConfigError, DataError
from convpipe.input_spec import InputSpec
from convpipe.registry import MODALITIES


@dataclass
class Preprocessing(ABC):
    """The transformation of raw samples to the input of a network, with fields fitted on the training part.

    A subclass sets the `modality` of its samples. Fields with `repr=False` are not written to preprocessing.json; a
    subclass with such fields must save and load them itself.
    """

    modality: ClassVar[str]

    @abstractmethod
    def transform(self, inputs: Sequence, sample_ids: Sequence[str] | None = None) -> np.ndarray | Ragged:
        """Return the input of a network: an array (n, ...), or `Ragged` if samples differ in their steps.

        Args:
            inputs: n raw samples.
            sample_ids: n names for errors; default: modality and number.

        Raises:
            DataError: a sample that cannot be used, or samples that do not fit into memory.
        """

    def spec(self, classes: int) -> InputSpec:
        """Return the specification of inputs and outputs for a network with `classes` classes."""
        *sizes, channels = self.input_shape
        return InputSpec(tuple(sizes), channels, classes)

    @property
    @abstractmethod
    def input_shape(self) -> tuple[int, ...]:
        """Shape of the largest prepared training sample, without the batch axis."""

    @property
    def smallest_input_shape(self) -> tuple[int, ...]:
        """Shape of the smallest prepared training sample, without the batch axis."""
        return self.input_shape

    def batchable(self, inputs: Sequence, sample_ids: Sequence[str]) -> list[np.ndarray]:
        """Return arrays of rows that one call of `transform` can process; by default one array with all rows."""
        return [np.arange(len(inputs))] if len(inputs) else []

    def admitting(self, inputs: Sequence, sample_ids: Sequence[str]) -> Self:
        """Return a preprocessing that also accepts the numbers of steps of these validation samples."""
        return self

    def warnings(self, inputs: Sequence, sample_ids: Sequence[str]) -> Iterator[str]:
        """Yield a line for each way in which samples differ from the training samples.

        Args:
            inputs: n raw samples that `transform` accepts.
            sample_ids: n names of the samples.
        """
        return iter(())

    def statistics(self) -> dict[str, float]:
        """Return fitted numbers to track, by name."""
        return {}

    def save(self, folder: Path) -> None:
        """Write all fitted fields into the existing `folder`."""
        learned = {each.name: getattr(self, each.name) for each in fields(self) if each.repr}
        (folder / "preprocessing.json").write_text(json.dumps(learned, indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Load from a folder that `save` wrote."""
        return cls(**cls.learned(folder))

    @classmethod
    def learned(cls, folder: Path) -> dict[str, Any]:
        """Return the fields in preprocessing.json.

        Raises:
            ValueError: a value does not have the type of its field, or is not finite.
        """
        types, values = {each.name: each.type for each in fields(cls) if each.repr}, read_json(folder)
        for name, value in values.items():
            if name in types and not _fits(value, types[name]):
                raise ValueError(f"preprocessing.json: {name} is {str(value)[:40]}")
        return values


class OneShapePreprocessing(Preprocessing):
    """A preprocessing that transforms each sample on its own to `input_shape`; the setting `size_key` controls it."""

    size_key: ClassVar[str] = "preprocessing.size"

    @abstractmethod
    def prepared(self, values: Any, sample_id: str) -> np.ndarray:
        """Return a transformed sample with a shape that broadcasts to `input_shape`.

        Raises:
            DataError: a sample that cannot be used.
        """

    def transform(self, inputs: Sequence, sample_ids: Sequence[str] | None = None) -> np.ndarray:
        """Return the network input (n, *input_shape) float32; arguments as in `Preprocessing.transform`."""
        sample_ids = default_ids(self.modality, len(inputs)) if sample_ids is None else sample_ids
        shape = (len(inputs), *self.input_shape)
        needed, free = math.prod(shape) * np.dtype(np.float32).itemsize, memory.available()
        if free is not None and needed > free:
            plural, size = MODALITIES[self.modality].plural, " x ".join(map(str, self.input_shape))
            message = f"{len(inputs):,} {plural} of {size} take {memory.gigabytes(needed)}"
            message += f", but {memory.gigabytes(free)} of memory are free"
            remedy = f"lower {self.size_key}, or use fewer samples"
            raise DataError(message, key=self.size_key, value=self.input_shape, remedy=remedy)
        rows = np.empty(shape, np.float32)
        for row, values, sample_id in zip(rows, inputs, sample_ids, strict=True):
            row[:] = self.prepared(values, sample_id)
        return rows


def _fits(value: Any, declared: Any) -> bool:
    """Return whether a JSON value has the declared type. Types that JSON does not have are not checked.

    >>> _fits([1, 2.5], list[float]), _fits(float("nan"), float), _fits(None, int | None), _fits("x", int)
    (True, False, True, False)
    """
    if isinstance(declared, UnionType):
        return any(_fits(value, each) for each in get_args(declared))
    if get_origin(declared) is list:
        return isinstance(value, list) and all(_fits(each, *get_args(declared)) for each in value)
    if declared is float:
        return type(value) in (int, float) and math.isfinite(value)
    return type(value) is declared if declared in (int, str, bool, NoneType) else True


def read_json(folder: Path) -> dict[str, Any]:
    """Return the content of preprocessing.json in a folder."""
    return json.loads((folder / "preprocessing.json").read_text(encoding="utf-8"))


def module_of(modality: str) -> ModuleType:
    """Return the module that fits and loads the preprocessing of a modality."""
    return import_module(MODALITIES[modality].preprocessing)


def check_settings(settings: config.Settings, modality: str) -> None:
    """Refuse preprocessing settings and embeddings for another modality.

    Raises:
        ConfigError: either of them; the message names the setting.
    """
    preprocessing, embedding = settings.preprocessing.modality, settings.embedding
    samples = f"{settings.data.name} has {modality} samples"
    if embedding and modality != "text":
        message = f"embedding={embedding.name} is for texts, but {samples}"
        raise ConfigError(message, key="embedding", value=embedding.name, remedy="leave it out")
    if preprocessing != modality:
        message = f"preprocessing={preprocessing} is for another modality; {samples}"
        raise ConfigError(message, key="preprocessing", value=preprocessing, remedy=f"set preprocessing={modality}")


def fit(train: Subset, settings: config.Settings, report: Callable[[str], None]) -> Preprocessing:
    """Fit the preprocessing that `settings` describe on `train`.

    Args:
        train: the training part.
        settings: settings of the run; `settings.preprocessing` is for the same modality.
        report: called with each line that the user should see.

    Raises:
        ConfigError: settings for another modality.
        DataError: a sample that cannot be used; the message names it.
    """
    check_settings(settings, train.modality)
    return module_of(train.modality).fit(train, settings, report)


def default_ids(modality: str, count: int) -> list[str]:
    """Return names for samples without an id.

    >>> default_ids("text", 2)
    ['text 0', 'text 1']
    """
    return [f"{modality} {number}" for number in range(count)]


def choose_size(requested: Sequence[int] | None, sizes: Counter, plural: str, key: str, report) -> tuple[int, ...]:
    """Return the requested size, or else the most frequent one (the largest of ties). Report how many are resized.

    Args:
        requested: the setting, None for the most frequent size.
        sizes: frequency of each size in the training part.
        plural: name of the samples in the line.
        key: the setting as on the command line.
        report: called with the line.
    """
    size = tuple(requested or max(sizes, key=lambda each: (sizes[each], each)))
    others, hint = sizes.total() - sizes[size], "" if requested else f", the most common size; {key} sets another"
    if others:
        report(f"{others} of {sizes.total()} training {plural} are resized to {' x '.join(map(str, size))}{hint}")
    return size


def standardized(values: np.ndarray, axis: int | tuple[int, ...]) -> np.ndarray:
    """Standardize values by their mean and standard deviation along `axis`, in float64. Constant values become zero."""
    deviation = values.std(axis=axis, dtype=np.float64)
    centered = values - values.mean(axis=axis, dtype=np.float64)
    return centered / np.where(deviation > 1e-12, deviation, 1.0)
