"""Statistics of batch normalization against those of NumPy over the same series."""

import keras
import numpy as np
import pytest
from keras import layers

from convpipe.models.layers.heads import batch_norm_relu
from convpipe.models.layers.masking import Conv1D, SegmentAverage, SeriesEnd
from convpipe.training.recalibration import Recalibration


def network():
    keras.utils.set_random_seed(0)
    inputs = keras.Input((None, 2))
    outputs = Conv1D(3, 4, padding="same", name="first")(SeriesEnd()(inputs))
    outputs = layers.SpatialDropout1D(0.5, name="noise")(batch_norm_relu(outputs, "first"))
    outputs = batch_norm_relu(Conv1D(3, 3, padding="same", name="second")(outputs), "second")
    return keras.Model(inputs, SegmentAverage()(outputs))


def batch(*steps, seed=0):
    padded = np.full((len(steps), max(steps), 2), np.nan, np.float32)
    for row, count in zip(padded, steps, strict=True):
        row[:count] = np.random.default_rng([seed, count]).normal(1, 2, (count, 2))
    return padded


def seen_by(model, name: str, inputs) -> np.ndarray:
    """Return the inputs of the normalization `name`, without padded steps: (steps of all series, channels)."""
    before = keras.Model(model.input, model.get_layer(name).output)(inputs, training=False)
    return keras.ops.convert_to_numpy(before)[~np.isnan(inputs[:, :, 0])]


def moving(model, name: str):
    norm = model.get_layer(f"{name}_normalization")
    return keras.ops.convert_to_numpy(norm.moving_mean), keras.ops.convert_to_numpy(norm.moving_variance)


def test_one_batch_gives_the_exact_statistics_of_every_layer():
    model, inputs = network(), batch(9, 5, 7, 2)
    Recalibration(model).over([inputs])
    for name in ("first", "second"):
        values, (mean, variance) = seen_by(model, name, inputs), moving(model, name)
        np.testing.assert_allclose(mean, values.mean(axis=0), rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(variance, values.var(axis=0), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("sizes", [(2, 2), (3, 1), (1, 2, 1)])
def test_several_batches_give_their_mean_weighted_by_series(sizes):
    model, inputs = network(), batch(8, 8, 8, 8)
    inputs += np.arange(4, dtype="float32")[:, None, None]  # so that batches differ
    pieces = np.split(inputs, np.cumsum(sizes)[:-1])
    Recalibration(model).over(pieces)
    values, (mean, variance) = seen_by(model, "first", inputs), moving(model, "first")
    np.testing.assert_allclose(mean, values.mean(axis=0), rtol=1e-4, atol=1e-5)
    within = [np.var(seen_by(model, "first", piece), axis=0) for piece in pieces]
    np.testing.assert_allclose(variance, np.average(within, axis=0, weights=sizes), rtol=1e-4, atol=1e-5)


def test_recalibration_changes_nothing_else():
    model = network()
    norms = [layer for layer in model.layers if isinstance(layer, layers.BatchNormalization)]
    weights = [v for v in model.variables if "moving" not in v.path]
    before = [keras.ops.convert_to_numpy(v).copy() for v in weights]
    Recalibration(model).over([batch(9, 5)])
    assert model.get_layer("noise").rate == 0.5 and {norm.momentum for norm in norms} == {0.99}
    for variable, value in zip(weights, before, strict=True):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(variable), value)


def test_momentum_is_restored_after_an_error():
    model = network()

    def broken():
        yield batch(9, 5)
        raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        Recalibration(model).over(broken())
    assert model.get_layer("first_normalization").momentum == 0.99 and model.get_layer("noise").rate == 0.5


def test_recalibrating_twice_changes_nothing():
    model, inputs = network(), batch(9, 5, 7, 2)
    Recalibration(model).over([inputs])
    once = moving(model, "second")
    Recalibration(model).over([inputs])
    np.testing.assert_array_equal(moving(model, "second"), once)


def test_a_network_without_normalization_reads_no_batch():
    inputs = keras.Input((None, 2))
    model = keras.Model(inputs, SegmentAverage()(inputs))
    Recalibration(model).over(iter([pytest.fail]))
