"""The worked cases: what is printed is right when it is typed into a calculator, and the known values come out."""

import io
import re

import numpy as np
import pytest

from convpipe.convolution import scenes
from convpipe.convolution.by_hand import by_hand, check, input_lines, kernel_lines
from convpipe.convolution.grids import Line, panel, rows_with_names, side_by_side
from convpipe.convolution.own_layer import own_layer
from convpipe.convolution.settings import CASES, ConvolveSettings, OwnLayer
from convpipe.convolution.terminal import print_lines
from convpipe.convolution.transposed import example
from convpipe.convolution.worked import work
from convpipe.cost.layer import Layer
from convpipe.errors import ConfigError

SCENES = [scene for scenes_of in scenes.SCENES.values() for scene in scenes_of()]


def printed(**settings) -> list[str]:
    return list(work(ConvolveSettings(**settings)))


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_every_sum_that_is_printed_in_full_is_right(scene):
    sums = [line.split(":  ")[1].split(" = ") for line in by_hand(scene) if ":  " in line and "..." not in line]
    for left, right in sums:
        assert re.fullmatch(r"[-\d.e+*/() ]+", left) and re.fullmatch(r"[-\d./]+", right)
        assert eval(left) == pytest.approx(eval(right), abs=1e-5)  # digits and operators only, see above
    assert sums or scene.kernel.size > 12


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_the_known_value_comes_out(scene):
    np.testing.assert_allclose(scene.output(), scene.expected, atol=1e-12)


def test_the_image_gives_the_nine_known_numbers():
    assert scenes.image().output().tolist() == [[-8, -8, -3], [-3, 1, 0], [-3, -8, -5]]


def test_the_sentence_names_the_words_under_the_kernel():
    lines = printed(case="sentence")
    assert [line.split(": ")[1] for line in lines if re.match(r"  output \d", line)] == [
        "cat sitting",
        "there dog",
        "resting here",
    ]
    assert any(line.startswith("  in float32: [0.9") for line in lines)


def test_a_kernel_one_shorter_than_the_series_gives_two_averages():
    full, shorter, cube, smaller = scenes.moving_averages()
    assert full.output().tolist() == [np.mean([2, 4, 9, 3, 7])]
    assert shorter.output().tolist() == [np.mean([2, 4, 9, 3]), np.mean([4, 9, 3, 7])]
    assert cube.output().shape == (1, 1, 1) and smaller.output().shape == (2, 2, 2)


def test_the_table_holds_figures_that_were_computed():
    rows = {line[:20].strip(): line[20:].split() for line in printed(case="dimensions")[3:10]}
    assert rows["weights per filter"] == ["3", "9", "27"]
    assert rows["multiply-adds"] == [f"{4096 * weights * 8:,}" for weights in (3, 9, 27)]


@pytest.mark.parametrize("name", CASES)
def test_every_case_runs_and_no_line_is_wider_than_80(name):
    lines = printed(case=name)
    assert any(line.startswith("  check: ") for line in lines)
    assert [line for line in lines if len(line) > 80] == []


def test_the_sample_and_the_kernel_stand_in_aligned_columns_before_the_first_sum():
    lines = printed(case="image")
    rows = [line.split() for line in lines[3:10]]
    data, kernel = scenes.image().data, scenes.image().kernel
    assert rows[0] == rows[-1] == ["."] * 21
    for number, row in enumerate(rows[1:-1]):
        expected = [[".", *map(str, data[number, :, channel]), "."] for channel in range(3)]
        assert row == sum(expected, [])
    assert len({len(line) for line in lines[3:10]}) == 1
    top = lines.index("  kernel (3, 3, 3)")
    assert lines[top + 2].split() == [str(value) for value in kernel[0, :, :, 0].T.ravel()]
    assert top < min(number for number, line in enumerate(lines) if line.startswith("  output (0, 0)"))


def test_a_series_has_its_words_over_its_columns():
    heads, first, *_ = list(input_lines(scenes.sentence()))[1:]
    ends = [match.end() for match in re.finditer(r"\S+", heads)]
    values = [match.end() for match in re.finditer(r"-?\d\.\d", first)]
    assert heads.split() == list(scenes.sentence().labels) and values == ends


def test_a_long_grid_leaves_out_its_middle():
    lines = list(rows_with_names([f"row {index}" for index in range(40)], np.arange(40)[:, None], "input"))
    assert [line.split()[-1] for line in lines] == ["0", "1", "2", "...", "39"]


def test_panels_that_do_not_fit_beside_each_other_go_below():
    panels = [panel(str(number), np.full((1, 12), 10)) for number in range(3)]
    lines = list(side_by_side(panels, "input"))
    assert len(lines) == 6 and max(map(len, lines)) <= 80
    assert [line.strip() for line in lines[::2]] == ["0", "1", "2"]


def test_of_several_filters_every_weight_is_shown():
    shown = [line.split()[-2:] for line in list(kernel_lines(scenes.grouped()))[1:]]
    assert shown == [["1", "-1"], ["2", "0"], ["1", "1"], ["0", "-1"]]


def test_the_products_of_a_transposed_convolution_add_up_to_its_output():
    scene = example()
    assert np.nansum(scene.products(), axis=0).tolist() == scene.output().tolist() == scene.expected.tolist()
    assert np.convolve([2, 0, 1, 0, 3], [1, 2, 3]).tolist() == scene.expected.tolist()
    sums = [line.split(":  ")[1].split(" = ") for line in printed(case="transposed") if re.match(r"  output \d", line)]
    assert [eval(left) for left, _ in sums] == [int(right) for _, right in sums] == scene.expected.tolist()


