"""The catalog of models: a name, and the function that builds its network."""

from dataclasses import dataclass, replace
from importlib import import_module

import numpy as np

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
    "m5": "sound:build_m5",
    "text_cnn": "text:build_text_cnn",
    "char_cnn": "text:build_char_cnn",
    "dpcnn": "text:build_dpcnn",
    "fast_text": "bags:build_fast_text",
    "linear": "linear:build_linear",
    "cnn2d": "conv2d:build_cnn2d",
    "resnet2d": "conv2d:build_resnet2d",
    "mobile2d": "conv2d:build_mobile2d",
    "cnn3d": "conv3d:build_cnn3d",
    "resnet3d": "conv3d:build_resnet3d",
}
#: Modules that define layers.
LAYERS = ("blocks", "fixed_kernels", "rocket", "bags", "linear", "spectrogram", "embedding", "views")
#: Models whose weights are solved for, not found by gradients.
SOLVED = {"mini_rocket", "linear"}
#: Numbers of axes that a model can move its kernels along, where it is not 1: 2 for images, 3 for volumes.
DIMENSIONS = {"linear": (1, 2, 3), "cnn2d": (2,), "resnet2d": (2,), "mobile2d": (2,), "cnn3d": (3,), "resnet3d": (3,)}
#: view -> axes of the samples that it takes, axes along which kernels move over what it shows.
VIEWS = {
    "as_image": (1, 2),
    "height_one": (1, 2),
    "spectrogram": (1, 2),
    "rows": (2, 1),
    "middle_slice": (3, 2),
    "middle_line": (3, 1),
    "full_width": (1, 1),
}
#: Models that count tokens and not numbers.
FOR_TEXTS = {"fast_text"}


@dataclass(frozen=True)
class TokenTable:
    """What stands for each token of a text; id 0 is the padding after its end, id 1 an unknown token.

    Args:
        mode: none (ids only), or as config.Embedding.name: random, static, fine_tuned, multichannel, one_hot.
        count: ids, padding and unknown among them.
        learnt: ids below this one occur in the training part; those above are known to the pretrained vectors only
            and are never trained on.
        dimensions: numbers of a vector.
        vectors: (count, dimensions) floating, pretrained; None for random and one_hot.
        dropout: share of the numbers of each vector dropped in training.
        word_dropout: share of whole tokens dropped in training.
        rarity: (learnt,) float32, inverse document frequencies of the ids of the training part; None where nobody
            counted.
    """

    mode: str
    count: int
    learnt: int
    dimensions: int
    vectors: np.ndarray | None = None
    dropout: float = 0.0
    word_dropout: float = 0.0
    rarity: np.ndarray | None = None


@dataclass(frozen=True)
class Spectrogram:
    """The log-mel spectrogram that a network for images sees of sound: bands, steps of a frame, steps of a hop, and the
    power below which differences fade, beside the mean one of a recording."""

    mels: int
    frame: int
    hop: int
    sampling_rate: float
    floor: float = 1e-4


@dataclass(frozen=True)
class Shape:
    """What a network must fit.

    Args:
        sizes: of the largest sample along each axis: (steps,), (height, width) or (depth, height, width).
        channels: channels of a sample.
        classes: classes to tell apart.
        masked: whether series or texts differ in their steps, so that batches are padded.
        tokens: of texts that enter as ids (batch, steps) int32; None for everything else.
        spectrogram: of sound, for networks that move their kernels along two axes; None for everything else.
    """

    sizes: tuple[int, ...]
    channels: int
    classes: int
    masked: bool = False
    tokens: TokenTable | None = None
    spectrogram: Spectrogram | None = None

    @property
    def axes(self) -> tuple[int, ...]:
        """Numbers of axes that a network may move its kernels along."""
        return (1, 2) if self.spectrogram else (len(self.sizes),)

    @property
    def steps(self) -> int:
        """Most steps of a series."""
        return self.sizes[0]


#: kind of samples -> numbers of axes that a network may move its kernels along, the samples' own first.
AXES = {"series": (1,), "text": (1,), "sound": (1, 2), "image": (2,), "volume": (3,)}
#: what samples of so many axes are called.
TAKEN = {1: "series of (steps, channels)", 2: "images", 3: "volumes"}


def build(settings, shape: Shape):
    """The network that `settings` (a row of config.MODEL_SCHEMAS) describes, for problems of `shape`.

    Raises:
        ConfigError: the model is unknown, made for samples of another number of axes, or would leave nothing of
            images or volumes of this size; then the message names the layer and the smallest size that would do.
    """
    check_fits(settings, shape.axes, bool(shape.tokens))
    module, function = MODELS[settings.name].split(":")
    builder = getattr(import_module(f"convpipe.models.{module}"), function)
    try:
        return builder(settings, shape)
    except ValueError:
        view = getattr(settings, "view", None)
        if view:
            found = " x ".join(map(str, (*shape.sizes, shape.channels)))
            raise ConfigError(f"model.view={view} leaves nothing of {found}; lower kernel_sizes or pooling") from None
        if shape.spectrogram:
            seconds = shape.steps / shape.spectrogram.sampling_rate
            raise ConfigError(
                f"model={settings.name} leaves nothing of the spectrogram of {seconds:g} s; lower preprocessing.hop, "
                "kernel_sizes or pooling, or raise preprocessing.seconds"
            ) from None
        _check_sizes(builder, settings, shape)
        raise


def check_fits(settings, axes: tuple[int, ...], texts: bool) -> None:
    """Refuse a model for samples that it cannot take.

    Args:
        settings: of the model.
        axes: numbers of axes that kernels may move along, a row of `AXES`.
        texts: whether the samples are tokens of texts.

    Raises:
        ConfigError: the model is unknown, or made for samples of another number of axes.
    """
    if settings.name not in MODELS:
        raise ConfigError(f"unknown model {settings.name}; {nearest(settings.name, MODELS)}")
    wanted, view = DIMENSIONS.get(settings.name, (1,)), getattr(settings, "view", None)
    if not set(wanted) & set(_seen_axes(view, axes) if view else axes):
        others = ", ".join(name for name in MODELS if set(DIMENSIONS.get(name, (1,))) & set(axes))
        raise ConfigError(
            f"model={settings.name} takes {TAKEN[wanted[0]]}, not {TAKEN[axes[0]]}; choose one of {others}"
        )
    if settings.name in FOR_TEXTS and not texts:
        raise ConfigError(f"model={settings.name} is for texts; cnn1d and its like take any series")


def _seen_axes(view: str, axes: tuple[int, ...]) -> tuple[int, ...]:
    """Numbers of axes that kernels may move along behind a view."""
    takes, gives = VIEWS[view]
    if takes != axes[0]:
        raise ConfigError(f"model.view={view} takes {TAKEN[takes]}, not {TAKEN[axes[0]]}; leave it out")
    return (gives,)


def _check_sizes(builder, settings, shape: Shape) -> None:
    """Raise ConfigError where images or volumes are too small for the network: Keras only says that a size is zero."""
    from convpipe.convolution.arithmetic import model_cost

    if len(shape.sizes) > 1:
        any_size = replace(shape, sizes=(None,) * len(shape.sizes))
        model_cost(builder(settings, any_size), (*shape.sizes, shape.channels))


def import_layers() -> None:
    """Import every module that defines a layer, so that Keras can read saved networks."""
    for module in LAYERS:
        import_module(f"convpipe.models.{module}")
