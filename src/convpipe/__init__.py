"""convpipe: from labelled sequences, images and volumes to a tracked, explained, servable convolutional classifier.

What a user's own code needs is imported from here; nothing heavy is imported before it is used.
"""

from importlib import import_module

__version__ = "0.2.0"

#: Name -> module that defines it.
_EXPORTS = {
    "Classifier": "inference.classifier",
    "Predictions": "inference.classifier",
    "ConvpipeError": "errors",
    "ConfigError": "errors",
    "DataError": "errors",
    "Dataset": "data.dataset",
    "DataSettings": "config.data",
    "InputSpec": "input_spec",
    "ModelSettings": "config.model",
    "load_plugins": "plugins",
    "register_metric": "registry",
    "register_modality": "registry",
    "register_model": "registry",
    "register_reader": "registry",
    "setting": "config.schema",
}
__all__ = ["__version__", *_EXPORTS]  # noqa: PLE0604


def __getattr__(name: str):
    if name not in _EXPORTS:
        raise AttributeError(f"module convpipe has no attribute {name}")
    return getattr(import_module(f"convpipe.{_EXPORTS[name]}"), name)
