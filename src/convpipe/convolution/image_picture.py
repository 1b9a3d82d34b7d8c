"""Conv2D and Conv3D in pictures: channels or slices side by side, each with its part of the kernel below it."""

import numpy as np

from convpipe.convolution import canvas
from convpipe.convolution.canvas import Canvas, text_of
from convpipe.convolution.reference import Step, padded
from convpipe.convolution.scenes import Scene

MARGIN, GAP, TOP = 0.6, 1.0, 1.7  # cells


class ImagePicture:
    """A scene in two dimensions with some channels, or in three with one; a frame a position.

    In two dimensions every panel is a channel and the kernel lies on all of them at once; in three every panel is a
    slice, and the kernel lies on some and moves on to the next.
    """

    milliseconds = 1100

    def __init__(self, scene: Scene):
        self.scene, self.steps = scene, scene.steps()
        self.volume = len(scene.layer.size) == 3
        self.first = 0 if self.volume else -1  # the axis of data and kernel that the panels stand for
        data = padded(scene.data, scene.layer)
        self.panels = np.moveaxis(data[..., 0] if self.volume else data, self.first, 0)
        self.kernels = np.moveaxis(scene.kernel[..., 0, 0] if self.volume else scene.kernel[..., 0], self.first, 0)
        self.size = self.panels.shape[1:]
        longest = max(len(text_of(value)) for step in self.steps for value in [*step.products.ravel(), step.total])
        self.cell = 1.4 if longest > 3 else 1.0
        self.frames, self.still = len(self.steps), len(self.steps) // 2

    def draw(self, frame: int, still: bool) -> Canvas:
        step = self.steps[frame]
        sheet = Canvas(self._width(), self._rows()["end"])
        sheet.title(self.scene.title)
        for panel in range(len(self.panels)):
            self._panel(sheet, panel, step)
        self._sum(sheet, step)
        self._output(sheet, frame, still)
        return sheet

    def _panel_width(self) -> float:
        """Of a panel and of the kernel and its products below it, whichever is wider."""
        return max(self.size[1], 2 * self.kernels.shape[2] + 0.8) * self.cell

    def _width(self) -> float:
        return 2 * MARGIN + len(self.panels) * (self._panel_width() + GAP) - GAP

    def _rows(self) -> dict[str, float]:
        """Where each row begins, from the top."""
        panel = TOP + 0.8
        kernel = panel + self.size[0] + 1.1
        total = kernel + self.kernels.shape[1] + 1.1
        return {"panel": panel, "kernel": kernel, "sum": total, "end": total + self._output_shape()[1] + 1.4}

    def _output_shape(self) -> tuple[int, ...]:
        shape = self.scene.layer.output_size
        return shape if self.volume else (1, *shape)

    def _tap(self, panel: int, step: Step) -> int | None:
        """Which part of the kernel lies on a panel, None for a slice that it does not touch."""
        if not self.volume:
            return panel
        tap = panel - step.start[0]
        return tap if 0 <= tap < len(self.kernels) else None

    def _panel(self, sheet: Canvas, panel: int, step: Step) -> None:
        rows, x = self._rows(), MARGIN + panel * (self._panel_width() + GAP)
        name = f"slice {panel}" if self.volume else (self.scene.channel_names or ("input",))[panel]
        sheet.text(x, rows["panel"] - 0.4, name, "label", color=canvas.BLUE)
        sheet.grid(x, rows["panel"], self.panels[panel], self._look(panel, step), self.cell)
        tap = self._tap(panel, step)
        if tap is None:
            return
        right = x + (self.kernels.shape[2] + 0.8) * self.cell
        sheet.text(x, rows["kernel"] - 0.4, "× kernel", "label", color=canvas.ORANGE)
        sheet.text(right, rows["kernel"] - 0.4, "= products", "label", color=canvas.ORANGE)
        sheet.grid(x, rows["kernel"], self.kernels[tap], canvas.KERNEL, self.cell)
        products = self._products(step)[tap]
        sheet.grid(right, rows["kernel"], products, canvas.PRODUCT, self.cell)
        below = rows["kernel"] + products.shape[0] + 0.45
        middle = right + products.shape[1] * self.cell / 2
        sheet.text(middle, below, f"sum {text_of(products.sum())}", "label", "center", bold=True)

    def _products(self, step: Step) -> np.ndarray:
        return np.moveaxis(step.products[..., 0] if self.volume else step.products, self.first, 0)

    def _look(self, panel: int, step: Step):
        """The style of each cell of a panel: read, a zero of the padding, or neither."""
        start = step.start[-2:]
        rows, columns = (range(s, s + k) for s, k in zip(start, self.kernels.shape[1:], strict=True))
        pads = self.scene.layer.pads[-2:]

        def style(row: int, column: int) -> dict:
            places = zip((row, column), pads, self.size, strict=True)
            inside = all(before <= i < size - after for i, (before, after), size in places)
            if self._tap(panel, step) is not None and row in rows and column in columns:
                return canvas.READ | {"dashed": not inside}
            return canvas.PLAIN if inside else canvas.ZERO

        return style

    def _sum(self, sheet: Canvas, step: Step) -> None:
        rows, parts = self._rows(), self._products(step)
        sums = [part.sum() for part in parts]
        terms = [text_of(s) if s >= 0 or i == 0 else f"({text_of(s)})" for i, s in enumerate(sums)]
        y = rows["sum"] + 0.9 + self._output_shape()[1] / 2
        words = f"{' + '.join(terms)} = {text_of(step.total)}"
        left = self._output_left()
        sheet.text(left - 1.5, y, words, "title", "right", canvas.GREEN, True)
        sheet.arrow((left - 1.25, y - 0.05), (left - 0.25, y - 0.05), canvas.GREEN)

    def _output_left(self) -> float:
        """The outputs stand in the middle or further right, so that their sum has room before them."""
        slices, _, columns = self._output_shape()
        width = slices * (columns * self.cell + GAP) - GAP
        return max(min(self._width() * 0.55, self._width() - MARGIN - width), 6.5)

    def _output(self, sheet: Canvas, frame: int, still: bool) -> None:
        rows, (_, _, columns) = self._rows(), self._output_shape()
        for index, step in enumerate(self.steps):
            style = canvas.NOW if index == frame else canvas.DONE if still or index < frame else canvas.WAITING
            part, row, column = step.position if self.volume else (0, *step.position)
            x = self._output_left() + part * (columns * self.cell + GAP)
            if (row, column) == (0, 0):
                name = f"output, slice {part}" if self.volume else "output"
                sheet.text(x, rows["sum"] + 0.5, name, "label", color=canvas.GREEN)
            words = "" if style is canvas.WAITING else text_of(step.total)
            sheet.cell(x + column * self.cell, rows["sum"] + 0.9 + row, words, style, self.cell)
