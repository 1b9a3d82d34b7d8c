"""Preprocessing of raw samples: fitted on the training part only, and stored with the classifier.

The module of a modality offers `fit(train, settings, report)` and `load(folder)`, both of which return a
`Preprocessing`.
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
    """The step between raw samples and a network; a dataclass of what was learned from the training part.

    A subclass states the `modality` of the samples that it takes. Fields without a representation (`repr=False`) are
    not part of preprocessing.json: a subclass that has any stores them itself.
    """

    modality: ClassVar[str]

    @abstractmethod
    def transform(self, inputs: Sequence, sample_ids: Sequence[str] | None = None) -> np.ndarray | Ragged:
        """The input of a network: an array (n, ...), or `Ragged` where samples differ in their steps.

        Args:
            inputs: n raw samples.
            sample_ids: what to call each in an error; its modality and number by default.

        Raises:
            DataError: a sample that cannot be used, or samples that do not fit into memory.
        """

    def spec(self, classes: int) -> InputSpec:
        """What a network for `classes` classes must fit."""
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
        """Rows that one call of `transform` may take together; all of them, unless a subclass overrides this."""
        return [np.arange(len(inputs))] if len(inputs) else []

    def admitting(self, inputs: Sequence, sample_ids: Sequence[str]) -> Self:
        """This preprocessing with room for validation samples of other steps than those of training."""
        return self

    def warnings(self, inputs: Sequence, sample_ids: Sequence[str]) -> Iterator[str]:
        """A line for each way in which samples are unlike what it was fitted on.

        Args:
            inputs: n raw samples that `transform` takes.
            sample_ids: what to call each.
        """
        return iter(())

    def statistics(self) -> dict[str, float]:
        """Numbers worth tracking of what was learned, by name."""
        return {}

    def save(self, folder: Path) -> None:
        """Write everything that was learned into `folder`, which exists."""
        learned = {each.name: getattr(self, each.name) for each in fields(self) if each.repr}
        (folder / "preprocessing.json").write_text(json.dumps(learned, indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """What `save` wrote into `folder`."""
        return cls(**cls.learned(folder))

    @classmethod
    def learned(cls, folder: Path) -> dict[str, Any]:
        """The fields in preprocessing.json.

        Raises:
            ValueError: a value is of another type than its field, or no finite number.
        """
        kinds, values = {each.name: each.type for each in fields(cls) if each.repr}, read_json(folder)
        for name, value in values.items():
            if name in kinds and not _fits(value, kinds[name]):
                raise ValueError(f"preprocessing.json: {name} is {str(value)[:40]}")
        return values


class OneShapePreprocessing(Preprocessing):
    """A preprocessing that brings every sample, each by itself, to `input_shape`, which `size_key` sets."""

    size_key: ClassVar[str] = "preprocessing.size"

    @abstractmethod
    def prepared(self, values: Any, sample_id: str) -> np.ndarray:
        """One raw sample, of `input_shape` or of a shape that is repeated to it.

        Raises:
            DataError: a sample that cannot be used.
        """

    def transform(self, inputs: Sequence, sample_ids: Sequence[str] | None = None) -> np.ndarray:
        """The array (n, *input_shape) float32 for the network; arguments as in `Preprocessing.transform`."""
        sample_ids = default_ids(self.modality, len(inputs)) if sample_ids is None else sample_ids
        shape = (len(inputs), *self.input_shape)
        needed, free = math.prod(shape) * np.dtype(np.float32).itemsize, memory.available()
        if free is not None and needed > free:
            plural, size = MODALITIES[self.modality].plural, " x ".join(map(str, self.input_shape))
            message = f"{len(inputs):,} {plural} of {size} take {memory.gigabytes(needed)}"
            message += f", but {memory.gigabytes(free)} of memory are free"
            remedy = f"set {self.size_key} to less, or use fewer samples"
            raise DataError(message, key=self.size_key, value=self.input_shape, remedy=remedy)
        rows = np.empty(shape, np.float32)
        for row, values, sample_id in zip(rows, inputs, sample_ids, strict=True):
            row[:] = self.prepared(values, sample_id)
        return rows


def _fits(value: Any, kind: Any) -> bool:
    """Whether a value of a JSON file is of a declared type; types that JSON does not have pass.

    >>> _fits([1, 2.5], list[float]), _fits(float("nan"), float), _fits(None, int | None), _fits("x", int)
    (True, False, True, False)
    """
    if isinstance(kind, UnionType):
        return any(_fits(value, each) for each in get_args(kind))
    if get_origin(kind) is list:
        return isinstance(value, list) and all(_fits(each, *get_args(kind)) for each in value)
    if kind is float:
        return type(value) in (int, float) and math.isfinite(value)
    return type(value) is kind if kind in (int, str, bool, NoneType) else True


def read_json(folder: Path) -> dict[str, Any]:
    """The values in a folder's preprocessing.json."""
    return json.loads((folder / "preprocessing.json").read_text(encoding="utf-8"))


def module_of(modality: str) -> ModuleType:
    """The module that fits and loads the preprocessing of a modality."""
    return import_module(MODALITIES[modality].preprocessing)


def check_settings(settings: config.Settings, modality: str) -> None:
    """Refuse preprocessing settings and embeddings for another modality.

    Raises:
        ConfigError: the message names the setting.
    """
    chosen, embedding = settings.preprocessing.modality, settings.embedding
    held = f"{settings.data.name} holds {modality} samples"
    if embedding and modality != "text":
        message = f"embedding={embedding.name} is for texts, but {held}"
        raise ConfigError(message, key="embedding", value=embedding.name, remedy="leave it out")
    if chosen != modality:
        message = f"preprocessing={chosen} is for another modality; {held}"
        raise ConfigError(message, key="preprocessing", value=chosen, remedy=f"set preprocessing={modality}")


def fit(train: Subset, settings: config.Settings, report: Callable[[str], None]) -> Preprocessing:
    """The preprocessing that `settings` describe, fitted on `train`.

    Args:
        train: the training part.
        settings: of the run; `settings.preprocessing` is of the same modality.
        report: is handed each line that the user should see.

    Raises:
        ConfigError: settings for another modality.
        DataError: a sample that cannot be used; the message names it.
    """
    check_settings(settings, train.modality)
    return module_of(train.modality).fit(train, settings, report)


def default_ids(modality: str, count: int) -> list[str]:
    """Names of samples that have no id.

    >>> default_ids("text", 2)
    ['text 0', 'text 1']
    """
    return [f"{modality} {number}" for number in range(count)]


def choose_size(asked: Sequence[int] | None, sizes: Counter, plural: str, key: str, report) -> tuple[int, ...]:
    """The size asked for, else the most frequent one (of several the largest); a line says what is resized to it.

    Args:
        asked: the setting, None to let the samples decide.
        sizes: how often each size occurs in the training part.
        plural: what to call the samples.
        key: the setting as one would write it.
        report: is handed the line.
    """
    size = tuple(asked or max(sizes, key=lambda each: (sizes[each], each)))
    others, hint = sizes.total() - sizes[size], "" if asked else f", the most common size; {key} sets another"
    if others:
        report(f"{others} of {sizes.total()} training {plural} are resized to {' x '.join(map(str, size))}{hint}")
    return size


def standardized(values: np.ndarray, axis: int | tuple[int, ...]) -> np.ndarray:
    """The values by their own mean and deviation along `axis`, in double precision; zero where nothing varies."""
    deviation = values.std(axis=axis, dtype=np.float64)
    centered = values - values.mean(axis=axis, dtype=np.float64)
    return centered / np.where(deviation > 1e-12, deviation, 1.0)
