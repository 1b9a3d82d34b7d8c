"""Costs of networks against arithmetic by hand, shapes of Keras, and changed inputs for the receptive field."""

import keras
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from keras import layers

from convpipe import models
from convpipe.cost.model_cost import Field, Reach, model_cost
from convpipe.errors import ConfigError
from convpipe.input_spec import InputSpec
from convpipe.models import layers as own
from convpipe.models.conv1d.tcn import TcnSettings


def inception_like():
    """Branches with different padding, a shortcut, a stride and a dilation; any number of steps."""
    inputs = keras.Input((None, 3))
    branches = [layers.Conv1D(4, 6, padding="same")(inputs), layers.Conv1D(4, 5, padding="causal")(inputs)]
    joined = layers.Concatenate()(branches)
    joined = layers.Add()([joined, layers.Conv1D(8, 1)(inputs)])
    strided = layers.SeparableConv1D(5, 3, strides=2, padding="same")(layers.ReLU()(joined))
    pooled = layers.AveragePooling1D(2)(layers.BatchNormalization()(strided))
    last = layers.Conv1D(2, 3, dilation_rate=2, name="last")(pooled)
    return keras.Model(inputs, layers.Dense(7, name="logits")(layers.GlobalAveragePooling1D()(last)))


def row(cost, name):
    return next(row for row in cost.rows if row.name == name)


def seen_positions(network, layer_name, input_shape, position):
    """Return the input steps that change the features at `position` when each is changed by itself."""
    features = keras.Model(network.inputs, network.get_layer(layer_name).output)
    steps = input_shape[0]
    batch = np.ones((steps + 1, *input_shape), "float32")  # the last sample is unchanged
    batch[np.arange(steps), np.arange(steps)] += 10.0
    out = np.asarray(features([batch], training=False))[:, position]
    return np.flatnonzero(np.abs(out[:-1] - out[-1]).max(axis=1) > 1e-4)


def test_multiply_adds_and_parameters_of_a_plain_network():
    network = keras.Sequential([keras.Input((None, 6)), layers.Conv1D(16, 5), layers.Conv1D(8, 3, strides=2)])
    cost = model_cost(network, (50, 6))
    assert [r.output_shape for r in cost.rows] == [(46, 16), (22, 8)]
    assert cost.multiply_adds == 46 * 5 * 6 * 16 + 22 * 3 * 16 * 8
    assert cost.parameters == (5 * 6 * 16 + 16) + (3 * 16 * 8 + 8)
    assert cost.activation_bytes == 4 * (46 * 16 + 22 * 8)
    assert cost.receptive_field == (7,) and cost.rows[-1].effective_stride == (2,)


def test_shapes_and_parameters_are_those_of_keras():
    network = inception_like()
    cost = model_cost(network, (64, 3))
    assert cost.parameters == network.count_params() == sum(r.parameters for r in cost.rows)
    outputs = keras.Model(network.inputs, [network.get_layer(r.name).output for r in cost.rows])([np.zeros((1, 64, 3))])
    assert [r.output_shape for r in cost.rows] == [tuple(out.shape[1:]) for out in outputs]
    assert not cost.uncounted


