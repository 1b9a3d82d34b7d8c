"""The catalog of models: a name, and the function that builds its network."""

from dataclasses import dataclass
from importlib import import_module

from convpipe.errors import ConfigError, nearest

#: name -> "module:function"; the module is imported only when its model is built.
MODELS = {
    "mlp": "conv1d:build_mlp",
    "cnn1d": "conv1d:build_cnn1d",
    "fcn": "conv1d:build_fcn",
    "resnet": "conv1d:build_resnet",
    "inception_time": "conv1d:build_inception_time",
    "lite_time": "conv1d:build_lite_time",
    "tcn": "conv1d:build_tcn",
    "mini_rocket": "rocket:build_mini_rocket",
}
#: Models whose weights are solved for, not found by gradients.
SOLVED = {"mini_rocket"}


@dataclass(frozen=True)
class Shape:
    """What a network must fit.

    Args:
        steps: most steps of a series.
        channels: channels of a series.
        classes: classes to tell apart.
        masked: whether series differ in their steps, so that batches are padded.
    """

    steps: int
    channels: int
    classes: int
    masked: bool = False


def build(settings, shape: Shape):
    """The network that `settings` (a row of config.MODEL_SCHEMAS) describes, for problems of `shape`.

    Raises:
        ConfigError: the model is unknown.
    """
    if settings.name not in MODELS:
        raise ConfigError(f"unknown model {settings.name}; {nearest(settings.name, MODELS)}")
    module, function = MODELS[settings.name].split(":")
    return getattr(import_module(f"convpipe.models.{module}"), function)(settings, shape)


def import_layers() -> None:
    """Import every module that defines a layer, so that Keras can read saved networks."""
    for module in {function.split(":")[0] for function in MODELS.values()}:
        import_module(f"convpipe.models.{module}")
