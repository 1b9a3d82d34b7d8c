"""The canvas of all pictures: colors, cells with numbers in them, and writing of files.

Lengths are in cells; a cell is 0.6 inches wide. Blue is what the kernel reads, orange the kernel, green the output
(three of the colors of Okabe and Ito, 2008, which people with any color vision can distinguish). Each also has its own
place, so that the pictures can be read in gray.
"""

import io
import textwrap
from fractions import Fraction
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Polygon, Rectangle
from PIL import Image

CELL_INCHES = 0.6
DOTS_PER_INCH = 80
INK, GRAY, EDGE, PALE, FLOW, PAPER = "#1d2733", "#66727f", "#b9c2cc", "#e3e7ec", "#f1f6fa", "#ffffff"
BLUE, BLUE_PALE = "#0072b2", "#d3e6f4"
ORANGE, ORANGE_PALE = "#b35900", "#fde3c3"
GREEN, GREEN_PALE = "#00795a", "#cfeadf"
ORANGES = (ORANGE_PALE, "#f6c88c", "#e9ad63")  # front, top and right side of a solid
GREENS, DARK_GREENS = (GREEN_PALE, "#b5dfcd", "#9fd3bd"), (GREEN, "#00664c", "#005540")
PLAIN = {"face": PAPER, "edge": EDGE, "ink": INK}
ZERO = {"face": "#f4f6f8", "edge": EDGE, "ink": GRAY, "dashed": True}
READ = {"face": BLUE_PALE, "edge": BLUE, "ink": INK}
KERNEL = {"face": ORANGE_PALE, "edge": ORANGE, "ink": INK}
PRODUCT = {"face": PAPER, "edge": ORANGE, "ink": INK}
DONE = {"face": GREEN_PALE, "edge": GREEN, "ink": INK}
NOW = {"face": GREEN, "edge": GREEN, "ink": PAPER}
WAITING = {"face": PAPER, "edge": PALE, "ink": PALE}
ROUNDED = "round,pad=0,rounding_size=0.12"
LETTERS_PER_CELL = 4.2  # of a headline
SIZES = {"title": 17, "note": 14, "cell": 15, "label": 15}
LAST_FRAME_MILLISECONDS = 2600
DRAWING: dict = {
    "svg.fonttype": "path",
    "svg.hashsalt": "convpipe",
    "font.family": "DejaVu Sans",
    "path.simplify": True,
}


def text_of(value: float) -> str:
    """Format a number for a cell: with a true minus sign, and as a fraction if its decimals do not fit.

    >>> text_of(-0.18), text_of(3.0), text_of(4 / 27), text_of(0.125)
    ('−0.18', '3', '4/27', '0.125')
    """
    words = f"{value:.4g}"
    fraction = Fraction(float(value)).limit_denominator(99)
    if len(words.lstrip("-")) > 5 and abs(float(fraction) - value) < 1e-9:
        words = str(fraction)
    return words.replace("-", "−")


def sum_of(parts, total: float) -> str:
    """Format a sum for a picture; negative terms after the first are in parentheses.

    >>> sum_of([-2, -1], -3)
    '−2 + (−1) = −3'
    """
    terms = [text_of(part) if part >= 0 or number == 0 else f"({text_of(part)})" for number, part in enumerate(parts)]
    return f"{' + '.join(terms)} = {text_of(total)}"


def output_style(number: int, now: int, still: bool) -> dict:
    """Return the style of an output while the kernel is at output `now`; in a still picture, no output is waiting."""
    return NOW if number == now else DONE if still or number < now else WAITING


