"""The mean of word and n-gram vectors, and the bag of words, against their definitions."""

import keras
import numpy as np
import pytest
from keras import ops

from convpipe import models
from convpipe.errors import ConfigError
from convpipe.input_spec import InputSpec, TokenTable
from convpipe.models.layers.bag_of_ngrams import SCALE, BagScores
from convpipe.models.text.fast_text import FastTextSettings
from convpipe.models.text.text_cnn import TextCnnSettings

TEXTS = np.array([[5, 6, 7, 5, 6], [3, 4, 0, 0, 0], [9, 0, 0, 0, 0]], "int32")


def built(max_ngram=2, buckets=50):
    tokens = TokenTable("none", 30, 20, 0)
    settings = FastTextSettings(dim=4, max_ngram=max_ngram, buckets=buckets)
    network = models.build(settings, InputSpec((5,), 0, 3, True, tokens))
    random = np.random.default_rng(0)
    network.set_weights([random.normal(size=weight.shape) for weight in network.get_weights()])
    return network


def logits(network, tokens) -> np.ndarray:
    return ops.convert_to_numpy(network(np.asarray(tokens, "int32")))


@pytest.mark.parametrize("max_ngram", [1, 2, 3])
def test_a_text_is_the_mean_of_its_tokens_and_n_grams(max_ngram):
    network = built(max_ngram)
    layer, (kernel, bias) = network.get_layer("mean"), network.get_layer("logits").get_weights()
    rows = [ops.convert_to_numpy(row) for row, _ in layer.table_rows(TEXTS)]
    words, *shared = layer.get_weights()
    for number, text in enumerate(TEXTS):
        steps = int((text != 0).sum())
        vectors = [words[token] for token in text[:steps]]
        for order in range(2, max_ngram + 1):
            vectors += [shared[0][rows[order - 1][number, at]] for at in range(steps - order + 1)]
        np.testing.assert_allclose(
            logits(network, TEXTS)[number], SCALE * np.mean(vectors, 0) @ kernel + bias, rtol=1e-4
        )


def test_an_n_gram_has_one_vector_which_depends_on_the_order_of_its_tokens():
    rows = ops.convert_to_numpy(built(buckets=10_000).get_layer("mean").table_rows(TEXTS)[1][0])
    assert rows[0, 0] == rows[0, 3] != rows[0, 1]
    turned = ops.convert_to_numpy(built(buckets=10_000).get_layer("mean").table_rows(TEXTS[:, ::-1])[1][0])
    assert rows[0, 0] not in turned[0]


def test_hashes_use_the_buckets_evenly():
    pairs = np.array([(i, j) for i in range(2, 20) for j in range(2, 20)], "int32")
    rows = ops.convert_to_numpy(built(buckets=324).get_layer("mean").table_rows(pairs)[1][0])[:, 0]
    # 324 random hashes leave 1/e of 324 buckets empty.
    assert rows.min() >= 0 and rows.max() < 324 and abs(len(np.unique(rows)) / 324 - (1 - np.exp(-1))) < 0.08


def test_padding_changes_nothing_and_ids_that_were_not_learned_are_unknown():
    network = built()
    np.testing.assert_allclose(logits(network, TEXTS)[1], logits(network, [[3, 4]])[0], rtol=1e-4)
    np.testing.assert_allclose(logits(network, [[3, 29]]), logits(network, [[3, 1]]), rtol=1e-5)


def test_untrained_vectors_add_nothing():
    network = models.build(
        FastTextSettings(dim=4, buckets=9), InputSpec((5,), 0, 3, True, TokenTable("none", 30, 20, 0))
    )
    assert not logits(network, TEXTS).any()


def test_token_scores_add_up_to_the_logits():
    network = built(max_ngram=3)
    kernel, bias = network.get_layer("logits").get_weights()
    each = ops.convert_to_numpy(network.get_layer("mean").token_scores(TEXTS, kernel))
    assert not each[TEXTS == 0].any()
    np.testing.assert_allclose(each.sum(1) + bias, logits(network, TEXTS), rtol=1e-4, atol=1e-4)


def test_a_saved_network_predicts_the_same(tmp_path):
    network = built()
    network.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras")
    np.testing.assert_array_equal(logits(again, TEXTS), logits(network, TEXTS))


def test_samples_other_than_texts_are_refused(refused):
    with refused(ConfigError, key="model", value="fast_text", mentions=("texts",)):
        models.build(FastTextSettings(), InputSpec((5,), 2, 3))


def test_a_bag_weights_words_by_inverse_document_frequency():
    idf = np.array([0, 0, 1.0, 2.0, 3.0], "float32")
    layer = BagScores.of(2, idf, name="bag")
    tokens = np.array([[2, 4, 4, 9, 0], [1, 0, 0, 0, 0]], "int32")  # 9 and 1 are not in the training part
    layer.build(tokens.shape)
    words = np.arange(10.0, dtype="float32").reshape(5, 2)
    layer.words.assign(words)
    weights = 10 * np.array([1, 3, 3]) / np.sqrt(1 + 9 + 9)
    expected = [weights @ words[[2, 4, 4]], [0, 0]]
    np.testing.assert_allclose(ops.convert_to_numpy(layer(tokens)), expected, rtol=1e-5)
    again = BagScores.from_config(layer.get_config())
    assert (again.classes, again.learned) == (2, 5)


def test_a_network_with_a_bag_is_the_sum_of_both(refused):
    idf = np.append([0, 0], np.ones(8)).astype("float32")
    spec = InputSpec((5,), 4, 3, True, TokenTable("random", 10, 10, 4, idf=idf))
    network = models.build(TextCnnSettings(kernel_sizes=[2], filters=3, bag=True), spec)
    bag = network.get_layer("bag")
    tokens = np.array([[2, 3, 4, 0, 0]], "int32")
    plain = ops.convert_to_numpy(network(tokens))
    bag.words.assign(np.ones((10, 3), "float32"))
    np.testing.assert_allclose(ops.convert_to_numpy(network(tokens)) - plain, 10 * np.sqrt(3), rtol=1e-4)
    with refused(ConfigError, key="model.bag", value=True, remedy="model.bag=false"):
        models.build(TextCnnSettings(bag=True), InputSpec((5,), 4, 3, True))
