"""The reference definitions against Keras, TensorFlow, PyTorch and SciPy on generated cases."""

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from convpipe.convolution.reference import convolve, cross_correlate, steps, transposed
from convpipe.errors import ConfigError

many = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
some = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])


def trusted(strides, expected) -> bool:
    """Whether TensorFlow is right about a case.

    TensorFlow 2.21 with oneDNN, its default on x86, reads wrong rows where strides differ and the last axis has a
    single output; TF_ENABLE_ONEDNN_OPTS=0 gives what the definition says.
    """
    return len(set(strides)) == 1 or expected.shape[-2] > 1


@st.composite
def cases(draw, paddings=("valid", "same"), stride_with_dilation=True, groups=False, axes=(1, 2, 3)):
    """Data, kernel and settings that give an output; small whole numbers, so that every sum is exact."""
    dimensions = draw(st.sampled_from(axes))
    size = draw(st.tuples(*[st.integers(1, 14 // dimensions)] * dimensions))
    kernel_size = draw(st.tuples(*[st.integers(1, 4)] * dimensions))
    strides = draw(st.tuples(*[st.integers(1, 3)] * dimensions))
    dilation = draw(st.tuples(*[st.integers(1, 3)] * dimensions))
    if not stride_with_dilation:
        assume(max(strides) == 1 or max(dilation) == 1)
    padding = draw(st.sampled_from(paddings))
    if padding == "explicit":
        padding = draw(st.tuples(*[st.tuples(st.integers(0, 3), st.integers(0, 3))] * dimensions))
    parts = draw(st.integers(1, 3)) if groups else 1
    seen, filters = draw(st.integers(1, 3)), parts * draw(st.integers(1, 2))
    numbers = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    data = numbers.integers(-4, 5, (2, *size, seen * parts)).astype("float32")
    kernel = numbers.integers(-4, 5, (*kernel_size, seen, filters)).astype("float32")
    arguments = {"strides": strides, "dilation": dilation, "padding": padding, "groups": parts}
    try:
        return data, kernel, arguments, cross_correlate(data, kernel, **arguments)
    except ConfigError:
        assume(False)


@pytest.mark.slow
@many
@given(cases(stride_with_dilation=False))
def test_keras_computes_the_same(case):
    keras = pytest.importorskip("keras")
    data, kernel, arguments, expected = case
    assume(trusted(arguments["strides"], expected))
    got = keras.ops.conv(data, kernel, arguments["strides"], arguments["padding"], None, arguments["dilation"])
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(got), expected)


@many
@given(cases(stride_with_dilation=False))
def test_tensorflow_computes_the_same(case):
    tf = pytest.importorskip("tensorflow")
    data, kernel, arguments, expected = case
    assume(trusted(arguments["strides"], expected))
    got = tf.nn.convolution(
        data, kernel, arguments["strides"], arguments["padding"].upper(), None, arguments["dilation"]
    )
    np.testing.assert_array_equal(got.numpy(), expected)


@some
@given(cases(paddings=("causal",), stride_with_dilation=False, axes=(1,)))
def test_a_causal_keras_layer_computes_the_same(case):
    layers = pytest.importorskip("keras").layers
    data, kernel, arguments, expected = case
    layer = layers.Conv1D(
        kernel.shape[-1],
        kernel.shape[0],
        strides=arguments["strides"],
        dilation_rate=arguments["dilation"],
        padding="causal",
        use_bias=False,
    )
    layer.build(data.shape)
    layer.set_weights([kernel])
    np.testing.assert_array_equal(np.asarray(layer(data)), expected)


@some
@given(cases(axes=(1, 2)), st.integers(1, 2))
def test_as_many_groups_as_channels_is_kerass_depthwise_convolution(case, multiplier):
    keras = pytest.importorskip("keras")
    data, kernel, arguments, _ = case
    assume(len(set(arguments["strides"])) == 1 and max(arguments["dilation"]) == 1)
    channels = data.shape[-1]
    shape = (*kernel.shape[:-2], channels, multiplier)
    depthwise = np.resize(kernel, shape)
    got = keras.ops.depthwise_conv(data, depthwise, arguments["strides"], arguments["padding"])
    grouped = depthwise.reshape(*shape[:-2], 1, channels * multiplier)
    expected = cross_correlate(data, grouped, **arguments | {"groups": channels})
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(got), expected)


@many
@given(cases(paddings=("valid", "explicit"), groups=True))
def test_pytorch_computes_the_same_with_groups_channels_first_and_any_padding(case):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed; pip install torch to compare with it")
    data, kernel, arguments, expected = case
    axes = data.ndim - 2
    pads = [(0, 0)] * axes if arguments["padding"] == "valid" else list(arguments["padding"])
    first = np.moveaxis(data, -1, 1)
    surrounded = np.ascontiguousarray(np.pad(first, [(0, 0), (0, 0), *pads]))
    kernel_first = np.ascontiguousarray(np.moveaxis(kernel, (-1, -2), (0, 1)))
    function = getattr(torch.nn.functional, f"conv{axes}d")
    got = function(
        torch.from_numpy(surrounded),
        torch.from_numpy(kernel_first),
        stride=arguments["strides"],
        dilation=arguments["dilation"],
        groups=arguments["groups"],
    ).numpy()
    np.testing.assert_array_equal(np.moveaxis(got, 1, -1), expected)
    np.testing.assert_array_equal(cross_correlate(first, kernel_first, channels="first", **arguments), got)


@many
@given(cases(paddings=("valid",), axes=(1, 2, 3, 4)))
def test_the_convolution_of_mathematics_is_scipys(case):
    signal = pytest.importorskip("scipy.signal")
    data, kernel, arguments, _ = case
    sample, weights = data[0, ..., 0], kernel[..., 0, 0]
    assume(all(k <= n for k, n in zip(weights.shape, sample.shape, strict=True)))
    expected = signal.convolve(sample, weights, mode="valid", method="direct")
    got = convolve(data[:1, ..., :1], kernel[..., :1, :1])[0, ..., 0]
    np.testing.assert_allclose(got, expected, atol=1e-4)
    np.testing.assert_array_equal(
        got, cross_correlate(data[:1, ..., :1], np.flip(kernel[..., :1, :1], range(sample.ndim)))[0, ..., 0]
    )


@some
@given(cases(paddings=("valid", "same", "explicit"), groups=True))
def test_the_steps_add_up_to_the_output(case):
    data, kernel, arguments, expected = case
    for index in range(kernel.shape[-1]):
        for step in steps(data[0], kernel, index, **arguments):
            assert step.products.shape == kernel.shape[:-1]
            assert step.total == step.products.sum() == expected[(0, *step.position, index)]


@st.composite
def transposed_cases(draw, paddings=("valid", "same"), axes=(1, 2)):
    """Data, kernel and settings of a transposed convolution; small whole numbers, so that every sum is exact."""
    dimensions = draw(st.sampled_from(axes))
    size = draw(st.tuples(*[st.integers(1, 6)] * dimensions))
    kernel_size = draw(st.tuples(*[st.integers(1, 4)] * dimensions))
    strides = draw(st.tuples(*[st.integers(1, 3)] * dimensions))
    dilation = draw(st.integers(1, 3)) if max(strides) == 1 else 1
    numbers = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    channels, filters = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    data = numbers.integers(-4, 5, (2, *size, channels)).astype("float32")
    kernel = numbers.integers(-4, 5, (*kernel_size, filters, channels)).astype("float32")
    return data, kernel, {"strides": strides, "dilation": dilation, "padding": draw(st.sampled_from(paddings))}


@some
@given(transposed_cases())
def test_a_transposed_convolution_is_kerass(case):
    keras = pytest.importorskip("keras")
    data, kernel, arguments = case
    moves = (arguments["strides"], arguments["padding"], None, None, arguments["dilation"])
    got = keras.ops.convert_to_numpy(keras.ops.conv_transpose(data, kernel, *moves))
    np.testing.assert_array_equal(got, transposed(data, kernel, **arguments))


@some
@given(transposed_cases(paddings=("valid",)))
def test_a_transposed_convolution_is_the_adjoint_of_the_convolution_with_its_kernel(case):
    """<conv(x), y> = <x, transposed(y)> for every x, by the definition of an adjoint."""
    data, kernel, arguments = case
    spread = transposed(data, kernel, **arguments)
    other = np.random.default_rng(0).integers(-4, 5, spread.shape).astype("float32")
    back = cross_correlate(other, kernel, **arguments)
    assert back.shape == data.shape and (back * data).sum() == (other * spread).sum()


@some
@given(transposed_cases(paddings=("valid",), axes=(1,)))
def test_pytorch_transposes_the_same(case):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed; pip install torch to compare with it")
    data, kernel, arguments = case
    first, weights = np.moveaxis(data, -1, 1).copy(), np.moveaxis(kernel, (-1, -2), (0, 1)).copy()
    settings = {"stride": arguments["strides"], "dilation": arguments["dilation"]}
    got = torch.nn.functional.conv_transpose1d(torch.from_numpy(first), torch.from_numpy(weights), **settings).numpy()
    expected = np.moveaxis(transposed(data, kernel, **arguments), -1, 1)
    np.testing.assert_array_equal(got, expected[..., : got.shape[-1]])  # Keras appends zeros where a stride is longer
    assert not expected[..., got.shape[-1] :].any()


def test_a_cropped_transposed_convolution_is_the_middle_of_the_whole_one():
    data, kernel = np.arange(1, 5)[None, :, None], np.array([1, 2, 3])[:, None, None]
    whole = transposed(data, kernel, strides=2)
    assert transposed(data, kernel, strides=2, padding=((1, 2),)).tolist() == whole[:, 1:-2].tolist()


def test_a_transposed_kernel_of_other_channels_is_refused(refused):
    with refused(ConfigError, value=3, remedy="2 channels"):
        transposed(np.ones((1, 4, 2)), np.ones((3, 1, 3)))


def test_a_bias_is_added_at_every_position():
    data, kernel = np.ones((1, 4, 1)), np.ones((2, 1, 3))
    assert cross_correlate(data, kernel, bias=[0, 10, 20])[0].tolist() == [[2, 12, 22]] * 3


def test_whole_numbers_stay_whole():
    assert cross_correlate(np.ones((1, 4, 1), int), np.ones((2, 1, 1), int)).dtype == int


@pytest.mark.parametrize(
    ("data", "kernel", "arguments", "facts"),
    [
        (np.ones((1, 4, 2)), np.ones((3, 3, 1)), {}, {"value": 3, "remedy": "2 channels"}),
        (np.ones((1, 4, 2)), np.ones((3, 3, 2, 1)), {}, {"value": (3, 3, 2, 1), "remedy": "1 axes"}),
        (np.ones((1, 2)), np.ones((2, 1)), {}, {"key": "kernel.size", "value": ()}),
        (np.ones((1, 4, 2)), np.ones((3, 2, 1)), {"dilation": 2}, {"value": 4, "remedy": "at least 5 "}),
        (np.ones((1, 4, 4, 2)), np.ones((3, 3, 2, 1)), {"padding": "causal"}, {"key": "kernel.padding"}),
    ],
)
def test_what_does_not_fit_together_is_refused(data, kernel, arguments, facts, refused):
    with refused(ConfigError, **facts):
        cross_correlate(data, kernel, **arguments)
