"""Pictures: every text is legible and inside the sheet, and what is drawn is what was computed."""

import itertools
import xml.etree.ElementTree as ElementTree

import pytest
from PIL import Image

from convpipe.convolution import scenes
from convpipe.convolution.pictures import canvas
from convpipe.convolution.pictures.box import BoxPicture
from convpipe.convolution.pictures.channels import ChannelsPicture
from convpipe.convolution.pictures.drawing import LINKED, TOGETHER, draw_case, picture_of
from convpipe.convolution.pictures.layer import LayerPicture
from convpipe.convolution.pictures.links import KINDS, LinksPicture
from convpipe.convolution.pictures.spread import SpreadPicture
from convpipe.convolution.pictures.transposed import TransposedPicture
from convpipe.convolution.pictures.variants import VariantsPicture
from convpipe.convolution.settings import OwnLayer
from convpipe.convolution.transposed import example
from convpipe.cost.layer import Layer
from convpipe.errors import ConfigError

pytestmark = pytest.mark.slow

SPREAD = [{"strides": 3, "kernel_size": 2}, {"dimensions": 2, "height": 5, "strides": [2, 1], "kernel_size": 4}]
LAYERS = [
    OwnLayer(kernel_size=4, strides=2, dilation=2),
    OwnLayer(steps=9, padding="causal", dilation=4),
    OwnLayer(dimensions=3, padding=[[1, 0], 0, 2], strides=[1, 2, 3]),
]
SINGLE = scenes.SCENES.keys() - TOGETHER.keys() - LINKED.keys()
PICTURES = {scene.name: picture_of(scene) for case in sorted(SINGLE) for scene in scenes.SCENES[case]()}
PICTURES |= {name: VariantsPicture(title, scenes.SCENES[name]()) for name, title in TOGETHER.items()}
PICTURES |= {name: LinksPicture(kinds) for name, kinds in LINKED.items()}
PICTURES |= {"transposed": TransposedPicture(example())}
PICTURES |= {
    f"transposed_{i}": SpreadPicture(OwnLayer(kind="transposed", **own).layer()) for i, own in enumerate(SPREAD)
}
PICTURES |= {"dimensions": BoxPicture()} | {f"layer_{i}": LayerPicture(own.layer()) for i, own in enumerate(LAYERS)}


def words_on(sheet) -> list[str]:
    return [text.get_text() for text in sheet.axes.texts if text.get_text()]


