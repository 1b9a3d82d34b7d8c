"""Pictures: every text is legible and inside the sheet, and what is drawn is what was computed."""

import itertools
import xml.etree.ElementTree as ElementTree

import pytest
from PIL import Image

from convpipe.convolution import canvas, scenes
from convpipe.convolution.box_picture import BoxPicture
from convpipe.convolution.drawing import draw_case, picture_of
from convpipe.convolution.layer_picture import LayerPicture
from convpipe.convolution.settings import OwnLayer
from convpipe.errors import ConfigError

LAYERS = [
    OwnLayer(kernel_size=4, strides=2, dilation=2),
    OwnLayer(steps=9, padding="causal", dilation=4),
    OwnLayer(dimensions=3, padding=[[1, 0], 0, 2], strides=[1, 2, 3]),
]
PICTURES = {scene.name: picture_of(scene) for listed in scenes.SCENES.values() for scene in listed()}
PICTURES |= {"dimensions": BoxPicture()} | {f"layer_{i}": LayerPicture(own.layer()) for i, own in enumerate(LAYERS)}


def words_on(sheet) -> list[str]:
    return [text.get_text() for text in sheet.axes.texts if text.get_text()]


def boxes_of(sheet):
    """The texts of a sheet and the area that each covers in pixels."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    renderer = FigureCanvasAgg(sheet.figure).get_renderer()
    return [(text.get_text(), text.get_window_extent(renderer)) for text in sheet.axes.texts if text.get_text()]


def luminance(colour: str) -> float:
    parts = [part / 255 for part in bytes.fromhex(colour[1:])]
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


@pytest.mark.parametrize("colour", [canvas.INK, canvas.GREY, canvas.BLUE, canvas.ORANGE, canvas.GREEN])
def test_words_stand_out_from_the_paper(colour):
    assert contrast(colour, canvas.PAPER) >= 4.5


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
    assert f"{4 * 6 * 64 + 64:,} parameters, {64 * 4 * 6 * 64:,} multiply-adds a sample" in words


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


def test_every_scene_of_a_case_is_drawn_and_one_without_movement_stands_still(tmp_path):
    names = {path.name for path in draw_case("sentence", OwnLayer(), str(tmp_path))}
    assert names == {"sentence.svg", "sentence.gif", "sentence_2d.svg", "sentence_2d.gif"}
    assert [path.name for path in canvas.write(PICTURES["mean"], str(tmp_path), "mean")] == ["mean.svg"]
