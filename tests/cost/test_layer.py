"""Shape and cost of a layer against counting by brute force and against numbers computed by hand."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convpipe.cost.layer import Layer, pads, smallest_size, span
from convpipe.errors import ConfigError

axis = st.tuples(st.integers(1, 40), st.integers(1, 6), st.integers(1, 4), st.integers(1, 4))
padding = st.one_of(st.sampled_from(["valid", "same", "causal"]), st.tuples(st.integers(0, 5), st.integers(0, 5)))


def places(size, kernel_size, stride, dilation, before, after):
    """Return all first positions of the kernel, by trying each."""
    last = size + before + after - 1
    return [start for start in range(0, last + 1, stride) if start + (kernel_size - 1) * dilation <= last]


@given(axis, padding)
def test_output_size_is_the_number_of_places_where_the_kernel_fits(sizes, padding):
    size, kernel_size, stride, dilation = sizes
    fits = places(*sizes, *pads(size, kernel_size, stride, dilation, padding))
    explicit = padding if isinstance(padding, str) else (padding,)
    if not fits:
        with pytest.raises(ConfigError) as caught:
            Layer((size,), 1, (kernel_size,), (stride,), (dilation,), padding=explicit)
        least = smallest_size(kernel_size, dilation, padding)
        assert f"at least {least} " in caught.value.remedy and caught.value.value == size
    else:
        assert Layer((size,), 1, (kernel_size,), (stride,), (dilation,), padding=explicit).output_size == (len(fits),)


@given(axis, padding)
def test_the_smallest_input_suffices_and_one_less_does_not(sizes, padding):
    _, kernel_size, stride, dilation = sizes
    least = smallest_size(kernel_size, dilation, padding)
    assert places(least, kernel_size, stride, dilation, *pads(least, kernel_size, stride, dilation, padding))
    if least > 1:
        before, after = pads(least - 1, kernel_size, stride, dilation, padding)
        assert not places(least - 1, kernel_size, stride, dilation, before, after)


@given(st.integers(1, 50), st.integers(1, 9), st.integers(1, 5))
def test_same_padding_gives_one_output_per_stride(size, kernel_size, stride):
    assert Layer((size,), 1, (kernel_size,), (stride,), padding="same").output_size == (-(-size // stride),)


def test_multiply_adds_equal_explicit_loops():
    layer = Layer((7, 5), 4, (3, 2), (2, 1), filters=6, groups=2, padding="same")
    height, width = layer.output_size
    inside = itertools.product(range(height), range(width), range(6), range(3), range(2), range(4 // 2))
    assert layer.multiply_adds == sum(1 for _ in inside)
    assert layer.parameters == 3 * 2 * 2 * 6 + 6


@pytest.mark.parametrize(
    ("kind", "parameters", "multiply_adds", "shape"),
    [
        ("convolution", 3 * 8 * 16 + 16, 10 * 3 * 8 * 16, (10, 16)),
        ("depthwise", 3 * 8 * 2 + 16, 10 * 3 * 8 * 2, (10, 16)),
        ("separable", 3 * 8 * 2 + 16 * 16 + 16, 10 * (3 * 8 * 2 + 16 * 16), (10, 16)),
        ("pooling", 0, 0, (10, 8)),
    ],
)
def test_each_kind_of_layer_has_its_weights(kind, parameters, multiply_adds, shape):
    layer = Layer((10,), 8, (3,), filters=16, padding="same", kind=kind, depth_multiplier=2)
    assert (layer.parameters, layer.multiply_adds, layer.output_shape) == (parameters, multiply_adds, shape)
    assert layer.activation_bytes == 4 * shape[0] * shape[1]


def test_the_receptive_field_of_a_dilated_kernel_includes_the_gaps():
    assert span(3, 8) == 17
    assert Layer((100,), 1, (3,), dilation=(8,), padding="causal").receptive_field == (17,)


def test_an_empty_output_names_the_layer_the_axis_and_the_smallest_input(refused):
    with refused(ConfigError, key="scan.width", value=4, remedy="3 x 5", mentions=("scan", "width", 4)):
        Layer((8, 4), 1, (3, 5), name="scan")


@pytest.mark.parametrize(
    ("settings", "field", "mentions"),
    [
        ({"groups": 4}, "groups", ("channels=6", "filters=8")),
        ({"padding": "reflect"}, "padding", ("valid", "same", "causal")),
        ({"padding": ((1, 1), (1, 1))}, "padding", ("pair",)),
        ({"strides": (1, 1)}, "strides", ("axis",)),
        ({"dilation": (1, 1)}, "dilation", ("axis",)),
        ({"kernel_size": (3, 3)}, "kernel_size", ("axis",)),
        ({"size": (), "kernel_size": ()}, "size", ("axis",)),
        ({"size": (9, 9), "kernel_size": (3, 3), "padding": "causal"}, "padding", ("2 axes", "layer.padding=same")),
    ],
)
def test_contradicting_settings_are_refused(settings, field, mentions, refused):
    with refused(ConfigError, key=f"layer.{field}", value=settings[field], mentions=mentions):
        Layer(**{"size": (9,), "channels": 6, "kernel_size": (3,), "filters": 8} | settings)
