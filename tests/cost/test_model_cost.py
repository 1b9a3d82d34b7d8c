"""Costs of whole networks: against hand arithmetic, Keras' own shapes, and gradients for the receptive field."""

import keras
import numpy as np
from keras import layers

from convpipe.cost.model_cost import model_cost
from convpipe.errors import ConfigError


def inception_like():
    """Branches that lie differently, a shortcut, a stride, a dilation; the number of steps is open."""
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
    """Which input steps change the features at `position` when they are nudged one by one."""
    features = keras.Model(network.inputs, network.get_layer(layer_name).output)
    steps = input_shape[0]
    batch = np.ones((steps + 1, *input_shape), "float32")  # the last one stays as it is
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


def test_receptive_field_is_what_nudging_the_input_finds():
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


def test_after_global_pooling_the_receptive_field_is_everything():
    cost = model_cost(inception_like(), (64, 3))
    assert row(cost, "logits").receptive_field is None
    assert cost.receptive_field == row(cost, "last").receptive_field


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


def test_a_layer_without_a_rule_is_named_and_not_passed_over_in_silence():
    network = keras.Sequential([keras.Input((None, 3)), layers.LSTM(3, name="memory")])
    assert model_cost(network, (10, 3)).uncounted == ("memory",)


class Shifts(layers.Layer):
    """Three shifted copies, added with weights: work that no rule knows, so the layer tells it."""

    def build(self, shape):
        self.shifts = self.add_weight(shape=(3, shape[-1]))

    def call(self, inputs):
        return sum(inputs * self.shifts[number] for number in range(3))

    def multiply_adds(self, shape):
        return 3 * shape[0] * shape[1]


def test_a_layer_may_tell_its_own_multiply_adds():
    cost = model_cost(keras.Sequential([keras.Input((None, 5)), Shifts(name="shifts")]), (10, 5))
    assert cost.multiply_adds == 150 and cost.uncounted == ()


def test_costing_leaves_the_network_as_it_was():
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
    """The first two steps, of which Keras is told only once the number of steps is known."""

    def call(self, inputs):
        return inputs[:, :2]

    def compute_output_shape(self, shape):
        return (shape[0], shape[1] and 2, shape[2])


def test_where_no_input_is_large_enough_the_error_says_so(refused):
    network = keras.Sequential([keras.Input((None, 3)), FirstTwo(), layers.Conv1D(4, 3, name="last")])
    with refused(ConfigError, key="model", remedy="kernel sizes", mentions=("last", "no larger input")):
        model_cost(network, (6, 3))


def test_a_shape_that_does_not_fit_is_refused(refused):
    with refused(ConfigError, value=[(64, 4)], remedy="(None, 3)", mentions=((64, 4),)):
        model_cost(inception_like(), (64, 4))


def test_channels_first_is_refused(refused):
    network = keras.Sequential([keras.Input((3, 8)), layers.Conv1D(4, 3, data_format="channels_first", name="scan")])
    with refused(ConfigError, value="channels_first", remedy="channels_last", mentions=("scan",)):
        model_cost(network, (3, 8))