def test_the_receptive_field_contains_the_inputs_that_change_an_output():
    network = inception_like()
    for layer in network.layers:
        for weight in layer.weights:  # positive weights, so that no two paths cancel
            weight.assign(np.abs(np.asarray(weight)) + 0.1)
    cost = model_cost(network, (64, 3))
    for name in [r.name for r in cost.rows if r.receptive_field]:
        positions = row(cost, name).output_shape[0]
        seen = seen_positions(network, name, (64, 3), positions // 2)
        assert seen[-1] - seen[0] + 1 == row(cost, name).receptive_field[0], name
        after = seen_positions(network, name, (64, 3), positions // 2 + 1)
        assert after[-1] - seen[-1] == row(cost, name).effective_stride[0], name


@pytest.mark.parametrize(("kernel_size", "num_blocks"), [(5, 6), (3, 4), (2, 1)])
def test_the_receptive_field_of_a_tcn_counts_two_convolutions_per_dilation(kernel_size, num_blocks):
    """Each of two convolutions in a block adds (kernel - 1) * dilation to one position, so the blocks add the sum of
    2 * (kernel - 1) * 2**block. Published formulas that count one convolution per block are too small."""
    network = models.build(
        TcnSettings(filters=2, kernel_size=kernel_size, num_blocks=num_blocks), InputSpec((30,), 2, 3)
    )
    field = 1 + sum(2 * (kernel_size - 1) * 2**block for block in range(num_blocks))
    last = row(model_cost(network, (30, 2)), f"level_{num_blocks}_relu")
    assert last.field == Field((Reach(1 - field, 0, 1),), (30,))


@pytest.mark.parametrize("size", [8, 9])
def test_strided_padding_depends_on_the_size_in_keras_but_not_here(size):
    """Keras pads 9 steps with a zero on both sides, but 8 steps only at the end; convpipe always pads on both sides."""
    for library, low in ((layers, 0 if size == 8 else -1), (own, -1)):
        for layer in (library.Conv1D(2, 3, strides=2, padding="same"), library.MaxPooling1D(3, 2, padding="same")):
            cost = model_cost(keras.Sequential([keras.Input((None, 2)), layer]), (size, 2))
            assert cost.rows[0].field.axes == (Reach(low, low + 2, 2),)


@st.composite
def stacks(draw):
    """Draw consecutive layers along steps: (kind, kernel, stride, dilation, padding, kernel of a branch or 0)."""

    def layer():
        kind = draw(st.sampled_from(["convolution", "maximum", "average", "separable", "own", "own maximum"]))
        pooling = kind in ("maximum", "average", "own maximum")
        stride = draw(st.integers(1, 3)) if kind != "separable" else 1
        dilation = 1 if pooling or stride > 1 else draw(st.integers(1, 3))
        causal = ["causal"] if kind in ("convolution", "own") else []
        padding = draw(st.sampled_from(["valid", "same", *causal]))
        branch = draw(st.integers(0, 4)) if padding != "valid" else 0
        return kind, draw(st.integers(1, 4)), stride, dilation, padding, branch

    return [layer() for _ in range(draw(st.integers(1, 3)))]


def layer_of_ones(kind: str, kernel: int, stride: int, dilation: int, padding: str):
    """Return a layer whose weights are all one."""
    if "maximum" in kind or kind == "average":
        pools = {"maximum": layers.MaxPooling1D, "own maximum": own.MaxPooling1D, "average": layers.AveragePooling1D}
        return pools[kind](kernel, strides=stride, padding=padding)
    options = {"strides": stride, "dilation_rate": dilation, "padding": padding}
    if kind == "separable":
        ones = {"depthwise_initializer": "ones", "pointwise_initializer": "ones"}
        return layers.SeparableConv1D(1, kernel, **options, **ones)
    return {"convolution": layers, "own": own}[kind].Conv1D(1, kernel, **options, kernel_initializer="ones")


def stacked(stack, steps: int):
    inputs = outputs = keras.Input((steps, 1))
    for *settings_of_layer, branch in stack:
        result = layer_of_ones(*settings_of_layer)(outputs)
        if branch:
            parallel = layer_of_ones("own", branch, settings_of_layer[2], 1, "same")(outputs)
            result = layers.Concatenate()([result, parallel]) if branch % 2 else layers.Add()([result, parallel])
        outputs = result
    return keras.Model(inputs, outputs)


@settings(max_examples=60, deadline=None)
@given(stacks())
def test_the_field_of_any_stack_is_the_range_that_an_impulse_reaches(stack):
    steps = 60
    try:
        network = stacked(stack, steps)
    except ValueError:  # the output would be empty
        assume(False)
    field = model_cost(network, (steps, 1)).rows[-1].field.axes[0]
    impulses = np.eye(steps, dtype="float32")[..., None]  # all weights are positive, so no two paths cancel
    reached = np.asarray(network(impulses, training=False)).any(axis=-1)  # (input step, output position)
    for position, sees in enumerate(reached.T):
        seen, low, high = (
            np.flatnonzero(sees),
            position * field.stride + field.low,
            position * field.stride + field.high,
        )
        assert seen.size == 0 or (low <= seen[0] and seen[-1] <= high)
        assert low < 0 or seen[0] == low
        assert high >= steps or seen[-1] == high


def test_after_global_pooling_there_is_no_receptive_field():
    cost = model_cost(inception_like(), (64, 3))
    assert row(cost, "logits").receptive_field is None
    assert cost.receptive_field == row(cost, "last").receptive_field


def gated(features):
    """Weight channels by their average over all steps (squeeze and excitation)."""
    gate = layers.Dense(4, activation="sigmoid")(layers.GlobalAveragePooling1D(keepdims=True)(features))
    return layers.Multiply(name="seen")([features, gate])


@pytest.mark.parametrize(
    "mix",
    [
        layers.LSTM(4, return_sequences=True, name="seen"),
        layers.GroupNormalization(2, name="seen"),
        layers.LayerNormalization(axis=[1, 2], name="seen"),
        layers.Softmax(axis=1, name="seen"),
        lambda x: layers.MultiHeadAttention(1, 2, name="seen")(x, x),
        gated,
    ],
    ids=["recurrent", "group", "layer", "softmax", "attention", "gate"],
)
def test_layers_that_mix_all_steps_have_no_receptive_field(mix):
    inputs = keras.Input((12, 3))
    network = keras.Model(inputs, mix(layers.Conv1D(4, 3, padding="same", name="scan")(inputs)))
    cost = model_cost(network, (12, 3))
    assert row(cost, "scan").receptive_field == (3,) and row(cost, "seen").receptive_field is None


def test_a_transposed_convolution_has_a_cost_but_no_receptive_field():
    stack = [layers.Conv1D(4, 3, strides=2, name="down"), layers.Conv1DTranspose(6, 5, strides=2, name="up")]
    cost = model_cost(keras.Sequential([keras.Input((13, 2)), *stack, layers.Conv1D(1, 3, name="last")]), (13, 2))
    assert row(cost, "up").multiply_adds == 6 * 5 * 4 * 6 and not cost.uncounted  # of each of six input positions
    assert [each.receptive_field for each in cost.rows] == [(3,), None, None]


def test_a_normalization_over_channels_keeps_the_receptive_field():
    stack = [layers.Conv1D(4, 3), layers.LayerNormalization(), layers.UnitNormalization(), layers.Softmax()]
    cost = model_cost(keras.Sequential([keras.Input((12, 3)), *stack]), (12, 3))
    assert [each.receptive_field for each in cost.rows] == [(3,)] * 4


def test_images_and_volumes_are_counted_along_every_axis():
    flat = keras.Sequential([keras.Input((None, None, 2)), layers.Conv2D(4, (3, 5), groups=2)])
    assert model_cost(flat, (9, 9, 2)).multiply_adds == 7 * 5 * 3 * 5 * 1 * 4
    deep = keras.Sequential([keras.Input((8, 8, 8, 1)), layers.Conv3D(4, 3), layers.MaxPooling3D(2)])
    assert model_cost(deep, (8, 8, 8, 1)).receptive_field == (4, 4, 4)


def test_a_nested_network_is_entered_and_a_shared_one_counts_its_weights_once():
    inner = keras.Sequential([keras.Input((None, 3)), layers.Conv1D(4, 3, name="inner_conv")], name="inner")
    inputs = keras.Input((None, 3))
    network = keras.Model(inputs, layers.Average()([inner(inputs), inner(inputs)]))
    cost = model_cost(network, (10, 3))
    assert [r.name for r in cost.rows][0] == "inner/inner_conv"
    assert cost.multiply_adds == 2 * 8 * 3 * 3 * 4 and cost.parameters == 3 * 3 * 4 + 4


def test_text_starts_its_receptive_field_at_the_words():
    network = keras.Sequential([keras.Input((None,), dtype="int32"), layers.Embedding(50, 8), layers.Conv1D(4, 3)])
    cost = model_cost(network, (12,))
    assert cost.receptive_field == (3,) and cost.multiply_adds == 10 * 3 * 8 * 4


def test_a_layer_without_a_rule_is_listed_as_uncounted():
    network = keras.Sequential([keras.Input((None, 3)), layers.LSTM(3, name="memory")])
    assert model_cost(network, (10, 3)).uncounted == ("memory",)


class Shifts(layers.Layer):
    """A weighted sum of three copies: there is no rule for its multiply-adds, so the layer defines them."""

    def build(self, shape):
        self.shifts = self.add_weight(shape=(3, shape[-1]))

    def call(self, inputs):
        return sum(inputs * self.shifts[number] for number in range(3))

    def multiply_adds(self, shape):
        return 3 * shape[0] * shape[1]


def test_a_layer_can_define_its_multiply_adds():
    cost = model_cost(keras.Sequential([keras.Input((None, 5)), Shifts(name="shifts")]), (10, 5))
    assert cost.multiply_adds == 150 and cost.uncounted == ()


def test_computing_the_cost_does_not_change_the_network():
    network = inception_like()
    before = [len(layer._inbound_nodes) for layer in network.layers]
    model_cost(network, (64, 3))
    assert [len(layer._inbound_nodes) for layer in network.layers] == before


def test_too_few_steps_name_the_layer_and_the_smallest_sufficient_input(refused):
    with refused(ConfigError, key="model", remedy="at least 19 (steps)", mentions=("last", "steps")):
        model_cost(inception_like(), (10, 3))
    model_cost(inception_like(), (19, 3))
    with refused(ConfigError, key="model"):
        model_cost(inception_like(), (18, 3))


class FirstTwo(layers.Layer):
    """The first two steps; the output shape has no number of steps if that of the input is unknown."""

    def call(self, inputs):
        return inputs[:, :2]

    def compute_output_shape(self, shape):
        return (shape[0], shape[1] and 2, shape[2])


def test_the_error_names_a_network_for_which_no_input_is_large_enough(refused):
    network = keras.Sequential([keras.Input((None, 3)), FirstTwo(), layers.Conv1D(4, 3, name="last")])
    with refused(ConfigError, key="model", remedy="kernel sizes", mentions=("last", "fixed input size")):
        model_cost(network, (6, 3))


def test_a_shape_that_does_not_fit_is_refused(refused):
    with refused(ConfigError, value=[(64, 4)], remedy="(None, 3)", mentions=((64, 4),)):
        model_cost(inception_like(), (64, 4))


def test_channels_first_is_refused(refused):
    network = keras.Sequential([keras.Input((3, 8)), layers.Conv1D(4, 3, data_format="channels_first", name="scan")])
    with refused(ConfigError, value="channels_first", remedy="channels_last", mentions=("scan",)):
        model_cost(network, (3, 8))
