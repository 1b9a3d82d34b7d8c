"""Which networks are compared on which data, and how they are matched.

The same in all: depth, filters, kernel size along every axis that a kernel moves on, max pooling, "same" padding, batch
normalisation, dropout, and the whole training. What cannot be the same, since it is what differs: parameters and
multiply-adds (a kernel of size k has k, k * k or k * k * k places), and how far an output sees. Where an axis is down
to one position (few channels, few bands), it is pooled no more. Conv1D has a bias before each normalisation that the
Conv2D and Conv3D of the catalog leave out, since the normalisation takes it away again.
"""

from dataclasses import dataclass, fields, replace

from convpipe import config
from convpipe.comparison.settings import ComparisonSettings, Matched
from convpipe.config import Settings
from convpipe.errors import ConfigError


@dataclass(frozen=True)
class Member:
    """One of the compared networks.

    Args:
        name: for people.
        model: a row of config.MODEL_SCHEMAS.
        view: what it is shown, a row of models.VIEWS; None for the samples as they are.
        repeats: the name of the network that it computes again in other layers, with that one's weights; None for one
            that is trained.
    """

    name: str
    model: str
    view: str | None = None
    repeats: str | None = None


STEPS, WORDS = "Conv1D over steps", "Conv1D over words"
COMPARISONS = {
    "sensors": (
        Member(STEPS, "cnn1d"),
        Member("Conv2D over steps x channels", "cnn2d", "as_image"),
        Member("Conv2D over spectrograms", "cnn2d", "spectrogram"),
        Member("Conv2D of height one", "cnn2d", "height_one", STEPS),
    ),
    "sound": (
        Member("Conv1D over the waveform", "cnn1d"),
        Member("Conv2D over the spectrogram", "cnn2d", "spectrogram"),
    ),
    "volumes": (
        Member("Conv3D over the cube", "cnn3d"),
        Member("Conv2D over the middle slice", "cnn2d", "middle_slice"),
        Member("Conv1D over the middle line", "cnn1d", "middle_line"),
    ),
    "images": (Member("Conv2D over pixels", "cnn2d"), Member("Conv1D over rows", "cnn1d", "rows")),
    "text": (Member(WORDS, "text_cnn"), Member("Conv2D of full width", "text_cnn", "full_width", WORDS)),
}

#: What the networks share where nothing else is asked for.
LAYOUTS = {
    "sensors": Matched([32, 64, 64], [5, 5, 5], [2, 2, 1], 0.2),
    "sound": Matched([32, 32, 64, 64], [9, 9, 9, 9], [4, 4, 4, 1], 0.2),
    "volumes": Matched([16, 32, 64], [3, 3, 3], [2, 2, 1], 0.2),
    "images": Matched([32, 64, 128], [3, 3, 3], [2, 2, 1], 0.2),
    "text": Matched([100], [3, 4, 5], None, 0.5),
}


def layout_of(settings: ComparisonSettings) -> Matched:
    """What the networks share: what is asked for, else what stands in LAYOUTS.

    Raises:
        ConfigError: lists that differ in how many layers they tell of.
    """
    asked = {key: value for key, value in vars(settings.matched).items() if value is not None}
    layout = replace(LAYOUTS[settings.comparison], **asked)
    if settings.comparison == "text":
        if layout.pooling is not None or len(layout.filters) != 1:
            raise ConfigError("texts: matched.filters is one number, as in [100], and matched.pooling has no use")
    elif len({len(layout.filters), len(layout.kernel_sizes), len(layout.pooling)}) != 1:
        raise ConfigError("matched.filters, kernel_sizes and pooling must have one entry a layer each")
    return layout


def matched_line(layout: Matched) -> str:
    """What the networks share, for people.

    >>> matched_line(LAYOUTS["volumes"])
    'matched: filters 16, 32, 64; kernel sizes 3, 3, 3 along each axis; pooling 2, 2, 1; dropout 0.2; all of training'
    """
    filters, sizes, pooling = (", ".join(map(str, values or ())) for values in list(vars(layout).values())[:3])
    how = f"along each axis; pooling {pooling}" if pooling else "side by side"
    return f"matched: filters {filters}; kernel sizes {sizes} {how}; dropout {layout.dropout:g}; all of training"


def model_values(member: Member, layout: Matched) -> dict:
    """The settings of the member's model, by key."""
    values = {"name": member.model, "kernel_sizes": layout.kernel_sizes, "dropout": layout.dropout}
    if member.model == "text_cnn":
        values["filters"] = layout.filters[0]
    else:
        values |= {"filters": layout.filters, "strides": [1] * len(layout.filters), "pooling": layout.pooling}
    return values | ({"view": member.view} if member.view else {})


def settings_of(member: Member, settings: ComparisonSettings, seed: int) -> Settings:
    """The settings of one training of `member`."""
    model = config.MODEL_SCHEMAS[member.model](**model_values(member, layout_of(settings)))
    common = {key: getattr(settings, key) for key in (declared.name for declared in fields(Settings))}
    return Settings(**common | {"model": model, "seed": seed})
