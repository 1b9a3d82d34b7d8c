"""A whole network in a picture: output, cost and receptive field of each layer."""

from convpipe.convolution.pictures import canvas
from convpipe.convolution.pictures.canvas import Canvas
from convpipe.convolution.run_network import significant_rows
from convpipe.cost.model_cost import ModelCost, Row

TOP, HEIGHT = 4.0, 0.74  # cells
NAME, SHAPE, COST, FIELD, BAR = 0.4, 8.4, 11.8, 18.2, 3.4  # left edges of columns, and length of the longest bar


class NetworkPicture:
    """A still picture; bars compare the layers of a network.

    Args:
        cost: cost of the network.
        shape: shape of a sample, for the title.
    """

    frames, still, milliseconds = 1, 0, 1000

    def __init__(self, cost: ModelCost, shape: tuple[int, ...]):
        self.cost, self.shape = cost, shape
        # Normalization has weights but changes nothing that this picture shows.
        self.rows = [row for row in significant_rows(cost) if row.kind != "BatchNormalization"]

    def draw(self, frame: int, still: bool) -> Canvas:
        sheet = Canvas(24.2, TOP + HEIGHT * len(self.rows) + 0.6)
        sheet.title(f"Layers of the network, for a sample of shape {self.shape}")
        totals = f"{self.cost.parameters:,} parameters, {self.cost.multiply_adds:,} multiply-adds"
        field = " × ".join(map(str, self.cost.receptive_field)) or "all"
        sheet.text(NAME, 1.9, f"{totals}, receptive field {field}", "label")
        heads = ((NAME, "layer", canvas.INK), (SHAPE, "output", canvas.BLUE), (COST, "multiply-adds", canvas.ORANGE))
        for x, words, color in (*heads, (FIELD, "receptive field", canvas.GREEN)):
            sheet.text(x, 3.2, words, "label", color=color, bold=True)
        for number, row in enumerate(self.rows):
            self._row(sheet, row, TOP + HEIGHT * number, number)
        return sheet

    def _row(self, sheet: Canvas, row: Row, y: float, number: int) -> None:
        if number % 2 == 0:
            sheet.band(0, y - HEIGHT / 2, sheet.width, HEIGHT, canvas.FLOW)
        sheet.text(NAME, y, _cut(row.name), "note")
        sheet.text(SHAPE, y, " × ".join(map(str, row.output_shape)), "note", color=canvas.BLUE)
        most = max(each.multiply_adds for each in self.rows) or 1
        if row.multiply_adds:
            self._bar(sheet, COST, y, row.multiply_adds / most, f"{row.multiply_adds:,}", canvas.ORANGES[1])
        widest = max(max(each.receptive_field or (1,)) for each in self.rows)
        words = " × ".join(map(str, row.receptive_field)) if row.receptive_field else "all"
        share = max(row.receptive_field) / widest if row.receptive_field else 1.0
        self._bar(sheet, FIELD, y, share, words, canvas.GREENS[1])

    def _bar(self, sheet: Canvas, x: float, y: float, share: float, words: str, color: str) -> None:
        sheet.band(x, y - 0.25, max(share * BAR, 0.06), 0.5, color)
        sheet.text(x + share * BAR + 0.15, y, words, "note")


def _cut(name: str, letters: int = 38) -> str:
    return name if len(name) <= letters else "…" + name[1 - letters :]
