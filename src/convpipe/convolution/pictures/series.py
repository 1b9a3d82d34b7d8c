"""Conv1D in pictures: channels in rows, steps in columns, the kernel below the steps that it reads."""

import numpy as np

from convpipe.convolution.pictures import canvas
from convpipe.convolution.pictures.canvas import Canvas, sum_of, text_of
from convpipe.convolution.scenes import Scene

LABELS = 3.2  # cells on the left for the names of rows; more if a name is long
LETTER = 0.25  # cells per letter of such a name
NARROWEST = 16  # minimum width in cells, so that a title fits
CURVE = 2.4  # height of a curve in cells


class SeriesPicture:
    """A scene in one dimension, with one frame per position.

    Args:
        scene: a scene of (steps, channels), few enough of both to be readable.
        curves: whether to draw input and output also as curves (one channel).
    """

    milliseconds = 1100

    def __init__(self, scene: Scene, curves: bool = False):
        self.scene, self.curves = scene, curves
        self.steps, self.layer = scene.steps(), scene.layer
        self.channels, self.size = scene.kernel.shape[1], scene.kernel.shape[0]
        longest = max(len(text_of(v)) for v in [*scene.data.ravel(), *scene.kernel.ravel()])
        self.cell = 1.75 if scene.labels else 1.4 if longest > 2 else 1.0
        self.frames, self.still = len(self.steps), len(self.steps) // 3
        self.labels = max(LABELS, max(map(len, scene.channel_names), default=0) * LETTER + 0.6)
        margin = 3.4 if self.channels > 1 else 0.7
        self.width = max(self.labels + len(scene.data) * self.cell + margin, NARROWEST)

    def draw(self, frame: int, still: bool) -> Canvas:
        rows, step = self._rows(), self.steps[frame]
        sheet = Canvas(self.width, rows["end"])
        sheet.title(self.scene.title)
        self._input(sheet, step, rows)
        self._kernel(sheet, step, rows)
        self._outputs(sheet, frame, still, rows)
        return sheet

    def _rows(self) -> dict[str, float]:
        """Top of each row."""
        heights = {
            "curve": CURVE if self.curves else 0,
            "words": 0.8 if self.scene.labels else 0,
            "input": self.channels + 0.25,
            "kernel": self.channels + 0.25,
            "products": self.channels + 0.1,
            "sum": 1.15,
            "output": 1.2,
            "output_curve": CURVE + 0.7 if self.curves else 0,
        }
        rows, y = {}, 1.6
        for name, height in heights.items():
            rows[name], y = y, y + height
        return rows | {"end": y + 0.25}

    def _x(self, step: float) -> float:
        return self.labels + step * self.cell

    def _taps(self, step) -> list[int]:
        """The input steps under the kernel."""
        return [step.start[0] + k * self.layer.dilation[0] for k in range(self.size)]

    def _label(self, sheet: Canvas, y: float, words: str, color: str = canvas.INK) -> None:
        sheet.text(self.labels - 0.35, y, words, "label", "right", color)

    def _input(self, sheet: Canvas, step, rows) -> None:
        """Draw the steps, and a pale band from those that the kernel reads down to the output."""
        data, taps = self.scene.data, self._taps(step)
        top = rows["curve"] if self.curves else rows["words"]
        sheet.band(self._x(taps[0]), top, (taps[-1] - taps[0] + 1) * self.cell, rows["sum"] - top, canvas.FLOW)
        if self.curves:
            middle = [self._x(t + 0.5) for t in range(len(data))]
            heights = _scaled(data[:, 0], rows["curve"] + 0.15, CURVE - 0.5)
            sheet.line(middle, heights, canvas.GRAY)
            sheet.dots(middle, heights, canvas.GRAY)
            sheet.dots([middle[t] for t in taps], [heights[t] for t in taps], canvas.BLUE, 110)
        for t, word in enumerate(self.scene.labels):
            color = canvas.BLUE if t in taps else canvas.INK
            sheet.text(self._x(t + 0.5), rows["words"] + 0.4, word, "label", "center", color, t in taps)
        look = lambda row, column: canvas.READ if column in taps else canvas.PLAIN  # noqa: E731
        sheet.grid(self._x(0), rows["input"], data.T, look, self.cell)
        for channel, name in enumerate(self.scene.channel_names or ("input",)):
            self._label(sheet, rows["input"] + channel + 0.5, name, canvas.BLUE)

    def _kernel(self, sheet: Canvas, step, rows) -> None:
        weights = self.scene.kernel[..., 0]
        for k, t in enumerate(self._taps(step)):
            sheet.grid(self._x(t), rows["kernel"], weights[k][:, None], canvas.KERNEL, self.cell)
            sheet.grid(self._x(t), rows["products"], step.products[k][:, None], canvas.PRODUCT, self.cell)
        for row, words in (("kernel", "× kernel"), ("products", "= products")):
            self._label(sheet, rows[row] + self.channels / 2, words, canvas.ORANGE)
        if self.channels > 1:
            right = self._x(self._taps(step)[-1] + 1) + 0.15
            for channel in range(self.channels):
                total = text_of(step.products[:, channel].sum())
                sheet.text(right, rows["products"] + channel + 0.5, f"→ {total}", "label", color=canvas.INK)

    def _outputs(self, sheet: Canvas, frame: int, still: bool, rows) -> None:
        step, center = self.steps[frame], self._center(self.steps[frame])
        words = sum_of(step.products.sum(axis=0) if self.channels > 1 else step.products[:, 0], step.total)
        self._label(sheet, rows["sum"] + 0.5, "sum", canvas.GREEN)
        half = len(words) * 0.115 + 0.1
        inside = min(max(center, self.labels + half - 0.3), self.width - half)  # keeps the words inside the sheet
        sheet.text(inside, rows["sum"] + 0.45, words, "label", "center", canvas.GREEN, True)
        sheet.arrow((center, rows["sum"] + 0.78), (center, rows["output"] + 0.04))
        self._label(sheet, rows["output"] + 0.5, "output", canvas.GREEN)
        for index, other in enumerate(self.steps):
            x, style = self._center(other) - self.cell / 2, canvas.output_style(index, frame, still)
            sheet.cell(x, rows["output"], text_of(other.total), style, self.cell)
        if self.curves:
            self._output_curve(sheet, frame, still, rows["output_curve"] + 0.35)

    def _center(self, step) -> float:
        taps = self._taps(step)
        return self._x((taps[0] + taps[-1] + 1) / 2)

    def _output_curve(self, sheet: Canvas, frame: int, still: bool, top: float) -> None:
        totals = np.array([step.total for step in self.steps])
        middle = [self._center(step) for step in self.steps]
        heights = _scaled(np.append(totals, 0), top, CURVE - 0.2)
        zero, heights = heights[-1], heights[:-1]
        sheet.line([self._x(0), self._x(len(self.scene.data))], [zero, zero], canvas.EDGE, 1.4)
        self._label(sheet, zero, "0", canvas.GRAY)
        shown = len(totals) if still else frame + 1
        sheet.line(middle[:shown], heights[:shown], canvas.GREEN)
        sheet.dots(middle[:shown], heights[:shown], canvas.GREEN)
        sheet.dots([middle[frame]], [heights[frame]], canvas.GREEN, 200)
        for peak, words in ((totals.argmax(), "a rise: above zero"), (totals.argmin(), "a fall: below zero")):
            if peak < shown:
                sheet.text(middle[peak] + 0.9, heights[peak], words, "label", color=canvas.GREEN)


def _scaled(values, top: float, height: float) -> np.ndarray:
    """Heights on the sheet, the largest value at `top`."""
    low, high = float(np.min(values)), float(np.max(values))
    return top + (high - np.asarray(values, float)) / max(high - low, 1e-9) * height
