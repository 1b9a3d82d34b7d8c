"""A kernel of size one on a hundred channels in pictures, with values as colors, because there are too many."""

import numpy as np

from convpipe.convolution.pictures import canvas
from convpipe.convolution.pictures.canvas import Canvas, text_of
from convpipe.convolution.scenes import Scene

TOP, TALL, WIDE = 2.7, 10.0, 1.3  # cells
INPUT, KERNEL, PRODUCTS, OUTPUT = 1.4, 8.6, 12.4, 16.2  # left edges
#: Colors of the lowest and the highest value; gray for values that are not read.
READ, KERNELS, OTHERS = ("#ffffff", canvas.BLUE), ("#ffffff", canvas.ORANGE), ("#ffffff", canvas.GRAY)


class ChannelsPicture:
    """One frame per position; rows are channels, as in PyTorch.

    Args:
        scene: a scene of (steps, channels) with a kernel of size one.
    """

    milliseconds = 1400

    def __init__(self, scene: Scene):
        self.scene, self.steps = scene, scene.steps()
        self.frames, self.still = len(self.steps), 1

    def draw(self, frame: int, still: bool) -> Canvas:
        step, channels = self.steps[frame], self.scene.data.shape[1]
        sheet = Canvas(OUTPUT + 4 * WIDE + 0.8, TOP + TALL + 2.1)
        sheet.title(f"Kernel size 1, yet {channels} products: a kernel always spans all channels")
        self._input(sheet, frame)
        self._strip(sheet, KERNEL, self.scene.kernel[0], KERNELS)
        self._strip(sheet, PRODUCTS, step.products[0][:, None], KERNELS)
        names = (INPUT, f"input ({channels}, {len(self.steps)})", canvas.BLUE), (PRODUCTS, "= products", canvas.ORANGE)
        for x, name, color in (*names, (KERNEL, f"× kernel ({channels}, 1)", canvas.ORANGE)):
            sheet.text(x, TOP - 0.45, name, "label", color=color)
        sheet.frame(INPUT + frame * WIDE, TOP - 0.08, WIDE, TALL + 0.16, canvas.INK)
        sheet.text(INPUT - 0.2, TOP + 0.2, "0", "label", "right", canvas.GRAY)
        sheet.text(INPUT - 0.2, TOP + TALL - 0.2, str(channels - 1), "label", "right", canvas.GRAY)
        self._output(sheet, frame, still)
        self._legend(sheet)
        return sheet

    def _input(self, sheet: Canvas, frame: int) -> None:
        """Draw the steps side by side on one scale, the step that is read in blue."""
        data, limit = self.scene.data, np.abs(self.scene.data).max()
        for index, values in enumerate(data):
            colors = READ if index == frame else OTHERS
            sheet.picture(INPUT + index * WIDE, TOP, WIDE, TALL, values[:, None] / limit, colors)

    def _strip(self, sheet: Canvas, x: float, values: np.ndarray, colors: tuple[str, str]) -> None:
        sheet.picture(x, TOP, values.shape[1] * WIDE, TALL, values / np.abs(values).max(), colors)

    def _output(self, sheet: Canvas, frame: int, still: bool) -> None:
        middle, step = TOP + TALL / 2, self.steps[frame]
        sheet.arrow((PRODUCTS + WIDE + 0.3, middle), (OUTPUT - 0.3, middle))
        sheet.text((PRODUCTS + WIDE + OUTPUT) / 2, middle - 0.5, "sum", "label", "center", canvas.GREEN)
        sheet.text(OUTPUT, middle - 1.1, f"output (1, {len(self.steps)})", "label", color=canvas.GREEN)
        sheet.text(OUTPUT, middle + 1.1, f"sum of {step.products.size} products:", "label")
        sheet.text(OUTPUT, middle + 1.8, text_of(step.total), "title", color=canvas.GREEN, bold=True)
        for index, other in enumerate(self.steps):
            style = canvas.output_style(index, frame, still)
            sheet.cell(OUTPUT + index * WIDE, middle - 0.5, text_of(other.total), style, WIDE)

    def _legend(self, sheet: Canvas) -> None:
        y = TOP + TALL + 0.7
        sheet.picture(INPUT, y, 4 * WIDE, 0.45, np.linspace(-1, 1, 64)[None], OTHERS)
        sheet.text(INPUT, y + 0.95, "lowest", "label", color=canvas.GRAY)
        sheet.text(INPUT + 4 * WIDE, y + 0.95, "highest", "label", "right", canvas.GRAY)
