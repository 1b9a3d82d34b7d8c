"""Conv2D and Conv3D in pictures: channels or slices side by side, each above its part of the kernel."""

import numpy as np

from convpipe.convolution.pictures import canvas
from convpipe.convolution.pictures.canvas import Canvas, sum_of, text_of
from convpipe.convolution.reference import Step, padded
from convpipe.convolution.scenes import Scene

MARGIN, GAP, PANEL = 0.6, 1.0, 2.5  # cells; PANEL is the top of the panels


class ImagePicture:
    """A scene in two dimensions with several channels, or in three with one channel; one frame per position.

    In two dimensions, each panel is a channel, and the kernel covers all of them. In three, each panel is a slice, and
    the kernel covers some of them and moves to the next.
    """

    milliseconds = 1100

    def __init__(self, scene: Scene):
        self.scene, self.steps = scene, scene.steps()
        self.volume = len(scene.layer.size) == 3
        self.first = 0 if self.volume else -1  # axis of data and kernel along which the panels are taken
        data = padded(scene.data, scene.layer)
        self.panels = np.moveaxis(data[..., 0] if self.volume else data, self.first, 0)
        self.kernels = np.moveaxis(scene.kernel[..., 0, 0] if self.volume else scene.kernel[..., 0], self.first, 0)
        self.size = self.panels.shape[1:]
        longest = max(len(text_of(value)) for step in self.steps for value in [*step.products.ravel(), step.total])
        self.cell = 1.4 if longest > 3 else 1.0
        self.frames, self.still = len(self.steps), len(self.steps) // 2
        sizes = scene.layer.output_size
        self.slices, self.rows, self.columns = sizes if self.volume else (1, *sizes)  # of the output
        # The width of a panel or of the kernel and its products below it, whichever is larger.
        self.panel_width = max(self.size[1], 2 * self.kernels.shape[2] + 0.8) * self.cell
        self.width = 2 * MARGIN + len(self.panels) * (self.panel_width + GAP) - GAP
        self.kernel_y = PANEL + self.size[0] + 1.1
        self.sum_y = self.kernel_y + self.kernels.shape[1] + 1.1

    def draw(self, frame: int, still: bool) -> Canvas:
        sheet = Canvas(self.width, self.sum_y + self.rows + 1.4)
        sheet.title(self.scene.title)
        for panel in range(len(self.panels)):
            self._panel(sheet, panel, self.steps[frame])
        self._output(sheet, frame, still)
        return sheet

    def _tap(self, panel: int, step: Step) -> int | None:
        """Index of the kernel part on a panel; None for a slice outside the kernel."""
        if not self.volume:
            return panel
        tap = panel - step.start[0]
        return tap if 0 <= tap < len(self.kernels) else None

    def _panel(self, sheet: Canvas, panel: int, step: Step) -> None:
        x = MARGIN + panel * (self.panel_width + GAP)
        name = f"slice {panel}" if self.volume else (self.scene.channel_names or ("input",))[panel]
        sheet.text(x, PANEL - 0.4, name, "label", color=canvas.BLUE)
        sheet.grid(x, PANEL, self.panels[panel], self._look(panel, step), self.cell)
        tap = self._tap(panel, step)
        if tap is None:
            return
        right = x + (self.kernels.shape[2] + 0.8) * self.cell
        sheet.text(x, self.kernel_y - 0.4, "× kernel", "label", color=canvas.ORANGE)
        sheet.text(right, self.kernel_y - 0.4, "= products", "label", color=canvas.ORANGE)
        sheet.grid(x, self.kernel_y, self.kernels[tap], canvas.KERNEL, self.cell)
        products = self._products(step)[tap]
        sheet.grid(right, self.kernel_y, products, canvas.PRODUCT, self.cell)
        below = self.kernel_y + products.shape[0] + 0.45
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

    def _output(self, sheet: Canvas, frame: int, still: bool) -> None:
        """Draw the outputs in the middle or further right, with room for the sum on their left."""
        part_width, top, now = self.columns * self.cell + GAP, self.sum_y + 0.9, self.steps[frame]
        left = max(min(self.width * 0.55, self.width - MARGIN - self.slices * part_width + GAP), 6.5)
        words, y = sum_of([part.sum() for part in self._products(now)], now.total), top + self.rows / 2
        sheet.text(left - 1.5, y, words, "title", "right", canvas.GREEN, True)
        sheet.arrow((left - 1.25, y - 0.05), (left - 0.25, y - 0.05))
        for index, step in enumerate(self.steps):
            part, row, column = step.position if self.volume else (0, *step.position)
            x, style = left + part * part_width, canvas.output_style(index, frame, still)
            if (row, column) == (0, 0):
                name = f"output, slice {part}" if self.volume else "output"
                sheet.text(x, self.sum_y + 0.5, name, "label", color=canvas.GREEN)
            sheet.cell(x + column * self.cell, top + row, text_of(step.total), style, self.cell)
