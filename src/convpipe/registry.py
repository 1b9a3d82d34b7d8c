"""The extension points: one registry each for modalities, readers, models and metrics.

A module adds an entry with a `register_*` function. The modules of this package are imported when a registry is first
read; a user's own modules are imported as plugins (`convpipe.plugins`).
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import MISSING, dataclass, fields, is_dataclass
from importlib import import_module
from typing import Any, Generic, TypeVar

from convpipe.errors import ConfigError, PluginError, nearest

Entry = TypeVar("Entry")

#: The plugin that is being imported; None for the modules of this package.
_importing: str | None = None


class Registry(Mapping[str, Entry], Generic[Entry]):
    """Entries by name, in the order of their registration.

    Args:
        what: what an entry is, for messages, such as "model".
        package: the module or package whose import registers the built-in entries; its submodules are imported too.
        skip: subpackages that register nothing.
    """

    def __init__(self, what: str, package: str, skip: tuple[str, ...] = ()):
        self.what, self._package, self._skip = what, package, skip
        self._entries: dict[str, Entry] = {}
        self._plugins: dict[str, str | None] = {}
        self._complete = False

    def add(self, name: str, entry: Entry) -> None:
        """Register `entry`.

        Raises:
            PluginError: the name is taken.
        """
        if _importing is not None:
            self._import_built_in()
        if name in self._entries:
            owner = self._plugins[name] or "convpipe"
            message = f"registers the {self.what} {name}, which {owner} has already registered"
            raise PluginError(message, file=_importing, key=self.what, value=name, remedy="choose another name")
        self._entries[name] = entry
        self._plugins[name] = _importing

    def plugin_of(self, name: str) -> str | None:
        """The plugin that registered `name`; None for a built-in entry."""
        return self._plugins[name]

    def __getitem__(self, name: str) -> Entry:
        self._import_built_in()
        if name not in self._entries:
            remedy = nearest(name, self._entries)
            raise ConfigError(f"unknown {self.what} {name}", key=self.what, value=name, remedy=remedy)
        return self._entries[name]

    def __contains__(self, name: object) -> bool:
        self._import_built_in()
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        self._import_built_in()
        return iter(tuple(self._entries))

    def __len__(self) -> int:
        self._import_built_in()
        return len(self._entries)

    def _import_built_in(self) -> None:
        if self._complete:
            return
        self._complete = True
        with registering(None):
            package = import_module(self._package)
            for found in pkgutil.iter_modules(getattr(package, "__path__", ())):
                name = f"{self._package}.{found.name}"
                if found.ispkg and found.name not in self._skip:
                    for inner in pkgutil.iter_modules(import_module(name).__path__):
                        import_module(f"{name}.{inner.name}")
                elif not found.ispkg:
                    import_module(name)


@contextmanager
def registering(plugin: str | None) -> Iterator[None]:
    """Record the entries registered in a block as those of `plugin` (None: of this package)."""
    global _importing
    before, _importing = _importing, plugin
    try:
        yield
    finally:
        _importing = before


@dataclass(frozen=True)
class Model:
    """A model: its settings, its builder `build(settings, spec)`, and the inputs that it accepts.

    Args:
        settings: dataclass derived from `convpipe.config.ModelSettings`.
        build: takes the settings and an `InputSpec`; returns an uncompiled `keras.Model` that outputs logits.
        axes: the supported numbers of kernel axes: 1 for sequences, 2 for images, 3 for volumes.
        solver: "gradient", or "linear" for a linear layer that is fitted directly on fixed features.
        needs_tokens: whether it accepts only texts, as token ids.
    """

    settings: type
    build: Callable
    axes: tuple[int, ...] = (1,)
    solver: str = "gradient"
    needs_tokens: bool = False


@dataclass(frozen=True)
class Reader:
    """A reader: its settings, the function `read(settings, report)` that returns a `Dataset`, and its modality.

    Args:
        settings: dataclass derived from `convpipe.config.DataSettings`.
        read: takes the settings and a function to call with each line that the user should see.
        modality: name of an entry of `MODALITIES`.
        package: takes the settings; returns the name in `data.download.PACKAGES` of the package with the data, or None.
        new: the function `new(settings, path, known, report)` that yields `NewSamples` of a file or folder, labeled or
            not (`convpipe.data.new_samples`); None if the reader only reads its own dataset.
    """

    settings: type
    read: Callable
    modality: str
    package: Callable[[Any], str | None] = lambda settings: None
    new: Callable | None = None


@dataclass(frozen=True)
class Metric:
    """A metric: a function of labels (n,) int64 and probabilities (n, classes) float64 that returns a number.

    Args:
        function: computes the metric.
        label: label in tables, such as "macro F1".
        higher_is_better: False for errors and losses.
        counted: a faster form for the bootstrap, if any: takes labels and probabilities, and returns a function that
            computes the metric of a resample from the count of each sample in it, (n,) int64.
    """

    function: Callable
    label: str
    higher_is_better: bool = True
    counted: Callable | None = None


@dataclass(frozen=True)
class Modality:
    """A modality and its modules, which are named by strings and imported when needed.

    Args:
        name: value of `preprocessing.modality`.
        plural: plural for messages, such as "images".
        axes: the supported numbers of kernel axes, first that of the samples themselves.
        input_type: type of the samples that a served classifier takes; MLflow derives the signature from it.
        settings: "module:class" of its preprocessing settings.
        preprocessing: module with `fit(train, settings, report)` and `load(folder)`.
        figures: module with `figures(dataset, subset, predictions, classifier, context)`.
        augmentation: the settings of `config.Augmentation` that apply.
        reader: name of the reader of users' own files, used for new samples of a packaged dataset.
    """

    name: str
    plural: str
    axes: tuple[int, ...]
    input_type: Any
    settings: str
    preprocessing: str
    figures: str
    augmentation: tuple[str, ...] = ()
    reader: str | None = None


MODALITIES: Registry[Modality] = Registry("modality", "convpipe.modality")
READERS: Registry[Reader] = Registry("reader", "convpipe.data")
MODELS: Registry[Model] = Registry("model", "convpipe.models", skip=("layers",))
METRICS: Registry[Metric] = Registry("metric", "convpipe.metrics")


def register_modality(modality: Modality) -> None:
    """Add a modality."""
    MODALITIES.add(modality.name, modality)


def register_model(
    settings: type, *, axes: tuple[int, ...] = (1,), solver: str = "gradient", needs_tokens: bool = False
) -> Callable:
    """Register the decorated function as the builder of a model; arguments as in `Model`.

    The name of the model is the default of the field `name` of its settings.

    Raises:
        PluginError: `settings` is not a settings dataclass with a name, or the name is taken.
    """
    from convpipe.config.model import ModelSettings

    name = _name_in(settings, ModelSettings, "name", "register_model")

    def decorate(build: Callable) -> Callable:
        MODELS.add(name, Model(settings, build, tuple(axes), solver, needs_tokens))
        return build

    return decorate


def register_reader(
    settings: type,
    modality: str,
    package: Callable[[Any], str | None] | str | None = None,
    new: Callable | None = None,
):
    """Register the decorated function as a reader; arguments as in `Reader`.

    The name of the reader is the default of the field `reader` of its settings.

    Raises:
        PluginError: `settings` is not a settings dataclass with a reader, or the name is taken.
    """
    from convpipe.config.data import DataSettings

    name = _name_in(settings, DataSettings, "reader", "register_reader")
    package_of = package if callable(package) else lambda settings: package

    def decorate(read: Callable) -> Callable:
        READERS.add(name, Reader(settings, read, modality, package_of, new))
        return read

    return decorate


def register_metric(
    name: str, label: str | None = None, higher_is_better: bool = True, counted: Callable | None = None
) -> Callable:
    """Register the decorated function of labels and probabilities as a metric; arguments as in `Metric`.

    Raises:
        PluginError: the name is taken.
    """

    def decorate(function: Callable) -> Callable:
        METRICS.add(name, Metric(function, label or name.replace("_", " "), higher_is_better, counted))
        return function

    return decorate


def _name_in(settings: type, base: type, field: str, function: str) -> str:
    """Return the default of `field` in a settings class, which is the name of the entry."""
    if not (isinstance(settings, type) and is_dataclass(settings) and issubclass(settings, base)):
        message, remedy = f"{function} needs a settings class, not {settings!r}", f"derive one from {base.__name__}"
        raise PluginError(message, file=_importing, value=settings, remedy=remedy)
    name = next(each.default for each in fields(settings) if each.name == field)
    if not isinstance(name, str) or name in ("", "???") or name is MISSING:
        remedy = f'give it the field {field}: str = "NAME"'
        raise PluginError(f"{settings.__name__} has no {field}", file=_importing, key=field, remedy=remedy)
    return name
