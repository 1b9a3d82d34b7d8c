"""Batch normalization against that of Keras, with and without a mask."""

import numpy as np
import pytest
from keras import layers, ops

from convpipe.models.layers.heads import BatchNormalization

tf = pytest.importorskip("tensorflow")
STEPS = {
    "unequal": [30, 7, 1, 19],
    "all real": [30] * 4,
    "an empty series": [0, 30, 12, 5],
    "one step": [1, 0, 0, 0],
    "none": [0] * 4,
}


def masked_batch(counts, mean=0.0, seed=0):
    """Return inputs (4, 30, 3) with zeros from `counts` on, their mask, and weights of the outputs in the loss."""
    random = np.random.default_rng(seed)
    mask = np.arange(30)[None] < np.array(counts)[:, None]
    inputs = np.where(mask[..., None], random.normal(mean, 1.5, (4, 30, 3)), 0)
    return inputs.astype(np.float32), mask, random.normal(size=(4, 30, 3)).astype(np.float32) * mask[..., None]


def results(layer_class, dtype, inputs, mask, weights):
    """Return outputs of a training step at real steps, gradients of inputs, gamma and beta, moving statistics, and
    outputs of inference."""
    layer = layer_class(dtype=dtype)
    layer.build(inputs.shape)
    layer.gamma.assign([0.5, 1, 2])
    layer.beta.assign([-1, 0.5, 1])
    values = tf.constant(inputs, dtype)

    with tf.GradientTape() as tape:
        tape.watch(values)
        outputs = layer(values, training=True, mask=tf.constant(mask))
        loss = tf.reduce_sum(outputs * tf.constant(weights, dtype))
    gradients = tape.gradient(loss, [values, layer.gamma.value, layer.beta.value])
    after = layer(values, training=False, mask=tf.constant(mask))
    tensors = [outputs[mask], *gradients, layer.moving_mean, layer.moving_variance, after[mask]]
    return [ops.convert_to_numpy(each) for each in tensors]


@pytest.mark.parametrize("mean", [0.0, 5.0])
@pytest.mark.parametrize("counts", STEPS.values(), ids=STEPS)
def test_masked_normalization_equals_keras_in_float64(counts, mean):
    batch = masked_batch(counts, mean)
    ours, exact = results(BatchNormalization, "float32", *batch), results(layers.BatchNormalization, "float64", *batch)
    # The relative rounding error of float32 is 2^-24. Normalization multiplies it by gamma / sqrt(variance + epsilon),
    # and a sum over n steps by sqrt(n). Four times that is allowed; the float32 results of Keras need half of it.
    inputs, mask, _ = batch
    real = inputs[mask] if mask.any() else np.zeros((1, 3))
    rounding = 2.0**-24 * np.abs(real).max() * 2 / np.sqrt(real.var(axis=0).min() + 1e-3)
    for found, expected in zip(ours, exact, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=4 * rounding * np.sqrt(len(real)))


def test_padded_steps_become_zero_for_any_padding():
    inputs, mask, weights = masked_batch(STEPS["unequal"])
    outputs = []
    for padding in (0.0, 1e6):
        layer = BatchNormalization()
        outputs.append(layer(np.where(mask[..., None], inputs, padding).astype(np.float32), training=True, mask=mask))
        assert not np.any(ops.convert_to_numpy(outputs[-1])[~mask])
    np.testing.assert_array_equal(*map(ops.convert_to_numpy, outputs))


@pytest.mark.parametrize("mask", [None, np.ones((4, 30), bool)], ids=["unmasked", "masked"])
def test_a_frozen_layer_uses_and_keeps_its_statistics(mask):
    inputs, _, _ = masked_batch([30] * 4, mean=5.0)
    layer = BatchNormalization(trainable=False)
    outputs = layer(inputs, training=True, mask=mask)
    np.testing.assert_array_equal(ops.convert_to_numpy(outputs), ops.convert_to_numpy(layer(inputs, training=False)))
    assert not np.any(ops.convert_to_numpy(layer.moving_mean))


@pytest.mark.parametrize("shape", [(5, 7, 3), (4, 6, 5, 2), (3, 4, 5, 6, 2), (1, 1, 2)])
@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16", "mixed_float16"])
def test_fused_normalization_equals_keras(shape, precision):
    random = np.random.default_rng(0)
    inputs = (2 * random.normal(size=shape) + 1).astype(np.float32)
    found = []
    for kind in (BatchNormalization, layers.BatchNormalization):
        layer = kind(dtype=precision)
        layer.build(shape)
        layer.gamma.assign(np.linspace(0.5, 2, shape[-1]))
        layer.beta.assign(np.linspace(-1, 1, shape[-1]))
        outputs = ops.cast(layer(inputs, training=True), "float32")
        after = ops.cast(layer(inputs, training=False), "float32")
        found.append([outputs, after, layer.moving_mean, layer.moving_variance])
    tolerance = 1e-5 if precision == "float32" else 0.03  # bfloat16 has eight bits; values are up to about 4
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ops.convert_to_numpy(ours), ops.convert_to_numpy(theirs), atol=tolerance)
