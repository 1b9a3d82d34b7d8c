"""An explanation for the terminal: its strongest regions and a colored map, at most 80 columns wide."""

from collections.abc import Iterator

import numpy as np
from rich.text import Text

from convpipe.evaluation.explanation import Explanation, pieces
from convpipe.evaluation.explanation.regions import number_on, place_of, strongest_regions
from convpipe.evaluation.explanation.result import relative_to_others
from convpipe.evaluation.figures.mistakes import percent, short
from convpipe.evaluation.figures.text import format_tokens, strongest_excerpt

#: Maximum number of words, kernel windows and fixed kernels in a list.
NAMED = 6
#: Background colors by strength, for and against the class. Terminals do not blend colors, so there are four levels;
#: black text is readable on each.
FOR = ("", "on #dcebf5", "on #a8cfe6", "on #5fa8d3")
AGAINST = ("", "on #fbe3d3", "on #f3b78c", "on #e58a4a")
#: The same levels without colors.
MARKS_FOR, MARKS_AGAINST = ".:+#", ".'-="
#: Columns of a strip; maximum columns and rows of a map with square positions.
WIDTH, COLUMNS, ROWS = 76, 36, 18
#: Columns for channel names.
NAME = 14


def explanation_lines(explanation: Explanation, color: bool = True, picture: bool = True) -> Iterator[Text]:
    """Yield the lines of one sample: class and runner-up, method, strongest regions, strongest kernels, and the map.

    Args:
        explanation: of the sample.
        color: whether the terminal has colors.
        picture: whether to show the map in addition to its strongest regions.
    """
    if explanation.sample_id:
        yield Text(visible(explanation.sample_id), style="underline")
    yield _classes(explanation)
    yield Text(f"  {explanation.method_line}")
    if explanation.modality == "text":
        yield from _of_text(explanation)
        return
    yield from _of_positions(explanation)
    if picture:
        yield from _picture(explanation, color)


def _classes(explanation: Explanation) -> Text:
    names, probabilities = explanation.class_names, explanation.probabilities
    label, rival = explanation.label, explanation.rival
    text = Text.assemble((visible(names[label]), "bold"), f"  {percent(probabilities[label])}")
    if label == explanation.predicted:
        return text.append(f", then {visible(names[rival])}  {percent(probabilities[rival])}")
    return text.append(f", predicted: {visible(names[rival])}  {percent(probabilities[rival])}")


def _of_positions(explanation: Explanation) -> Iterator[Text]:
    yield from (Text(f"  {line}") for line in _region_lines(explanation))
    for each in explanation.kernels[:NAMED]:
        contribution = relative_to_others(each.scores, explanation.label)
        count = explanation.sample.shape[1]
        names = explanation.channel_names or tuple(map(str, range(count)))
        channels = f", channels {short(' '.join(names[at] for at in each.channels), 24)}" if count > 1 else ""
        where = f"steps {each.start} to {each.stop - 1}"
        yield Text(f"  {contribution:+.2f}  {each.name}, dilation {each.dilation}, {where}{channels}")


def _region_lines(explanation: Explanation) -> Iterator[str]:
    """Yield the strongest regions for and against the class with their contributions."""
    for side, sign in (("for", 1), ("against", -1)):
        for number, region in enumerate(strongest_regions(explanation, sign)):
            yield f"{side if not number else '':<8}{region.total:+8.2f}  {place_of(explanation, region)}"


def _picture(explanation: Explanation, color: bool) -> Iterator[Text]:
    """Yield the map as one strip (one axis), one strip per channel or band, or an image; of a volume, the slice with
    the strongest voxel."""
    values, axes = explanation.values, explanation.axes
    if values.ndim > 2:
        strongest = np.unravel_index(np.abs(values).argmax(), values.shape)[: values.ndim - 2]
        where = ", ".join(f"{axis.name} {int(axis.edges[at])}" for axis, at in zip(axes, strongest, strict=False))
        yield Text(f"  slice at {where}")
        values, axes = values[strongest], axes[-2:]
    if values.ndim == 1:
        yield from _strips(values[None], [""], color)
        yield _scale(axes[0], min(WIDTH, len(values)), 0)
    elif axes[0].name == "time":
        names, rows = _lanes(axes[1], values)
        yield from _strips(rows, names, color)
        yield _scale(axes[0], min(WIDTH - NAME, len(values)), NAME)
    else:
        tall = values.shape[0] / values.shape[1]
        columns = min(values.shape[1], COLUMNS)
        count = min(values.shape[0], ROWS, max(1, int(tall * columns + 0.5)))
        small = _binned(_binned(values, count, 0), columns, 1)
        reach = float(np.abs(small).max()) or 1.0
        yield from (_row(each / reach, color, wide=2) for each in small)
    yield Text("  blue for the class, orange against it" if color else "  # for the class, = against it")


