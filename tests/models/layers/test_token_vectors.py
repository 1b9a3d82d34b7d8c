"""Token vectors against NumPy in every mode: trained ones change, frozen ones do not, padding is zero."""

import keras
import numpy as np
import pytest

from convpipe.cost.model_cost import model_cost
from convpipe.input_spec import TokenTable
from convpipe.models.layers.masking import Conv1D
from convpipe.models.layers.token_vectors import DEVIATION, TokenVectors

COUNT, LEARNED, DIMENSIONS = 9, 6, 4
VECTORS = np.random.default_rng(0).normal(size=(COUNT, DIMENSIONS)).astype("float16")
VECTORS[:2] = 0
IDS = np.array([[2, 7, 1, 5, 8], [3, 1, 6, 0, 0]], np.int32)
PRETRAINED = ["static", "fine_tuned", "multichannel"]
MODES = ["random", "one_hot", *PRETRAINED]


def table(mode: str, dropout: float = 0.0) -> TokenTable:
    if mode in PRETRAINED:
        return TokenTable(mode, COUNT, LEARNED, DIMENSIONS, VECTORS, dropout)
    return TokenTable(mode, COUNT, COUNT, COUNT - 2 if mode == "one_hot" else DIMENSIONS, None, dropout)


def network(mode: str, dropout: float = 0.0) -> keras.Model:
    tokens = keras.Input((None,), dtype="int32")
    vectors = TokenVectors.of(table(mode, dropout))(tokens)
    logits = keras.layers.Dense(2)(keras.layers.GlobalAveragePooling1D()(vectors))
    return keras.Model(tokens, [logits, vectors])


def vectors_of(model, ids=IDS) -> np.ndarray:
    return keras.ops.convert_to_numpy(model(ids)[1])


def trained_one_step(mode: str):
    model = network(mode)
    before = {weight.name: keras.ops.convert_to_numpy(weight).copy() for weight in model.layers[1].weights}
    trainer = keras.Model(model.inputs, model.outputs[0])
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    trainer.compile(keras.optimizers.AdamW(0.1, weight_decay=0.0), loss)
    trainer.train_on_batch(IDS, np.eye(2, dtype="float32"))
    after = {weight.name: keras.ops.convert_to_numpy(weight) for weight in model.layers[1].weights}
    return model, before, after


@pytest.mark.parametrize("mode", PRETRAINED)
def test_pretrained_vectors_are_looked_up(mode):
    np.testing.assert_array_equal(vectors_of(network(mode)), VECTORS.astype("float32")[IDS])


def test_one_hot_has_a_dimension_for_each_token_but_none_for_the_unknown_one():
    expected = np.eye(COUNT, dtype="float32")[IDS][..., 2:]
    np.testing.assert_array_equal(vectors_of(network("one_hot")), expected)


def test_random_vectors_differ_and_padding_is_zero():
    vectors = vectors_of(network("random"))
    assert (vectors[1, 3:] == 0).all() and len(np.unique(vectors[0], axis=0)) == 5
    assert vectors[0].std() == pytest.approx(DEVIATION, rel=0.6)


@pytest.mark.parametrize("mode", MODES)
def test_the_mask_ends_with_the_text_and_padding_is_zero_after_training_too(mode):
    model, _, _ = trained_one_step(mode)
    assert (vectors_of(model)[1, 3:] == 0).all()
    np.testing.assert_array_equal(model.layers[1].compute_mask(keras.ops.convert_to_tensor(IDS)), IDS != 0)


def test_static_vectors_never_move():
    model, before, after = trained_one_step("static")
    assert not model.layers[1].trainable_weights
    np.testing.assert_array_equal(before["frozen"], after["frozen"])


@pytest.mark.parametrize("mode", ["fine_tuned", "multichannel"])
def test_tokens_of_the_training_part_are_tuned_and_others_are_frozen(mode):
    model, before, after = trained_one_step(mode)
    assert after["trained"].shape == (LEARNED, DIMENSIONS)
    moved = (before["trained"] != after["trained"]).any(axis=1)
    np.testing.assert_array_equal(moved, [False, True, True, True, False, True])  # 0 and 4 are not in the batch
    np.testing.assert_array_equal(before["frozen"], after["frozen"])
    np.testing.assert_array_equal(vectors_of(model, np.array([[6, 7, 8]])), VECTORS.astype("float32")[[[6, 7, 8]]])


