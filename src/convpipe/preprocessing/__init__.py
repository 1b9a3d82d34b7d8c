"""Preparation of raw samples: fitted on the training part only, and kept with the classifier."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

import numpy as np

from convpipe import config
from convpipe.data.ragged import Ragged
from convpipe.data.samples import Part
from convpipe.errors import ConfigError
from convpipe.models import Shape

#: kind of samples -> "module:class" of what prepares them; the module is imported only when it is needed.
KINDS = {
    "series": "series:SeriesPreprocessing",
    "text": "text:TextPreprocessing",
    "image": "images:ImagePreprocessing",
    "volume": "volumes:VolumePreprocessing",
    "sound": "sound:SoundPreprocessing",
}


class Preprocessing(ABC):
    """What stands between raw samples and a network; a dataclass of what was learnt from the training part.

    A subclass states the `kind` of samples that it takes.
    """

    kind: str

    @classmethod
    @abstractmethod
    def fit(cls, train: Part, settings: config.Settings, report: Callable[[str], None]) -> "Preprocessing":
        """Learn what there is to learn from the training part.

        Args:
            train: the training part.
            settings: of the run; `settings.preprocessing` is of this kind.
            report: is handed each line that the user should see.

        Raises:
            DataError: a sample that cannot be used; the message names it by its origin.
        """

    @abstractmethod
    def transform(self, inputs: Sequence, origins: Sequence[str] | None = None) -> np.ndarray | Ragged:
        """What a network takes: an array (n, ...), or `Ragged` where samples differ in their steps.

        Args:
            inputs: n raw samples.
            origins: what to call each in an error; its kind and number by default.

        Raises:
            DataError: a sample that cannot be used.
        """

    @abstractmethod
    def shape(self, classes: int) -> Shape:
        """What a network must fit."""

    @property
    @abstractmethod
    def input_shape(self) -> tuple[int, ...]:
        """Shape of the largest prepared training sample, without the batch axis."""

    @property
    def smallest_input_shape(self) -> tuple[int, ...]:
        """Shape of the smallest prepared training sample, without the batch axis."""
        return self.input_shape

    def check(self, inputs: Sequence, origins: Sequence[str]) -> None:
        """Raise DataError for a sample that `transform` would refuse."""
        self.transform(inputs, origins)

    def together(self, inputs: Sequence, origins: Sequence[str]) -> list[np.ndarray]:
        """Which samples may stand in one call of a network, as rows; all of them, unless a subclass knows better."""
        return [np.arange(len(inputs))] if len(inputs) else []

    def facts(self) -> dict[str, float]:
        """What is worth tracking of what was learnt: a name and a number each."""
        return {}

    def save(self, folder: Path) -> None:
        """Write everything that was learnt into `folder`, which exists."""
        (folder / "preprocessing.json").write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "Preprocessing":
        """What `save` wrote into `folder`."""
        return cls(**json.loads((folder / "preprocessing.json").read_text(encoding="utf-8")))


def of_kind(kind: str) -> type[Preprocessing]:
    """The preprocessing of a kind of samples."""
    module, name = KINDS[kind].split(":")
    return getattr(import_module(f"convpipe.preprocessing.{module}"), name)


def fit(train: Part, settings: config.Settings, report: Callable[[str], None]) -> Preprocessing:
    """The preprocessing that `settings` ask for, fitted on `train`.

    Raises:
        ConfigError: settings for another kind of samples.
        DataError: a sample that cannot be used.
    """
    if settings.embedding and train.kind != "text":
        raise ConfigError(
            f"embedding={settings.embedding.name} is for texts, but {settings.data.name} holds {train.kind} samples; "
            "leave it out"
        )
    asked = settings.preprocessing.kind
    if asked != train.kind:
        raise ConfigError(f"preprocessing={asked} is for another kind of data; {settings.data.name} holds {train.kind}")
    return of_kind(train.kind).fit(train, settings, report)


def named(kind: str, count: int) -> list[str]:
    """What to call samples that have no origin.

    >>> named("text", 2)
    ['text 0', 'text 1']
    """
    return [f"{kind} {number}" for number in range(count)]
