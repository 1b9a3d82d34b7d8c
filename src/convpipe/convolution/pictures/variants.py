"""One kernel under several settings, in panels that move at the same time."""

from convpipe.convolution.pictures import canvas
from convpipe.convolution.pictures.canvas import Canvas, text_of
from convpipe.convolution.reference import Step
from convpipe.convolution.scenes import Scene

LEFT, TOP, PANEL = 5.3, 1.6, 5.5  # cells: left edge of the values, top of the first panel, height of a panel
INPUT, KERNEL, OUTPUT, SUM = 0.7, 1.7, 3.3, 4.65  # rows of a panel, from its top
LETTER = 0.115  # half the width of a letter of a sum


class VariantsPicture:
    """One panel per scene, and one frame per position of the scene with the most; the others wait at their end.

    Args:
        title: headline.
        scenes: scenes with the same values and kernel and one channel, in one dimension or with a height of one.
    """

    milliseconds = 1000

    def __init__(self, title: str, scenes: list[Scene]):
        self.title, self.scenes = title, scenes
        self.steps = [scene.steps() for scene in scenes]
        self.frames = max(map(len, self.steps))
        self.still = self.frames // 3
        # Columns are aligned across panels, so the scenes with the most zeros set the width.
        self.before, self.after = (max(scene.layer.pads[-1][side] for scene in scenes) for side in (0, 1))
        self.width = LEFT + self.before + scenes[0].layer.size[-1] + self.after + 0.6

    def draw(self, frame: int, still: bool) -> Canvas:
        sheet = Canvas(self.width, TOP + PANEL * len(self.scenes))
        sheet.title(self.title)
        for number, scene in enumerate(self.scenes):
            now = min(frame, len(self.steps[number]) - 1)
            self._panel(sheet, scene, self.steps[number], now, still, TOP + PANEL * number)
        return sheet

    def taps(self, scene: Scene, step: Step) -> list[int]:
        """Return the indices of the input values under the kernel; zeros before the input have negative indices."""
        first = step.start[-1] - scene.layer.pads[-1][0]
        return [first + tap * scene.layer.dilation[-1] for tap in range(scene.layer.kernel_size[-1])]

    def place(self, scene: Scene, step: Step) -> float:
        """Return the column of an output: below the middle of what it reads, or (causal) below the last value."""
        taps = self.taps(scene, step)
        return taps[-1] if scene.layer.padding == "causal" else (taps[0] + taps[-1]) / 2

    def _x(self, column: float) -> float:
        return LEFT + self.before + column

    def _panel(self, sheet: Canvas, scene: Scene, steps: list[Step], now: int, still: bool, y: float) -> None:
        sheet.text(0.4, y + 0.3, scene.title, "label", bold=True)
        rows = (
            (f"input {scene.data.shape}", INPUT, canvas.BLUE),
            (f"× kernel {scene.kernel.shape[:-1]}", KERNEL, canvas.ORANGE),
            (f"output {(*scene.layer.output_size, scene.filters)}", OUTPUT, canvas.GREEN),
        )
        for name, row, color in rows:
            sheet.text(LEFT - 0.3, y + row + 0.5, name, "label", "right", color)
        self._input(sheet, scene, self.taps(scene, steps[now]), y)
        self._kernel(sheet, scene, steps[now], y)
        for index, other in enumerate(steps):
            style = canvas.output_style(index, now, still)
            sheet.cell(self._x(self.place(scene, other)), y + OUTPUT, text_of(other.total), style)
        self._sum(sheet, scene, steps[now], y + SUM)

    def _input(self, sheet: Canvas, scene: Scene, taps: list[int], y: float) -> None:
        values, (before, after), size = scene.data.reshape(-1), scene.layer.pads[-1], scene.layer.size[-1]
        for column in range(-before, size + after):
            inside = 0 <= column < size
            style = canvas.READ if column in taps else canvas.PLAIN if inside else canvas.ZERO
            words = text_of(values[column]) if inside else "0"
            sheet.cell(self._x(column), y + INPUT, words, style | {"dashed": not inside})

    def _kernel(self, sheet: Canvas, scene: Scene, step: Step, y: float) -> None:
        middle = self._x(self.place(scene, step)) + 0.5
        for tap, weight in zip(self.taps(scene, step), scene.kernel.reshape(-1), strict=True):
            sheet.cell(self._x(tap), y + KERNEL, text_of(weight), canvas.KERNEL)
            sheet.line([self._x(tap) + 0.5, middle], [y + KERNEL + 0.96, y + OUTPUT], canvas.ORANGE, 1.6)

    def _sum(self, sheet: Canvas, scene: Scene, step: Step, y: float) -> None:
        """Draw the products and their sum below the output, shifted inward at the edges of the sheet."""
        pairs = zip(step.window.reshape(-1), scene.kernel.reshape(-1), strict=True)
        products = " + ".join(f"{text_of(value)}×{text_of(weight)}" for value, weight in pairs)
        words = f"{products} = {text_of(step.total)}"
        half = len(words) * LETTER + 0.1
        middle = min(max(self._x(self.place(scene, step)) + 0.5, half + 0.3), self.width - half - 0.1)
        sheet.text(middle, y, words, "label", "center", canvas.GREEN, True)
