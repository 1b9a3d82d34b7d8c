"""convpipe: from labelled sequences, images and volumes to a tracked, explained, servable convolutional classifier.

What a user's own code needs is imported from here; nothing heavy is imported before it is used.
"""

from importlib import import_module

__version__ = "0.2.0"

#: Module -> the names that it offers here.
_OFFERS = {
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
_MODULE_OF = {name: module for module, names in _OFFERS.items() for name in names}
__all__ = ["__version__", *_MODULE_OF]


def __getattr__(name: str):
    if name not in _MODULE_OF:
        raise AttributeError(f"module convpipe has no attribute {name}")
    return getattr(import_module(f"convpipe.{_MODULE_OF[name]}"), name)
