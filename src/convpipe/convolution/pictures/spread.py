"""A transposed layer in pictures: along each axis, which outputs an input adds to."""

from convpipe.convolution.pictures import canvas
from convpipe.convolution.pictures.canvas import Canvas
from convpipe.convolution.pictures.layer import LEFT, MOST_CELLS, LayerPicture
from convpipe.cost.layer import AXES


class SpreadPicture(LayerPicture):
    """Like its base class, but with one frame per input, which adds to several outputs; without cropped outputs."""

    def shown(self, axis: int) -> tuple[int, int]:
        """Return the number of drawn outputs along an axis, and of inputs that add only to them."""
        layer = self.layer
        cells = min(layer.output_size[axis], max(MOST_CELLS, self._span(axis)))
        inputs = (cells + layer.pads[axis][0] - self._span(axis)) // layer.strides[axis] + 1
        return cells, layer.size[axis] if cells == layer.output_size[axis] else max(inputs, 1)

    def _span(self, axis: int) -> int:
        return (self.layer.kernel_size[axis] - 1) * self.layer.dilation[axis] + 1

    def reached(self, axis: int, index: int) -> list[int]:
        """Return the outputs that an input adds to, including those that are not drawn."""
        layer = self.layer
        first = index * layer.strides[axis] - layer.pads[axis][0]
        return [first + tap * layer.dilation[axis] for tap in range(layer.kernel_size[axis])]

    def strip(self, sheet: Canvas, axis: int, y: float, frame: int, still: bool) -> None:
        layer, (cells, inputs) = self.layer, self.shown(axis)
        now = frame % inputs
        reached = [place for place in self.reached(axis, now) if 0 <= place < cells]
        sheet.text(LEFT - 0.3, y + 0.55, AXES[len(layer.size)][axis], "label", "right", canvas.BLUE)
        sheet.text(LEFT - 0.3, y + 3.55, "output", "label", "right", canvas.GREEN)
        for index in range(inputs):
            words, style = str(index), canvas.READ if index == now else canvas.PLAIN
            sheet.cell(self._above(axis, index) - 0.5, y, words, style, small=len(words) > 2)
        for place in range(cells):
            passed = still or place <= max(reached, default=-1)
            style = canvas.NOW if place in reached else canvas.DONE if passed else canvas.WAITING
            sheet.cell(LEFT + place, y + 3, str(place), style, small=place > 99)
        for place in reached:
            ends = [self._above(axis, now), LEFT + place + 0.5]
            sheet.line(ends, [y + 0.98, y + 2.98], canvas.ORANGE, 1.6)
        if cells < layer.output_size[axis]:
            for line, size in ((0.55, layer.size), (3.55, layer.output_size)):
                sheet.text(LEFT + cells + 0.15, y + line, f"… {size[axis] - 1}", "label", color=canvas.GRAY)

    def _above(self, axis: int, index: int) -> float:
        """The middle of the outputs that an input adds to; the input is above it."""
        first = index * self.layer.strides[axis] - self.layer.pads[axis][0]
        return LEFT + max(first + self._span(axis) / 2, 0.5)
