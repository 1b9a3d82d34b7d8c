"""Any layer in pictures: along each axis, which inputs an output reads."""

from convpipe.convolution.pictures import canvas
from convpipe.convolution.pictures.canvas import Canvas
from convpipe.cost.layer import AXES, Layer
from convpipe.errors import ConfigError

MOST_CELLS, MOST_SPAN, MOST_FRAMES = 24, 48, 12
LEFT, TOP, STRIP = 2.6, 3.3, 4.7  # cells
PREFIXES = {
    "convolution": "Conv{axes}D",
    "transposed": "Conv{axes}DTranspose",
    "depthwise": "DepthwiseConv{axes}D",
    "separable": "SeparableConv{axes}D",
    "pooling": "Pooling{axes}D",
}


class LayerPicture:
    """One frame per position of the kernel, all axes at once; of a long axis, only the beginning is shown.

    Args:
        layer: the layer.

    Raises:
        ConfigError: the kernel spans too many positions to draw.
    """

    milliseconds = 900

    def __init__(self, layer: Layer):
        if (spans := max(layer.receptive_field)) > MOST_SPAN:
            message = f"a kernel that spans {spans} positions is too wide to draw: the limit is {MOST_SPAN}"
            remedy = "lower layer.kernel_size or layer.dilation, or leave out pictures=..."
            raise ConfigError(message, key="layer.kernel_size", value=layer.kernel_size, remedy=remedy)
        self.layer = layer
        self.frames = min(max(self.shown(axis)[1] for axis in range(len(layer.size))), MOST_FRAMES)
        self.still = self.frames // 3

    def shown(self, axis: int) -> tuple[int, int]:
        """Return the number of drawn cells of the padded input along an axis, and of outputs with windows in them."""
        layer = self.layer
        cells = min(layer.size[axis] + sum(layer.pads[axis]), max(MOST_CELLS, layer.receptive_field[axis]))
        return cells, (cells - layer.receptive_field[axis]) // layer.strides[axis] + 1

    def draw(self, frame: int, still: bool) -> Canvas:
        layer, axes = self.layer, range(len(self.layer.size))
        width = LEFT + max(self.shown(axis)[0] for axis in axes) + 1.6
        sheet = Canvas(max(width, 17), TOP + STRIP * len(axes) + 0.2)
        sheet.title(self._title())
        costs = f"{layer.parameters:,} parameters, {layer.multiply_adds:,} multiply-adds per sample"
        sheet.text(0.4, 1.75, f"in {(*layer.size, layer.channels)}, out {layer.output_shape}", "label")
        sheet.text(0.4, 2.45, costs, "label")
        for axis in axes:
            self.strip(sheet, axis, TOP + STRIP * axis, frame, still)
        return sheet

    def _title(self) -> str:
        layer = self.layer
        settings = {"kernel": layer.kernel_size, "stride": layer.strides, "dilation": layer.dilation}
        words = [f"{name} {_times(value)}" for name, value in settings.items()]
        name = PREFIXES[layer.kind].format(axes=len(layer.size))
        padding = f"padding {layer.padding}" if isinstance(layer.padding, str) else "zeros as drawn"
        return f"{name}: {', '.join([*words, padding])}"

    def strip(self, sheet: Canvas, axis: int, y: float, frame: int, still: bool) -> None:
        layer, (cells, outputs) = self.layer, self.shown(axis)
        now, before = frame % outputs, layer.pads[axis][0]
        start = now * layer.strides[axis]
        taps = [start + k * layer.dilation[axis] for k in range(layer.kernel_size[axis])]
        sheet.text(LEFT - 0.3, y + 0.55, AXES[len(layer.size)][axis], "label", "right", canvas.BLUE)
        for cell in range(cells):
            inside = 0 <= cell - before < layer.size[axis]
            style = canvas.READ if cell in taps else canvas.PLAIN if inside else canvas.ZERO
            words = str(cell - before) if inside else "0"
            sheet.cell(LEFT + cell, y, words, style | {"dashed": not inside}, small=len(words) > 2)
        sheet.text(LEFT - 0.3, y + 3.55, "output", "label", "right", canvas.GREEN)
        for output in range(outputs):
            words, style = str(output), canvas.output_style(output, now, still)
            sheet.cell(self._middle(axis, output) - 0.5, y + 3, words, style, small=len(words) > 2)
        for tap in taps:
            sheet.line([LEFT + tap + 0.5, self._middle(axis, now)], [y + 0.98, y + 2.98], canvas.ORANGE, 1.6)
        if cells < layer.size[axis] + sum(layer.pads[axis]):
            for line, size in ((0.55, layer.size), (3.55, layer.output_size)):
                sheet.text(LEFT + cells + 0.15, y + line, f"… {size[axis] - 1}", "label", color=canvas.GRAY)

    def _middle(self, axis: int, output: int) -> float:
        """The middle of the window of an output; the output is below it."""
        return LEFT + output * self.layer.strides[axis] + self.layer.receptive_field[axis] / 2


def _times(values: tuple[int, ...]) -> str:
    return str(values[0]) if len(set(values)) == 1 else " × ".join(map(str, values))