@pytest.mark.slow
def test_one_convolution_over_the_mean_equals_the_sum_of_two():
    model, _, after = trained_one_step("multichannel")
    static = VECTORS.astype("float32")[IDS] * (IDS != 0)[..., None]
    tuned = np.concatenate([after["trained"], VECTORS[LEARNED:]])[IDS] * (IDS != 0)[..., None]
    convolution = Conv1D(3, 2, use_bias=False)
    together = 2 * keras.ops.convert_to_numpy(convolution(vectors_of(model)))
    apart = keras.ops.convert_to_numpy(convolution(static) + convolution(tuned))
    assert not np.allclose(static, tuned)
    np.testing.assert_allclose(together, apart, rtol=1e-5, atol=1e-5)


def test_fine_tuned_without_tokens_outside_the_training_part():
    layer = TokenVectors.of(TokenTable("fine_tuned", LEARNED, LEARNED, DIMENSIONS, VECTORS[:LEARNED]))
    ids = np.array([[2, 5]])
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(layer(ids)), VECTORS.astype("float32")[ids])


@pytest.mark.parametrize("mode", MODES)
def test_a_saved_layer_gives_the_same_vectors(mode, tmp_path):
    model, _, _ = trained_one_step(mode)
    model.save(tmp_path / "network.keras")
    loaded = keras.models.load_model(tmp_path / "network.keras")
    np.testing.assert_array_equal(vectors_of(loaded), vectors_of(model))
    weights = {weight.name: (str(weight.dtype), weight.trainable) for weight in loaded.layers[1].weights}
    assert weights.get("frozen", ("float16", False)) == ("float16", False)
    assert weights.get("trained", ("float32", True)) == ("float32", True)


@pytest.mark.parametrize("mode", MODES)
def test_vectors_have_the_precision_of_the_network(mode):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        layer = TokenVectors.of(table(mode))
        assert keras.backend.standardize_dtype(layer(IDS).dtype) == "bfloat16"
        assert {str(weight.dtype) for weight in layer.weights} <= {"float16", "float32"}
    finally:
        keras.config.set_dtype_policy("float32")


def test_dropout_is_active_in_training_only():
    layer = TokenVectors.of(table("static", dropout=0.5))
    still = keras.ops.convert_to_numpy(layer(IDS))
    dropped = keras.ops.convert_to_numpy(layer(IDS, training=True))
    np.testing.assert_array_equal(still, VECTORS.astype("float32")[IDS])
    known = still != 0
    assert 0 < (dropped[known] == 0).mean() < 1
    np.testing.assert_allclose(dropped[dropped != 0], 2 * still[dropped != 0], rtol=1e-3)


def test_the_lookup_has_no_cost_and_positions_are_counted_from_it():
    tokens = keras.Input((None,), dtype="int32")
    outputs = Conv1D(3, 2, padding="same")(TokenVectors.of(table("static"), name="token_vectors")(tokens))
    rows = {row.name: row for row in model_cost(keras.Model(tokens, outputs), (5,)).rows}
    assert rows["token_vectors"].multiply_adds == 0 and rows["token_vectors"].receptive_field == (1,)
    assert rows["token_vectors"].output_shape == (5, DIMENSIONS)
    convolution = next(row for row in rows.values() if row.kind == "Conv1D")
    assert convolution.receptive_field == (2,)


def test_whole_tokens_are_dropped_in_training_only():
    layer = TokenVectors.of(TokenTable("static", COUNT, COUNT, DIMENSIONS, VECTORS, word_dropout=0.5))
    ids = np.tile(np.array([[2, 7, 5, 8]], "int32"), (200, 1))
    used = keras.ops.convert_to_numpy(layer(ids, training=False))
    trained = keras.ops.convert_to_numpy(layer(ids, training=True))
    dropped = (trained == 0).all(axis=-1)
    assert 0.4 < dropped.mean() < 0.6
    np.testing.assert_allclose(trained[~dropped], 2 * used[~dropped], rtol=1e-3)
    assert TokenVectors.from_config(layer.get_config()).word_dropout.rate == 0.5
