"""Declare settings with their type, unit, bounds and meaning, and check their values."""

import math
from dataclasses import dataclass, field, fields, is_dataclass
from typing import ClassVar

from omegaconf import OmegaConf
from omegaconf.errors import MissingMandatoryValue, OmegaConfBaseException

from convpipe.errors import ConfigError, nearest


def setting(default, meaning: str, *, low=None, high=None, choices=None):
    """Return a dataclass field with its meaning (including the unit) and inclusive bounds or allowed values.

    If the value is a list, bounds and choices apply to each item. A default of None means that the run chooses the
    value; None passes every check.
    """
    metadata = {"meaning": meaning, "low": low, "high": high, "choices": choices}
    if isinstance(default, list):
        return field(default_factory=lambda: list(default), metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass
class SettingsGroup:
    """A group of settings, whose values are checked when an object is created.

    Raises:
        ConfigError: a value is out of bounds or not among the choices; the message names the key.
    """

    KEY: ClassVar[str] = ""

    def __post_init__(self):
        for declared in fields(self):
            value = getattr(self, declared.name)
            for item in value if isinstance(value, list) else [value]:
                self._check(declared, item)

    def _check(self, declared, value) -> None:
        limits, key = declared.metadata, f"{self.KEY}.{declared.name}".lstrip(".")
        if value is None or "low" not in limits:
            return
        low, high = limits["low"], limits["high"]
        if limits["choices"] and value not in limits["choices"]:
            remedy = nearest(str(value), [each for each in limits["choices"] if not each.isdecimal()])
            raise ConfigError(f"unknown {key}={value}", key=key, value=value, remedy=remedy)
        if isinstance(value, float) and not math.isfinite(value):
            raise ConfigError(f"{key} must be a finite number, not {value}", key=key, value=value)
        if low is not None and value < low:
            raise ConfigError(f"{key} must be at least {low}, not {value}", key=key, value=value)
        if high is not None and value > high:
            raise ConfigError(f"{key} must be at most {high}, not {value}", key=key, value=value)


def refuse_unknown(config, schema: type, key: str = "") -> None:
    """Raise ConfigError for a key that the dataclass `schema` does not declare (Hydra's `+key=` accepts any key)."""
    known = {declared.name: declared for declared in fields(schema)}
    for name in config:
        path = f"{key}.{name}".lstrip(".")
        if name not in known:
            raise ConfigError(f"unknown key {path}", key=path, remedy=nearest(str(name), known))
        node = config._get_node(name)
        inner = OmegaConf.get_type(node) if OmegaConf.is_dict(node) else None
        if is_dataclass(inner):
            refuse_unknown(node, inner, path)


def to_settings(config, schema: type):
    """Convert a composed configuration to typed settings.

    Args:
        config: an OmegaConf node that was composed on top of `schema`.
        schema: the dataclass of its root.

    Raises:
        ConfigError: a key is unknown, or a value is missing, of the wrong type or out of bounds.
    """
    refuse_unknown(config, schema)
    try:
        return OmegaConf.to_object(config)
    except MissingMandatoryValue as error:
        key = error.full_key
        raise ConfigError(f"{key} has no value", key=key, remedy=f"set {key}=...") from None
    except OmegaConfBaseException as error:
        raise ConfigError(str(error).split("\n")[0], key=error.full_key) from None


def flat(values: dict, prefix: str = "") -> dict:
    """Flatten nested settings to dotted keys.

    >>> flat({"model": {"name": "fcn"}, "seed": 0})
    {'model.name': 'fcn', 'seed': 0}
    """
    leaves: dict = {}
    for key, value in values.items():
        leaves |= flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return leaves
