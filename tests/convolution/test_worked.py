"""The worked cases: what is printed is right when it is typed into a calculator, and the known values come out."""

import re

import numpy as np
import pytest

from convpipe.convolution import scenes
from convpipe.convolution.by_hand import by_hand, check
from convpipe.convolution.settings import CASES, ConvolveSettings, OwnLayer
from convpipe.convolution.worked import own_layer, work
from convpipe.cost.layer import Layer
from convpipe.errors import ConfigError

SCENES = [scene for scenes_of in scenes.SCENES.values() for scene in scenes_of()]


def printed(**settings) -> list[str]:
    return list(work(ConvolveSettings(**settings)))


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_every_sum_that_is_printed_in_full_is_right(scene):
    sums = [line.split(":  ")[1].split(" = ") for line in by_hand(scene) if ":  " in line and "..." not in line]
    for left, right in sums:
        assert re.fullmatch(r"[-\d.e+* ]+", left)
        assert eval(left) == pytest.approx(float(right), abs=1e-5)  # digits and operators only, see above
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
    one, two, three = (line.split() for line in printed(case="dimensions")[2:5])
    assert one[-4:-2] == ["32", f"{4096 * 3 * 8:,}"]
    assert two[-4:-2] == ["80", f"{4096 * 9 * 8:,}"]
    assert three[-5:-3] == ["224", f"{4096 * 27 * 8:,}"]


def test_every_case_has_a_name_and_a_number():
    assert [ConvolveSettings(case=str(n + 1)).names for n in range(len(CASES))] == [(name,) for name in CASES]
    assert ConvolveSettings(case="all").names == CASES
    assert len(printed(case="all")) > 60


def test_your_own_layer_is_worked_out():
    text = "\n".join(own_layer(OwnLayer(kernel_size=8, strides=2).layer()))
    assert "output            (64, 64): steps (128 + 3 + 3 - 8) // 2 + 1 = 64" in text
    assert "3,136: 3,072 weights and 64 biases" in text


def test_each_axis_may_have_its_own_kernel_and_padding():
    own = OwnLayer(dimensions=2, kernel_size=[3, 5], strides=[1, 2], padding=[[1, 2], 0])
    expected = {"kernel_size": (3, 5), "strides": (1, 2), "padding": ((1, 2), (0, 0)), "filters": 64, "name": "layer"}
    assert own.layer() == Layer((28, 28), 6, **expected)


@pytest.mark.parametrize(
    ("settings", "key", "value", "remedy"),
    [
        ({"kernel_size": [3, 3]}, "layer.kernel_size", [3, 3], "1 numbers"),
        ({"kernel_size": "three"}, "layer.kernel_size", "three", "layer.kernel_size=3"),
        ({"padding": "reflect"}, "layer.padding", "reflect", "layer.padding=same"),
        ({"padding": -1}, "layer.padding", -1, "layer.padding=same"),
        ({"steps": 9, "kernel_size": 5, "dilation": 4, "padding": "valid"}, "layer.steps", 9, "at least 17 (steps)"),
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