def _lanes(axis, values: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Return names and rows of a map (steps, channels or bands): the strongest channels, or bands from high to low."""
    if axis.name == "channel":
        strongest = np.sort(np.argsort(-np.abs(values).sum(axis=0), kind="stable")[:ROWS])
        return [axis.labels[at] for at in strongest], values[:, strongest].T
    rows = min(values.shape[1], 12)
    starts = np.linspace(0, values.shape[1], rows + 1).astype(int)
    names = [f"{number_on(axis.edges[start], axis)} {axis.unit}" for start in starts[:-1]]
    return names[::-1], _binned(values, rows, 1).T[::-1]


def _binned(values: np.ndarray, count: int, axis: int) -> np.ndarray:
    """Sum the values over `count` equal parts of an axis; unchanged if the axis is not longer."""
    size = values.shape[axis]
    return values if size <= count else np.add.reduceat(values, np.arange(count) * size // count, axis=axis)


def _strips(rows: np.ndarray, names: list[str], color: bool) -> Iterator[Text]:
    """Yield one line per row of (rows, steps), all on one scale."""
    width = WIDTH - (NAME if any(names) else 0)
    small = _binned(rows, width, 1)
    strongest = float(np.abs(small).max()) or 1.0
    for each, name in zip(small, names, strict=True):
        yield _row(each / strongest, color, visible(short(name, NAME - 2)).ljust(NAME) if any(names) else "")


def _row(shares: np.ndarray, color: bool, name: str = "", wide: int = 1) -> Text:
    text = Text(f"  {name}")
    for share in shares.tolist():
        level = min(3, round(3 * abs(share)))
        if color:
            text.append(" " * wide if level else "\u00b7" + " " * (wide - 1), style=_style(share))
        else:
            text.append((MARKS_FOR if share > 0 else MARKS_AGAINST)[level] * wide)
    return text


def _scale(axis, width: int, indent: int) -> Text:
    first, last = number_on(axis.edges[0], axis), f"{number_on(axis.edges[-1], axis)} {axis.unit}"
    return Text(f"  {' ' * indent}{first}{last:>{max(1, width - len(first))}}")


def _style(share: float) -> str:
    style = (FOR if share > 0 else AGAINST)[min(3, round(3 * abs(share)))]
    return f"black {style}" if style else ""


def _of_text(explanation: Explanation) -> Iterator[Text]:
    values, tokens = explanation.values, [visible(token) for token in explanation.tokens]
    if not "".join(tokens).strip():
        yield Text("  the text is empty")
        return
    yield colored(tokens, values)
    if explanation.left_out:
        yield Text(f"  {explanation.left_out:,} more tokens are cut off, as in training (preprocessing.max_length)")
    yield from (Text(f"  {line}") for line in named(tokens, values))
    label, winners = explanation.label, explanation.winners
    for winner in [each for each in winners if each.label == label and each.contribution >= 0.005][:NAMED]:
        window = format_tokens(tokens[winner.start : winner.stop])
        yield Text(f"  kernel {winner.kernel_size}/{winner.filter}: {window} {winner.contribution:+.2f}")


def visible(token: str) -> str:
    """Replace control characters, so that a token cannot change the state of the terminal.

    >>> visible("a\x1b[2J")
    'a\ufffd[2J'
    """
    return "".join(sign if sign.isprintable() or sign.isspace() else "\ufffd" for sign in token)


def named(tokens: list[str], values: np.ndarray) -> Iterator[str]:
    """Yield the words with the largest contributions for and against a class; single characters are joined to words."""
    words = pieces(tokens) if all(len(token) <= 1 for token in tokens) else [[at] for at in range(len(tokens))]
    totals = np.array([values[each].sum() for each in words])
    for side, sign in (("for", 1), ("against", -1)):
        order = [at for at in np.argsort(-sign * totals, kind="stable")[:NAMED] if sign * totals[at] > 0]
        if order:
            shown = (
                f"{format_tokens([tokens[each] for each in words[at]]) or '(space)'} {totals[at]:+.2f}" for at in order
            )
            yield f"{side}: {', '.join(shown)}"


def colored(tokens: list[str], values: np.ndarray) -> Text:
    """Return the tokens as one text, with backgrounds by their values; of a long text, the strongest excerpt."""
    text = Text()
    for space, word, _, share in strongest_excerpt(tokens, values):
        text.append(space)
        text.append(word, _style(share))
    return text