def boxes_of(sheet):
    """The texts of a sheet and the area that each covers in pixels."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    renderer = FigureCanvasAgg(sheet.figure).get_renderer()
    return [(text.get_text(), text.get_window_extent(renderer)) for text in sheet.axes.texts if text.get_text()]


def luminance(color: str) -> float:
    parts = [part / 255 for part in bytes.fromhex(color[1:])]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Ratio of luminances as the Web Content Accessibility Guidelines define it."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", PICTURES)
def test_no_text_leaves_the_sheet_or_lies_on_another(name):
    picture = PICTURES[name]
    for frame in {0, picture.frames - 1}:
        drawn = picture.draw(frame, True)
        boxes, sheet = boxes_of(drawn), drawn.figure.bbox
        for words, box in boxes:
            assert sheet.x0 <= box.x0 and box.x1 <= sheet.x1, words
            assert sheet.y0 <= box.y0 and box.y1 <= sheet.y1, words
        for (words, box), (others, other) in itertools.combinations(boxes, 2):
            assert not (box.shrunk(0.96, 0.7).overlaps(other.shrunk(0.96, 0.7))), f"{words} on {others}"


@pytest.mark.parametrize("style", [canvas.PLAIN, canvas.ZERO, canvas.READ, canvas.KERNEL, canvas.DONE, canvas.NOW])
def test_numbers_stand_out_from_their_cells(style):
    assert contrast(style["ink"], style["face"]) >= 4.5


@pytest.mark.parametrize("color", [canvas.INK, canvas.GRAY, canvas.BLUE, canvas.ORANGE, canvas.GREEN])
def test_words_stand_out_from_the_paper(color):
    assert contrast(color, canvas.PAPER) >= 4.5


def test_a_frame_shows_the_products_and_the_sum_of_its_position():
    words = words_on(picture_of(scenes.sensor()).draw(4, False))
    assert "−2 + 0 + 8 = 6" in words
    assert "a rise: above zero" in words and "a fall: below zero" not in words


def test_outputs_appear_as_the_kernel_passes_and_all_at_once_when_it_stands_still():
    picture = picture_of(scenes.image())
    moving, still = (words_on(picture.draw(3, stands)) for stands in (False, True))
    assert len(still) - len(moving) == 9 - 4
    assert "−2 + (−1) + 0 = −3" in moving


def test_a_layer_shows_its_shapes_and_costs():
    words = words_on(LayerPicture(LAYERS[0].layer()).draw(0, True))
    assert "in (128, 6), out (64, 64)" in words
    assert f"{4 * 6 * 64 + 64:,} parameters, {64 * 4 * 6 * 64:,} multiply-adds per sample" in words


def test_a_kernel_too_wide_to_draw_is_refused(refused):
    with refused(ConfigError, key="layer.kernel_size", value=(300,), mentions=(300, 48)):
        LayerPicture(OwnLayer(kernel_size=300, steps=1000).layer())


def test_files_are_an_svg_and_a_gif_with_a_frame_a_position_the_same_each_time(tmp_path):
    picture = PICTURES["moving_average"]
    first, again = (canvas.write(picture, str(tmp_path / name), "average") for name in ("first", "again"))
    assert [path.name for path in first] == ["average.svg", "average.gif"]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]
    assert ElementTree.parse(first[0]).getroot().tag.endswith("svg")
    with Image.open(first[1]) as animation:
        assert animation.n_frames == 2
        assert animation.convert("RGB").getpixel((2, 2)) == (255, 255, 255)


def drawn(sheet, style) -> list[tuple[float, float]]:
    """Upper left corners of the cells in a style, from left to right."""
    from matplotlib.colors import to_rgba
    from matplotlib.patches import FancyBboxPatch

    boxes = [patch for patch in sheet.axes.patches if isinstance(patch, FancyBboxPatch)]
    found = [box for box in boxes if box.get_facecolor() == to_rgba(style["face"])]
    return sorted((round(box.get_x() - 0.06, 3), round(box.get_y() - 0.06, 3)) for box in found)


@pytest.mark.parametrize("name", [name for name, picture in PICTURES.items() if picture.frames > 1])
def test_every_frame_differs_from_the_one_before(name):
    picture = PICTURES[name]
    frames = [painted(picture.draw(frame, False)) for frame in range(min(picture.frames, 3))]
    assert all(one != other for one, other in itertools.pairwise(frames))


def painted(sheet) -> list:
    """Every shape of a sheet with its colors, without drawing a pixel."""
    patches = [(patch.get_facecolor(), patch.get_path().vertices.tolist()) for patch in sheet.axes.patches]
    return [*patches, *(line.get_xydata().tolist() for line in sheet.axes.lines)]


def test_dimensions_names_the_shapes_that_it_draws(monkeypatch):
    blocks = []
    monkeypatch.setattr("convpipe.convolution.pictures.box._Block.edges", lambda self, *_: blocks.append(self.size))
    words = words_on(BoxPicture().draw(0, False))
    for axes in (1, 2, 3):
        for name, size in (("input", (5,) * axes), ("output", (3,) * axes)):
            assert f"{name} {(*size, 1)}" in words
            assert (1,) * (3 - axes) + size in blocks
        assert f"kernel {(*(3,) * axes, 1)}: {3**axes} weights" in words
        assert f"{3**axes} × {3**axes} = {9**axes} multiply-adds" in words


@pytest.mark.parametrize("name", TOGETHER)
def test_a_panel_reads_what_its_kernel_covers_and_shows_the_sum(name):
    picture = PICTURES[name]
    for scene, steps in zip(picture.scenes, picture.steps, strict=True):
        for step in steps:
            taps = picture.taps(scene, step)
            values = [scenes.TEN[tap] if 0 <= tap < len(scenes.TEN) else 0 for tap in taps]
            assert sum(a * b for a, b in zip(values, scenes.WEIGHTS, strict=True)) == step.total
    words = words_on(picture.draw(0, True))
    for scene in picture.scenes:
        shapes = (scene.data.shape, scene.kernel.shape[:-1], (*scene.expected.shape, 1))
        names = [f"{name} {shape}" for name, shape in zip(("input", "× kernel", "output"), shapes, strict=True)]
        assert [name for name in names if name not in words] == []


def test_blue_cells_lie_on_orange_ones_and_the_kernel_of_stride_two_moves_by_two():
    picture = PICTURES["stride"]
    places = [[x for x, _ in drawn(picture.draw(frame, False), canvas.READ)] for frame in (0, 1)]
    kernels = [[x for x, _ in drawn(picture.draw(frame, False), canvas.KERNEL)] for frame in (0, 1)]
    assert places == kernels
    left = min(places[0])
    assert sorted(round(x - left) for x in places[0]) == [0, 0, 1, 1, 2, 2]
    assert sorted(round(x - left) for x in places[1]) == [1, 2, 2, 3, 3, 4]


def test_a_causal_output_stands_under_the_last_value_that_it_reads():
    picture = PICTURES["padding"]
    columns = {scene.layer.padding: [picture.place(scene, step) for step in scene.steps()] for scene in picture.scenes}
    assert columns == {"valid": list(range(1, 9)), "same": list(range(10)), "causal": list(range(10))}


def test_a_layer_reads_blue_cells():
    sheet = LayerPicture(Layer((9,), 1, (3,), dilation=(2,))).draw(1, False)
    assert [x - 2.6 for x, _ in drawn(sheet, canvas.READ)] == pytest.approx([1, 3, 5])
    assert drawn(sheet, canvas.KERNEL) == []


def test_a_transposed_layer_reaches_the_outputs_that_its_kernel_covers():
    picture = SpreadPicture(Layer((5,), 1, (4,), (2,), padding="same", kind="transposed"))
    assert picture.shown(0) == (10, 5) and picture.reached(0, 0) == [-1, 0, 1, 2]
    sheet = picture.draw(2, False)
    assert [x - 2.6 for x, _ in drawn(sheet, canvas.NOW)] == pytest.approx([3, 4, 5, 6])


def test_a_transposed_picture_shows_the_products_so_far_and_their_sums():
    picture = PICTURES["transposed"]
    words = words_on(picture.draw(1, False))
    assert "2 × kernel" in words and "1 × kernel" in words and "3 × kernel" not in words
    assert "7" in words and len(drawn(picture.draw(1, False), canvas.NOW)) == 3


def test_the_lines_of_a_kind_of_layer_are_as_many_as_it_has_weights():
    layers = {
        "convolution": Layer((9,), 4, (3,), filters=4, bias=False),
        "groups": Layer((9,), 4, (3,), filters=4, groups=2, bias=False),
        "depthwise": Layer((9,), 4, (3,), kind="depthwise", bias=False),
        "separable": Layer((9,), 4, (3,), filters=4, kind="separable", bias=False),
    }
    for name, layer in layers.items():
        first, *mixing = KINDS[name].stages
        assert 3 * len(first) + sum(map(len, mixing)) == layer.weights
        assert KINDS[name].weights.endswith(f"= {layer.weights} weights")


def test_of_a_hundred_channels_only_the_step_that_is_read_is_blue():
    picture = ChannelsPicture(scenes.channels_first())
    images = picture.draw(2, False).axes.get_images()[:4]
    last = [image.cmap(1.0)[:3] for image in images]
    assert [color == last[2] for color in last] == [False, False, True, False]


def test_every_scene_of_a_case_is_drawn_and_one_without_movement_stands_still(tmp_path):
    names = {path.name for path in draw_case("sentence", OwnLayer(), str(tmp_path))}
    assert names == {"sentence.svg", "sentence.gif", "sentence_2d.svg", "sentence_2d.gif"}
    assert [path.name for path in canvas.write(PICTURES["mean"], str(tmp_path), "mean")] == ["mean.svg"]
