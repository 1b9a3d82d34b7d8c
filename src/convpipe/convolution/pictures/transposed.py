"""A transposed convolution in pictures: each input value adds a scaled kernel to the output."""

import numpy as np

from convpipe.convolution.pictures import canvas
from convpipe.convolution.pictures.canvas import Canvas, text_of
from convpipe.convolution.transposed import Spread

LEFT, TOP = 4.2, 1.6  # cells: left edge of the output's columns, and top of the input


class TransposedPicture:
    """One frame per input value, with one row of products each; the sums of the columns are the output.

    Args:
        scene: a series and a kernel with one channel each.
    """

    milliseconds = 1600

    def __init__(self, scene: Spread):
        self.scene, self.products = scene, scene.products()
        self.frames, self.still = len(scene.data), 1
        self.rows_top = TOP + 3.0
        self.output_top = self.rows_top + len(scene.data) + 0.5

    def draw(self, frame: int, still: bool) -> Canvas:
        sheet = Canvas(LEFT + self.products.shape[1] + 2.6, self.output_top + 2.2)
        steps, positions = self.products.shape
        sheet.title(f"Conv1DTranspose, stride {self.scene.stride}: {steps} values in, {positions} out")
        self._input(sheet, frame)
        for row in range(frame + 1 if not still else steps):
            self._products(sheet, row, row == frame)
        self._output(sheet, frame, still)
        return sheet

    def _label(self, sheet: Canvas, y: float, words: str, color: str) -> None:
        sheet.text(LEFT - 0.35, y, words, "label", "right", color)

    def _input(self, sheet: Canvas, frame: int) -> None:
        """Draw the input spaced by the stride, each value above the first output that it adds to, and the kernel."""
        first = frame * self.scene.stride
        self._label(sheet, TOP + 0.5, "input", canvas.BLUE)
        for index, value in enumerate(self.scene.data):
            style = canvas.READ if index == frame else canvas.PLAIN
            sheet.cell(LEFT + index * self.scene.stride, TOP, text_of(value), style)
        self._label(sheet, TOP + 2, "× kernel", canvas.ORANGE)
        for tap, weight in enumerate(self.scene.kernel):
            sheet.line([LEFT + first + 0.5, LEFT + first + tap + 0.5], [TOP + 0.98, TOP + 1.5], canvas.ORANGE, 1.6)
            sheet.cell(LEFT + first + tap, TOP + 1.5, text_of(weight), canvas.KERNEL)

    def _products(self, sheet: Canvas, row: int, now: bool) -> None:
        y, words = self.rows_top + row, f"{text_of(self.scene.data[row])} × kernel"
        self._label(sheet, y + 0.5, words, canvas.ORANGE if now else canvas.GRAY)
        for column, value in enumerate(self.products[row]):
            if not np.isnan(value):
                sheet.cell(LEFT + column, y, text_of(value), canvas.PRODUCT if now else canvas.PLAIN)

    def _output(self, sheet: Canvas, frame: int, still: bool) -> None:
        """Draw the sum of each column over the rows so far; dark where the current input value adds something."""
        shown = self.products if still else self.products[: frame + 1]
        self._label(sheet, self.output_top + 0.5, "sum = output", canvas.GREEN)
        for column in range(shown.shape[1]):
            reached = not np.isnan(shown[:, column]).all()
            touched = not np.isnan(self.products[frame, column])
            style = canvas.NOW if touched else canvas.DONE if reached else canvas.WAITING
            total = np.nansum(shown[:, column])
            sheet.cell(LEFT + column, self.output_top, text_of(total), style)
            sheet.text(LEFT + column + 0.5, self.output_top + 1.4, str(column), "note", "center", canvas.GRAY)
        self._label(sheet, self.output_top + 1.4, "position", canvas.GRAY)
