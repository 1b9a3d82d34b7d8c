"""Which channels a filter reads: convolution, groups, depthwise and separable layers as dots and lines."""

from dataclasses import dataclass

from convpipe.convolution.pictures import canvas
from convpipe.convolution.pictures.canvas import Canvas

TOP, PANEL, ROW, COLUMN = 4.6, 9.6, 1.3, 3.6  # cells: first row of dots, panel width, distances of dots down and across
CHANNELS, KERNEL = 4, 3  # channels and kernel size of the layers


@dataclass(frozen=True)
class Links:
    """A layer with four channels and kernel size three: which output reads which channel.

    Args:
        title: name of the layer.
        stages: sets of lines, each a list of (channel, output).
        weights: arithmetic of the number of weights.
    """

    title: str
    stages: tuple[list[tuple[int, int]], ...]
    weights: str


ALL = [(channel, output) for channel in range(CHANNELS) for output in range(CHANNELS)]
EACH = [(channel, channel) for channel in range(CHANNELS)]
HALVES = [(channel, output) for channel, output in ALL if channel // 2 == output // 2]
KINDS = {
    "convolution": Links("Conv1D", (ALL,), f"{KERNEL} × {CHANNELS} × {CHANNELS} = {KERNEL * len(ALL)} weights"),
    "groups": Links("Conv1D, groups=2", (HALVES,), f"{KERNEL} × 2 × {CHANNELS} = {KERNEL * len(HALVES)} weights"),
    "depthwise": Links("DepthwiseConv1D", (EACH,), f"{KERNEL} × {CHANNELS} = {KERNEL * len(EACH)} weights"),
    "separable": Links(
        "SeparableConv1D",
        (EACH, ALL),
        f"{KERNEL} × {CHANNELS} + {CHANNELS} × {CHANNELS} = {KERNEL * len(EACH) + len(ALL)} weights",
    ),
}


class LinksPicture:
    """A still picture with one panel per kind.

    Args:
        kinds: keys of `KINDS`.
    """

    frames, still, milliseconds = 1, 0, 1000

    def __init__(self, kinds: tuple[str, ...]):
        self.links = [KINDS[kind] for kind in kinds]

    def draw(self, frame: int, still: bool) -> Canvas:
        sheet = Canvas(len(self.links) * PANEL + 0.6, TOP + ROW * CHANNELS + 0.2)
        sheet.title(f"Which channels a filter reads: {CHANNELS} channels, {CHANNELS} filters, kernel size {KERNEL}")
        for number, links in enumerate(self.links):
            self._panel(sheet, links, 1 + number * PANEL)
        return sheet

    def _panel(self, sheet: Canvas, links: Links, x: float) -> None:
        sheet.text(x - 0.4, 2.0, links.title, "label", bold=True)
        sheet.text(x - 0.4, 2.7, links.weights, "label", color=canvas.ORANGE)
        columns = [x + COLUMN * number for number in range(len(links.stages) + 1)]
        sheet.text(x - 0.4, TOP - 0.9, "channels", "label", color=canvas.BLUE)
        sheet.text(columns[-1], TOP - 0.9, "output", "label", "center", canvas.GREEN)
        for number, stage in enumerate(links.stages):
            for source, target in stage:
                ends = [TOP + ROW * source, TOP + ROW * target]
                sheet.line(columns[number : number + 2], ends, canvas.ORANGE, 1.8)
        rows = [TOP + ROW * row for row in range(CHANNELS)]
        for number, column in enumerate(columns):
            color = canvas.BLUE if number == 0 else canvas.GREEN
            sheet.dots([column] * CHANNELS, rows, color, 260)
