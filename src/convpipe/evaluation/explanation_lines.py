"""An explanation for the terminal: a strip or a picture in colors, and the same in words; at most 80 columns wide."""

from collections.abc import Iterator

import numpy as np
from rich.text import Text

from convpipe.evaluation.explanation import Explanation, pieces
from convpipe.evaluation.explanation.regions import number_on, place_of, strongest_regions
from convpipe.evaluation.explanation.result import beyond_others
from convpipe.evaluation.figures.mistakes import percent, short
from convpipe.evaluation.figures.text import format_tokens, telling_words

#: Most words, windows of kernels and fixed kernels that are named.
NAMED = 6
#: From zero on, for the class and against it: background colors, which terminals do not mix, so that these are steps
#: and black text can be read on each; and what stands for them where there are no colors.
FOR = ("", "on #dcebf5", "on #a8cfe6", "on #5fa8d3")
AGAINST = ("", "on #fbe3d3", "on #f3b78c", "on #e58a4a")
MARKS_FOR, MARKS_AGAINST = ".:+#", ".'-="
#: Columns of a strip, columns and rows of a picture whose positions are as wide as high.
WIDTH, COLUMNS, ROWS = 76, 36, 18
#: Columns for the names of channels.
NAME = 14


def explanation_lines(explanation: Explanation, color: bool = True, picture: bool = True) -> Iterator[Text]:
    """What is printed of one sample: the class and the runner-up, the method, the strongest parts, what kernels found,
    and the map.

    Args:
        explanation: of the sample.
        color: whether the terminal has colors.
        picture: whether the map itself is shown, beside its strongest parts in words.
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
    return text.append(f", predicted is {visible(names[rival])}  {percent(probabilities[rival])}")


def _of_positions(explanation: Explanation) -> Iterator[Text]:
    yield from (Text(f"  {line}") for line in _region_lines(explanation))
    for each in explanation.kernels[:NAMED]:
        worth = beyond_others(each.scores, explanation.label)
        several = explanation.sample.shape[1]
        known = explanation.channel_names or tuple(map(str, range(several)))
        channels = f", channels {short(' '.join(known[at] for at in each.channels), 24)}" if several > 1 else ""
        where = f"steps {each.start} to {each.stop - 1}"
        yield Text(f"  {worth:+.2f}  {each.name}, dilation {each.dilation}, {where}{channels}")


def _region_lines(explanation: Explanation) -> Iterator[str]:
    """The strongest parts for and against the class, each with what it adds."""
    for side, sign in (("for", 1), ("against", -1)):
        for number, region in enumerate(strongest_regions(explanation, sign)):
            yield f"{side if not number else '':<8}{region.total:+8.2f}  {place_of(explanation, region)}"


def _picture(explanation: Explanation, color: bool) -> Iterator[Text]:
    """The map as a strip (one axis), as a strip for each channel or band, or as a picture; of a volume the strongest
    slice."""
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
    yield Text("  blue for, orange against" if color else "  # for, = against")


def _lanes(axis, values: np.ndarray) -> tuple[list[str], np.ndarray]:
    """The rows of a map (steps, channels or bands), and their names: the strongest channels, bands from high to low."""
    if axis.name == "channel":
        kept = np.sort(np.argsort(-np.abs(values).sum(axis=0), kind="stable")[:ROWS])
        return [axis.labels[at] for at in kept], values[:, kept].T
    rows = min(values.shape[1], 12)
    starts = np.linspace(0, values.shape[1], rows + 1).astype(int)
    names = [f"{number_on(axis.edges[start], axis)} {axis.unit}" for start in starts[:-1]]
    return names[::-1], _binned(values, rows, 1).T[::-1]


def _binned(values: np.ndarray, count: int, axis: int) -> np.ndarray:
    """Sums over `count` equal parts of an axis; itself where it has no more positions."""
    size = values.shape[axis]
    return values if size <= count else np.add.reduceat(values, np.arange(count) * size // count, axis=axis)


def _strips(rows: np.ndarray, names: list[str], color: bool) -> Iterator[Text]:
    """A line for each row (rows, steps), on one scale."""
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
        yield Text(f"  {explanation.left_out:,} more tokens were cut off, as in training (preprocessing.max_length)")
    yield from (Text(f"  {line}") for line in named(tokens, values))
    label, winners = explanation.label, explanation.winners
    for winner in [each for each in winners if each.speaks_for == label and each.worth >= 0.005][:NAMED]:
        window = format_tokens(tokens[winner.start : winner.stop])
        yield Text(f"  kernel {winner.kernel_size}/{winner.filter}: {window} {winner.worth:+.2f}")


def visible(token: str) -> str:
    """A token that a terminal only shows: what would ring, move or color there becomes a mark.

    >>> visible("a\x1b[2J")
    'a\ufffd[2J'
    """
    return "".join(sign if sign.isprintable() or sign.isspace() else "\ufffd" for sign in token)


def named(tokens: list[str], values: np.ndarray) -> Iterator[str]:
    """The words (of single characters those they form) that speak most for and most against a class, with numbers."""
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
    """The tokens as one text, each with a background by its value; of a long text the most telling stretch."""
    text = Text()
    for space, word, _, share in telling_words(tokens, values):
        text.append(space)
        text.append(word, _style(share))
    return text
