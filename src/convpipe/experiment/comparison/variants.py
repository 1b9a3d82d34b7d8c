"""The networks that are compared on each modality, and how they are matched.

They share depth, filters, kernel size along every axis that a kernel moves on, max pooling, "same" padding, batch
normalization, dropout, and the whole training. They differ in parameters and multiply-adds (a kernel of size k has k,
k * k or k * k * k positions) and in the receptive field. An axis with only one position left (few channels, few bands)
is not pooled further. Conv1D has a bias before each normalization; the Conv2D and Conv3D networks have none, since the
normalization removes it.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

from convpipe.config.schema import SettingsGroup, setting
from convpipe.errors import ConfigError


@dataclass
class Matched(SettingsGroup):
    """The layout of all compared networks; default: the layout of `COMPARISONS` for the data."""

    KEY: ClassVar[str] = "matched"
    filters: list[int] | None = setting(None, "filters of each convolution (texts: one number)", low=1, high=4096)
    kernel_sizes: list[int] | None = setting(
        None, "kernel size of each convolution (texts: in parallel)", low=1, high=64
    )
    pooling: list[int] | None = setting(None, "max pooling after each convolution; 1: no pooling", low=1, high=16)
    dropout: float | None = setting(None, "fraction of features dropped before the output", low=0.0, high=0.95)


@dataclass(frozen=True)
class Layout:
    """The layout of all networks of a comparison, with the fields of `Matched`. For texts `pooling` is None."""

    filters: list[int]
    kernel_sizes: list[int]
    pooling: list[int] | None
    dropout: float


@dataclass(frozen=True)
class Variant:
    """One of the compared networks.

    Args:
        name: for tables and figures.
        model: name of a registered model.
        input_transform: as in `model.input_transform`; as_conv2d for a `text_cnn` with Conv2D layers; None: samples
            unchanged.
        equivalent_to: name of the network to which it is equivalent, with other layers and the same weights; None for
            a network that is trained.
    """

    name: str
    model: str
    input_transform: str | None = None
    equivalent_to: str | None = None


@dataclass(frozen=True)
class Plan:
    """The networks that are compared on samples of one modality, and their default layout."""

    modality: str
    variants: tuple[Variant, ...]
    layout: Layout


STEPS, WORDS = "Conv1D over steps", "Conv1D over words"
COMPARISONS = {
    "sensors": Plan(
        "series",
        (
            Variant(STEPS, "cnn1d"),
            Variant("Conv2D over steps x channels", "cnn2d", "as_image"),
            Variant("Conv2D over spectrograms", "cnn2d", "spectrogram"),
            Variant("Conv2D of height one", "cnn2d", "height_one", STEPS),
        ),
        Layout([32, 64, 64], [5, 5, 5], [2, 2, 1], 0.2),
    ),
    "sound": Plan(
        "sound",
        (Variant("Conv1D over the waveform", "cnn1d"), Variant("Conv2D over the spectrogram", "cnn2d", "spectrogram")),
        Layout([32, 32, 64, 64], [9, 9, 9, 9], [4, 4, 4, 1], 0.2),
    ),
    "volumes": Plan(
        "volume",
        (
            Variant("Conv3D over the cube", "cnn3d"),
            Variant("Conv2D over the middle slice", "cnn2d", "middle_slice"),
            Variant("Conv1D over the middle line", "cnn1d", "middle_line"),
        ),
        Layout([16, 32, 64], [3, 3, 3], [2, 2, 1], 0.2),
    ),
    "images": Plan(
        "image",
        (Variant("Conv2D over pixels", "cnn2d"), Variant("Conv1D over rows", "cnn1d", "rows")),
        Layout([32, 64, 128], [3, 3, 3], [2, 2, 1], 0.2),
    ),
    "text": Plan(
        "text",
        (Variant(WORDS, "text_cnn"), Variant("Conv2D of full width", "text_cnn", "as_conv2d", WORDS)),
        Layout([100], [3, 4, 5], None, 0.5),
    ),
}


def layout_of(comparison: str, matched: Matched) -> Layout:
    """Return the layout of the networks: that of the comparison, changed by the settings `matched`.

    Raises:
        ConfigError: lists for different numbers of layers, or a setting that does not apply to texts.
    """
    given = {key: value for key, value in vars(matched).items() if value is not None}
    layout = replace(COMPARISONS[comparison].layout, **given)
    if comparison != "text":
        counts = [len(each or ()) for each in (layout.filters, layout.kernel_sizes, layout.pooling)]
        if len(set(counts)) != 1:
            lists = "matched.filters, kernel_sizes and pooling"
            message = f"{lists} must each have one entry per layer, not {', '.join(map(str, counts))}"
            raise ConfigError(message, key="matched", value=counts)
    elif layout.pooling is not None:
        message, remedy = "matched.pooling does not apply to texts", "leave it out"
        raise ConfigError(message, key="matched.pooling", value=layout.pooling, remedy=remedy)
    elif len(layout.filters) != 1:
        key, remedy = "matched.filters", "set matched.filters=[100] or another number"
        message = f"{key} must have one number for texts, not {len(layout.filters)}"
        raise ConfigError(message, key=key, value=layout.filters, remedy=remedy)
    return layout


def matched_line(layout: Layout) -> str:
    """Return a line on what the networks share.

    >>> matched_line(COMPARISONS["volumes"].layout)
    'matched: filters 16, 32, 64; kernel sizes 3, 3, 3 along each axis; pooling 2, 2, 1; dropout 0.2; all of training'
    """
    filters, sizes, pooling = (", ".join(map(str, values or ())) for values in list(vars(layout).values())[:3])
    how = f"along each axis; pooling {pooling}" if pooling else "side by side"
    return f"matched: filters {filters}; kernel sizes {sizes} {how}; dropout {layout.dropout:g}; all of training"


def model_values(variant: Variant, layout: Layout) -> dict:
    """Return the settings of the variant's model, by key."""
    values: dict = {"name": variant.model, "kernel_sizes": layout.kernel_sizes, "dropout": layout.dropout}
    if variant.model == "text_cnn":
        values["filters"] = layout.filters[0]
    else:
        values |= {"filters": layout.filters, "strides": [1] * len(layout.filters), "pooling": layout.pooling}
    if variant.input_transform == "as_conv2d":
        values["as_conv2d"] = True
    elif variant.input_transform:
        values["input_transform"] = variant.input_transform
    return values
