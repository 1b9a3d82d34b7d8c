"""Text in pictures: as wide as there is room, in fonts that have its signs, without mathematics."""

import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import BinaryIO

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, findSystemFonts, fontManager, get_font
from matplotlib.text import Text
from matplotlib.textpath import text_to_path

from convpipe.evaluation.figures.context import FigureContext

GRAY = "#595959"
#: Between the edge of a figure and its title, in inches.
MARGIN = 0.1
#: Height of a line of text as a multiple of its size.
LINE = 1.35


def title(figure: Figure, headline: str, context: FigureContext, note: str = "") -> None:
    """Write above the panels what is seen, and in gray where it comes from; the figure grows by their height.

    Args:
        figure: with all its panels, in a constrained layout or none.
        headline: what is seen.
        context: dataset, model, seed and part.
        note: what else must be known to read the figure.
    """
    room = figure.get_figwidth() - 2 * MARGIN
    lines = [(line, 11.0, "bold", "black") for line in wrapped(headline, room, 11, "bold")]
    for text in filter(None, (str(context), note)):
        lines += [(line, 8.5, "normal", GRAY) for line in wrapped(text, room, 8.5)]
    below = figure.get_figheight()
    height = below + MARGIN + sum(size * LINE / 72 for _, size, *_ in lines) + 0.05
    figure.set_figheight(height)
    if (engine := figure.get_layout_engine()) is not None:
        side = MARGIN / figure.get_figwidth()
        engine.set(rect=(side, 0, 1 - 2 * side, below / height))  # type: ignore[call-arg]
    top = height - MARGIN
    for line, size, weight, color in lines:
        figure.text(
            MARGIN / figure.get_figwidth(), top / height, line, va="top", fontsize=size, fontweight=weight, color=color
        )
        top -= size * LINE / 72


def wrapped(text: str, inches: float, size: float, weight: str = "normal") -> list[str]:
    """A text as lines that are at most so wide; it is broken behind blanks and separators, and elsewhere if it
    must be, but not between a number and its %.

    >>> wrapped("a walk in the park", 0.8, 10), wrapped("", 1.0, 10)
    (['a walk in', 'the park'], [''])
    """
    lines = [""]
    for word in re.findall(r"[^ /_,;:|\\-]*[ /_,;:|\\-]?", text.replace(" %", "\u00a0%")):
        if _width(lines[-1] + word.rstrip(), size, weight) <= inches:
            lines[-1] += word
            continue
        if lines[-1]:
            lines.append("")
        for sign in word:
            if lines[-1] and _width(lines[-1] + sign, size, weight) > inches:
                lines.append("")
            lines[-1] += sign
    return [line.strip().replace("\u00a0", " ") for line in lines]


def short(text: str, limit: int = 20) -> str:
    """The beginning of a text."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def tail(sample_id: str, limit: int = 34) -> str:
    """The end of a path, which tells more than its beginning."""
    return sample_id if len(sample_id) <= limit else "…" + sample_id[1 - limit :]


def _width(text: str, size: float, weight: str) -> float:
    """Of a text, in inches."""
    font = FontProperties(family=families(text), size=size, weight=weight)
    with quiet():
        return text_to_path.get_text_width_height_descent(text, font, ismath=False)[0] / 72


def families(text: str) -> list[str]:
    """The usual font, and as many of those installed as are needed for the signs that it lacks."""
    usual = FontProperties()
    missing = frozenset(map(ord, text)) - _glyphs(findfont(usual))
    return [*usual.get_family(), *(_others(missing) if missing else ())]


@cache
def _others(missing: frozenset[int]) -> tuple[str, ...]:
    """Names of installed fonts that have these signs, one after the other until all are found."""
    found: list[str] = []
    _add_new_fonts()
    plain = [font for font in fontManager.ttflist if font.style == "normal" and "Last Resort" not in font.name]
    for font in sorted(plain, key=lambda font: ("Sans" not in font.name, font.weight != 400, font.name)):
        if own := missing & _glyphs(font.fname):
            missing -= own
            found.append(font.name)
    return tuple(dict.fromkeys(found))


def _add_new_fonts() -> None:
    """Add the fonts that were installed since matplotlib last listed them."""
    known = {font.fname for font in fontManager.ttflist}
    for path in set(findSystemFonts()) - known:
        with suppress(Exception):  # what matplotlib cannot use, such as fonts of colored bitmaps
            fontManager.addfont(path)


@cache
def _glyphs(path: str) -> frozenset[int]:
    """The signs that a font has, and those that have no shape of their own."""
    try:
        return frozenset(get_font(path).get_charmap()) | frozenset(map(ord, "\n\t\u200b\u200c\u200d\ufe0e\ufe0f"))
    except (OSError, RuntimeError):
        return frozenset()


def literal(figure: Figure) -> None:
    """Take every text of a figure as it is: dollar signs are no mathematics, and each sign is shown in a font that has
    it, where one is installed."""
    for text in figure.findobj(Text):
        text.set_parse_math(False)
        if not text.get_text().isascii():
            text.set_fontfamily(families(text.get_text()))


def save_png(figure: Figure, file: Path | BinaryIO) -> None:
    """Write a figure at 120 dots an inch, its texts taken literally.

    It is drawn once, where `Figure.savefig` draws a figure with a layout twice; a run waits for its figures.
    """
    from PIL import Image

    literal(figure)
    figure.set_dpi(120)
    canvas = FigureCanvasAgg(figure)
    with quiet():
        canvas.draw()
    Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB").save(file, "PNG", compress_level=1)


@contextmanager
def quiet() -> Iterator[None]:
    """A block in which signs that no font has are drawn as boxes, and fonts without a bold face as they are, without a
    warning."""
    log = logging.getLogger("matplotlib.font_manager")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=r"Glyph \d+")
            yield
    finally:
        log.setLevel(level)