def test_a_separable_layer_is_the_two_halves_that_are_worked_out():
    depthwise, pointwise = scenes.separable()
    channels = [np.correlate(depthwise.data[:, c], depthwise.kernel[:, 0, c], mode="valid") for c in (0, 1)]
    np.testing.assert_array_equal(pointwise.output(), np.stack(channels, -1) @ pointwise.kernel[0])


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def shown(monkeypatch):
    """What `print_lines` writes to a terminal, or to a pipe."""

    def show(stream) -> str:
        monkeypatch.setattr("sys.stdout", stream)
        print_lines([Line("  input (3, 1)", "input"), "  [1, 2] = 3"])
        return stream.getvalue()

    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return show


def test_a_terminal_shows_colors(shown):
    text = shown(Terminal())
    assert "\x1b[" in text and "[1, 2] = 3" in text


def test_a_pipe_gets_no_escape_codes(shown):
    assert shown(io.StringIO()) == "  input (3, 1)\n  [1, 2] = 3\n"


def test_no_color_is_respected(shown, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    assert shown(Terminal()) == "  input (3, 1)\n  [1, 2] = 3\n"


def test_every_case_has_a_name_and_a_number():
    assert [ConvolveSettings(case=str(n + 1)).names for n in range(len(CASES))] == [(name,) for name in CASES]
    assert ConvolveSettings(case="all").names == CASES
    assert len(printed(case="all")) > 60


def test_your_own_layer_is_worked_out():
    text = "\n".join(own_layer(OwnLayer(kernel_size=8, strides=2).layer()))
    assert "output            (64, 64): steps (128 + 3 + 3 - 8) // 2 + 1 = 64" in text
    assert "3,136: 3,072 weights and 64 biases" in text


@pytest.mark.parametrize(
    ("settings", "shape", "weights", "multiply_adds"),
    [
        ({"kind": "transposed", "strides": 2, "kernel_size": 4}, (256, 64), 4 * 6 * 64, 128 * 4 * 6 * 64),
        ({"kind": "depthwise", "depth_multiplier": 2}, (128, 12), 3 * 6 * 2, 128 * 3 * 6 * 2),
        ({"kind": "separable"}, (128, 64), 3 * 6 + 6 * 64, 128 * (3 * 6 + 6 * 64)),
        ({"groups": 2}, (128, 64), 3 * 3 * 64, 128 * 3 * 3 * 64),
    ],
)
def test_each_kind_of_layer_is_worked_out(settings, shape, weights, multiply_adds):
    facts = {line[2:19].strip(): line[20:] for line in own_layer(OwnLayer(**settings).layer())}
    assert facts["output"].startswith(f"{shape}: ")
    total, product = facts["weights"].split(": ")
    factors = re.sub(r"[a-z ]", "", product.replace(" x ", "*"))
    assert eval(factors) == weights and total == f"{weights:,}"
    assert facts["multiply-adds"].startswith(f"{multiply_adds:,}: ")


def test_each_axis_may_have_its_own_kernel_and_padding():
    own = OwnLayer(dimensions=2, kernel_size=[3, 5], strides=[1, 2], padding=[[1, 2], 0])
    expected = {"kernel_size": (3, 5), "strides": (1, 2), "padding": ((1, 2), (0, 0)), "filters": 64, "name": "layer"}
    assert own.layer() == Layer((28, 28), 6, **expected)


@pytest.mark.parametrize(
    ("settings", "key", "value", "remedy"),
    [
        ({"kernel_size": [3, 3]}, "layer.kernel_size", [3, 3], "one per axis"),
        ({"kernel_size": "three"}, "layer.kernel_size", "three", "layer.kernel_size=3"),
        ({"padding": "reflect"}, "layer.padding", "reflect", "layer.padding=same"),
        ({"padding": -1}, "layer.padding", -1, "layer.padding=same"),
        ({"steps": 9, "kernel_size": 5, "dilation": 4, "padding": "valid"}, "layer.steps", 9, "at least 17 (steps)"),
        ({"steps": 9, "kernel_size": 5, "dilation": 4, "padding": "valid"}, "layer.steps", 9, "layer.kernel_size=3"),
        ({"kind": "transposed", "padding": "causal"}, "layer.padding", "causal", "layer.padding=valid"),
        ({"kind": "depthwise", "groups": 2}, "layer.groups", 2, "layer.groups=1"),
        ({"kind": "transposed", "strides": 2, "dilation": 2}, "layer.dilation", (2,), "layer.dilation=1"),
        ({"kind": "transposed", "steps": 1, "padding": 2}, "layer.steps", 1, "at least 3 (steps)"),
    ],
)
def test_a_layer_that_cannot_be_is_refused_by_the_name_of_its_setting(settings, key, value, remedy, refused):
    with refused(ConfigError, key=key, value=value, remedy=remedy):
        OwnLayer(**settings).layer()


def test_a_number_out_of_its_bounds_is_refused(refused):
    with refused(ConfigError, mentions=("layer.strides", 1, 0)):
        OwnLayer(strides=0)


def test_a_wrong_value_is_not_passed_over():
    with pytest.raises(ArithmeticError, match="equals"):
        check("equals", [1.0], [1.1])


def test_what_an_empty_output_offers_does_fit():
    too_small = {
        "dimensions": 2,
        "height": 4,
        "width": 9,
        "kernel_size": [6, 5],
        "dilation": [1, 3],
        "padding": "valid",
    }
    with pytest.raises(ConfigError) as caught:
        OwnLayer(**too_small).layer()
    kernel_size = re.search(r"kernel_size=(\[[\d,]+\])", caught.value.remedy).group(1)
    assert OwnLayer(**too_small | {"kernel_size": eval(kernel_size)}).layer().output_size == (1, 3)
    assert "6 x 13" in caught.value.remedy and OwnLayer(**too_small | {"padding": "same"}).layer()