class Canvas:
    """An empty sheet of `width` x `height` cells; y grows downwards.

    Args:
        width, height: in cells.
    """

    def __init__(self, width: float, height: float):
        self.width, self.height = width, height
        self.figure = Figure(figsize=(width * CELL_INCHES, height * CELL_INCHES), facecolor=PAPER)
        self.axes = self.figure.add_axes((0, 0, 1, 1))
        self.axes.set(xlim=(0, width), ylim=(height, 0))
        self.axes.set_axis_off()

    def title(self, words: str) -> None:
        """Write a headline across the sheet, on several lines if needed."""
        letters = int(self.width * LETTERS_PER_CELL)
        self.text(0.4, 0.8, "\n".join(textwrap.wrap(words, letters)), "title", bold=True)

    def text(self, x: float, y: float, words: str, kind="note", align="left", color=INK, bold=False) -> None:
        weight, place = "bold" if bold else "normal", "center" if "\n" in words else "center_baseline"
        self.axes.text(x, y, words, fontsize=SIZES[kind], ha=align, va=place, color=color, weight=weight, zorder=5)

    def cell(self, x: float, y: float, words: str, style: dict, width: float = 1, small: bool = False) -> None:
        """Draw a rounded cell with its upper left corner at (x, y); a waiting cell shows no words."""
        gap, dashes = 0.06, (0, (3, 2)) if style.get("dashed") else "solid"
        box = FancyBboxPatch((x + gap, y + gap), width - 2 * gap, 1 - 2 * gap, boxstyle=ROUNDED, zorder=2)
        box.set(facecolor=style["face"], edgecolor=style["edge"], linewidth=1.6, linestyle=dashes)
        self.axes.add_patch(box)
        words, size = "" if style is WAITING else words, SIZES["cell"] - (3 if small else 0)
        label = self.axes.text(x + width / 2, y + 0.5, words, ha="center", va="center_baseline", zorder=4)
        label.set(fontsize=size, color=style["ink"])

    def grid(self, x: float, y: float, values: np.ndarray, style, width: float = 1) -> None:
        """Draw rows and columns of cells; `style` is one style or a function of (row, column)."""
        for (row, column), value in np.ndenumerate(values):
            look = style(row, column) if callable(style) else style
            self.cell(x + column * width, y + row, text_of(value), look, width)

    def band(self, x: float, y: float, width: float, height: float, color: str) -> None:
        """Draw a plain area behind everything."""
        self.axes.add_patch(Rectangle((x, y), width, height, facecolor=color, edgecolor="none", zorder=0))

    def frame(self, x: float, y: float, width: float, height: float, color: str) -> None:
        """Draw the outline of an area in front of its content."""
        self.shape([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], "none", color, 3, 4)

    def shape(self, corners, face: str, edge: str, width: float = 1, zorder: float = 3) -> None:
        """Draw a polygon."""
        self.axes.add_patch(Polygon(corners, facecolor=face, edgecolor=edge, linewidth=width, zorder=zorder))

    def picture(self, x: float, y: float, width: float, height: float, values: np.ndarray, colors) -> None:
        """Draw values from -1 to 1 as colors, from the first of `colors` to the last."""
        shades = LinearSegmentedColormap.from_list("values", colors)
        place = (x, x + width, y + height, y)
        self.axes.imshow(values, cmap=shades, vmin=-1, vmax=1, extent=place, aspect="auto", interpolation="nearest")
        self.axes.set(xlim=(0, self.width), ylim=(self.height, 0))  # imshow changes the limits
        self.frame(x, y, width, height, EDGE)

    def line(self, xs, ys, color: str, width: float = 2, zorder: float = 1) -> None:
        self.axes.plot(xs, ys, color=color, linewidth=width, zorder=zorder)

    def dots(self, xs, ys, color: str, size: float = 60) -> None:
        self.axes.scatter(xs, ys, s=size, color=color, edgecolor=PAPER, linewidth=1.2, zorder=3)

    def arrow(self, start, end) -> None:
        style = {"arrowstyle": "-|>", "color": GREEN, "linewidth": 2, "mutation_scale": 18, "shrinkA": 0, "shrinkB": 0}
        self.axes.annotate("", xy=end, xytext=start, arrowprops=style, zorder=4)


def write(picture, folder: str, name: str) -> list[Path]:
    """Write a still SVG of one frame and, if there are several, an animated GIF of all frames.

    Args:
        picture: an object with `frames` (number of frames), `still` (index of the still frame), `milliseconds` (per
            frame) and `draw(frame, still)`, which returns a Canvas; with still=True it shows all outputs, not only
            those that the kernel has passed.
        folder: output folder, created if missing.
        name: name of the files, without suffix.

    Returns:
        The paths of the files.
    """
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    paths = [target / f"{name}.svg", target / f"{name}.gif"]
    with matplotlib.rc_context(DRAWING):
        # No date, so that the same picture gives the same bytes.
        picture.draw(picture.still, True).figure.savefig(paths[0], format="svg", metadata={"Date": None})
        if picture.frames == 1:
            return paths[:1]
        images = [_pixels(picture.draw(frame, False)) for frame in range(picture.frames)]
    durations = [picture.milliseconds] * (picture.frames - 1) + [LAST_FRAME_MILLISECONDS]
    # With one palette, colors do not change between frames, and a frame stores only its differences.
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for color in _palette() for part in color])
    images = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]
    images[0].save(paths[1], save_all=True, append_images=images[1:], duration=durations, loop=0, optimize=True)
    return paths


def _pixels(sheet: Canvas):
    """A frame as an RGB image."""
    page = io.BytesIO()
    sheet.figure.savefig(page, format="png", dpi=DOTS_PER_INCH)
    return Image.open(page).convert("RGB")


def _palette() -> list[tuple[int, ...]]:
    """The colors of the pictures, and blends of each ink with each background for the edges of letters."""
    grounds = (PAPER, BLUE_PALE, ORANGE_PALE, GREEN_PALE)
    pairs = [(ink, ground) for ink in (INK, GRAY, EDGE, BLUE, ORANGE, GREEN) for ground in grounds]
    blends = {_blend(*pair, share / 8) for pair in [*pairs, (PAPER, GREEN)] for share in range(9)}
    return sorted(blends | {_blend(shade, PAPER, 1) for shade in (*ORANGES, *GREENS, *DARK_GREENS, FLOW, PALE)})


def _blend(ink: str, ground: str, share: float) -> tuple[int, ...]:
    pairs = zip(bytes.fromhex(ink[1:]), bytes.fromhex(ground[1:]), strict=True)
    return tuple(round(a * share + b * (1 - share)) for a, b in pairs)
