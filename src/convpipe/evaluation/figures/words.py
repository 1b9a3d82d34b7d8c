"""Text in figures: wrapped to the available width, in fonts that have its characters, without math parsing."""

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
#: Distance between the edge of a figure and its title, in inches.
MARGIN = 0.1
#: Line height as a multiple of the font size.
LINE = 1.35


def title(figure: Figure, headline: str, context: FigureContext, note: str = "") -> None:
    """Write headline, context and note above the panels; the height of the figure grows by that of the text.

    Args:
        figure: with all its panels, with constrained layout or none.
        headline: in bold.
        context: dataset, model, seed and part, in gray.
        note: additional explanation, in gray.
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
    """Wrap a text to lines of at most `inches`.

    Lines break after blanks and separators, inside words only if necessary, and never between a number and its %.

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
        for character in word:
            if lines[-1] and _width(lines[-1] + character, size, weight) > inches:
                lines.append("")
            lines[-1] += character
    return [line.strip().replace("\u00a0", " ") for line in lines]


def short(text: str, limit: int = 20) -> str:
    """Truncate a text at its end."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def tail(sample_id: str, limit: int = 34) -> str:
    """Truncate a sample id at its beginning, since the end of a path is more specific."""
    return sample_id if len(sample_id) <= limit else "…" + sample_id[1 - limit :]


def _width(text: str, size: float, weight: str) -> float:
    """Return the width of a text in inches."""
    font = FontProperties(family=families(text), size=size, weight=weight)
    with quiet():
        return text_to_path.get_text_width_height_descent(text, font, ismath=False)[0] / 72


def families(text: str) -> list[str]:
    """Return the default font, and the installed fonts that are needed for characters that it lacks."""
    default = FontProperties()
    missing = frozenset(map(ord, text)) - _glyphs(findfont(default))
    return [*default.get_family(), *(_fallback_fonts(missing) if missing else ())]


@cache
def _fallback_fonts(missing: frozenset[int]) -> tuple[str, ...]:
    """Return the names of installed fonts that together have the missing characters, as far as possible."""
    names: list[str] = []
    _add_new_fonts()
    plain = [font for font in fontManager.ttflist if font.style == "normal" and "Last Resort" not in font.name]
    for font in sorted(plain, key=lambda font: ("Sans" not in font.name, font.weight != 400, font.name)):
        if own := missing & _glyphs(font.fname):
            missing -= own
            names.append(font.name)
    return tuple(dict.fromkeys(names))


def _add_new_fonts() -> None:
    """Add fonts that were installed after matplotlib built its font list."""
    known = {font.fname for font in fontManager.ttflist}
    for path in set(findSystemFonts()) - known:
        with suppress(Exception):  # unsupported fonts, such as color bitmap fonts
            fontManager.addfont(path)


@cache
def _glyphs(path: str) -> frozenset[int]:
    """Return the code points that a font has, and those without a visible glyph."""
    try:
        return frozenset(get_font(path).get_charmap()) | frozenset(map(ord, "\n\t\u200b\u200c\u200d\ufe0e\ufe0f"))
    except (OSError, RuntimeError):
        return frozenset()


def literal(figure: Figure) -> None:
    """Show all text of a figure literally: without math parsing of dollar signs, in installed fonts that have the
    characters."""
    for text in figure.findobj(Text):
        text.set_parse_math(False)
        if not text.get_text().isascii():
            text.set_fontfamily(families(text.get_text()))


def save_png(figure: Figure, file: Path | BinaryIO) -> None:
    """Write a figure with 120 dpi and literal text.

    The figure is drawn only once; `Figure.savefig` draws a figure with a layout engine twice.
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
    """Suppress the warnings about missing glyphs and missing bold fonts in a block."""
    log = logging.getLogger("matplotlib.font_manager")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=r"Glyph \d+")
            yield
    finally:
        log.setLevel(level)
