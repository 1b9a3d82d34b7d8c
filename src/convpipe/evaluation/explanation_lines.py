"""An explanation of a text for the terminal: colours where there are any, and the same in words."""

from collections.abc import Iterator

import numpy as np
from rich.text import Text

from convpipe.errors import ConfigError, nearest
from convpipe.evaluation.explanation import Explanation
from convpipe.evaluation.figures.mistakes import percent
from convpipe.evaluation.figures.text import format_tokens, telling_words

#: Most words, and most windows of kernels, that are named.
NAMED = 6
#: Background colours from zero on: for the class, and against it. Terminals mix no colours, so these are steps.
FOR = ("", "on #dcebf5", "on #a8cfe6", "on #5fa8d3")
AGAINST = ("", "on #fbe3d3", "on #f3b78c", "on #e58a4a")


def explanation_lines(explanation: Explanation, label: str | None = None) -> Iterator[Text]:
    """What is printed of one text: the class, the words in colour, the words that speak for and against it, and of a
    `text_cnn` the windows that its kernels chose.

    Args:
        explanation: of the text.
        label: the class to explain; the likeliest by default.

    Raises:
        ConfigError: there is no such class.
    """
    names = explanation.class_names
    if label is not None and label not in names:
        message = f"the classifier knows no class {label}"
        raise ConfigError(message, key="--class", value=label, remedy=nearest(label, names))
    chosen = explanation.predicted if label is None else names.index(label)
    values = explanation.for_class(chosen)
    how = "adds" if explanation.exact else "adds, found by hiding it"
    yield Text.assemble((names[chosen], "bold"), f"  {percent(explanation.probabilities[chosen])}")
    tokens = [visible(token) for token in explanation.tokens]
    if not "".join(tokens).strip():
        yield Text("  the text is empty")
        return
    yield coloured(tokens, values)
    if explanation.left_out:
        yield Text(f"  {explanation.left_out:,} more tokens were cut off, as in training (preprocessing.max_length)")
    yield from (Text(f"  {line}") for line in named(tokens, values, how))
    for winner in [each for each in explanation.winners if each.speaks_for == chosen and each.worth >= 0.005][:NAMED]:
        window = format_tokens(tokens[winner.start : winner.stop])
        yield Text(f"  kernel {winner.kernel_size}/{winner.filter}: {window} {winner.worth:+.2f}")


def visible(token: str) -> str:
    """A token that a terminal only shows: what would ring, move or colour there becomes a mark.

    >>> visible("a\x1b[2J")
    'a\ufffd[2J'
    """
    return "".join(sign if sign.isprintable() or sign.isspace() else "\ufffd" for sign in token)


def named(tokens: list[str], values: np.ndarray, how: str) -> Iterator[str]:
    """The words that speak most for and most against a class, each with its number."""
    for side, sign in ((f"for (what a word {how})", 1), ("against", -1)):
        order = [at for at in np.argsort(-sign * values, kind="stable")[:NAMED] if sign * values[at] > 0]
        if order:
            words = (f"{format_tokens([tokens[at]]) or '(space)'} {values[at]:+.2f}" for at in order)
            yield f"{side}: {', '.join(words)}"


def coloured(tokens: list[str], values: np.ndarray) -> Text:
    """The tokens as one text, each with a background by its value; of a long text the most telling stretch."""
    text = Text()
    for space, word, value, share in telling_words(tokens, values):
        style = (FOR if value > 0 else AGAINST)[min(3, round(3 * abs(share)))]
        text.append(space)
        text.append(word, style and f"black {style}")
    return text
