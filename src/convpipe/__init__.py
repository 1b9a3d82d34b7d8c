"""convpipe: from labeled sequences, images and volumes to a tracked, explained, servable convolutional classifier.

This is the public API. Heavy packages are imported on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the names that `__getattr__` returns
    from convpipe.config.data import DataSettings as DataSettings
    from convpipe.config.model import ModelSettings as ModelSettings
    from convpipe.config.schema import setting as setting
    from convpipe.data.dataset import Dataset as Dataset
    from convpipe.errors import ConfigError as ConfigError
    from convpipe.errors import ConvpipeError as ConvpipeError
    from convpipe.errors import DataError as DataError
    from convpipe.inference.classifier import Classifier as Classifier
    from convpipe.inference.classifier import Predictions as Predictions
    from convpipe.input_spec import InputSpec as InputSpec
    from convpipe.plugins import load_plugins as load_plugins
    from convpipe.registry import register_metric as register_metric
    from convpipe.registry import register_modality as register_modality
    from convpipe.registry import register_model as register_model
    from convpipe.registry import register_reader as register_reader

__version__ = "0.2.0"

#: Module -> its public names.
_EXPORTS = {
    "config.data": ("DataSettings",),
    "config.model": ("ModelSettings",),
    "config.schema": ("setting",),
    "data.dataset": ("Dataset",),
    "errors": ("ConfigError", "ConvpipeError", "DataError"),
    "inference.classifier": ("Classifier", "Predictions"),
    "input_spec": ("InputSpec",),
    "plugins": ("load_plugins",),
    "registry": ("register_metric", "register_modality", "register_model", "register_reader"),
}
_MODULE_OF = {name: module for module, names in _EXPORTS.items() for name in names}
__all__ = ["__version__", *_MODULE_OF]


def __getattr__(name: str):
    if name not in _MODULE_OF:
        raise AttributeError(f"module convpipe has no attribute {name}")
    return getattr(import_module(f"convpipe.{_MODULE_OF[name]}"), name)
