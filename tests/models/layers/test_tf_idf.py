"""The linear baseline against the pipeline of scikit-learn on the same tokens, also after saving."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import RidgeClassifierCV
from sklearn.svm import LinearSVC

from convpipe import config, models
from convpipe.data.ragged import Ragged
from convpipe.inference.logits import predict_logits
from convpipe.input_spec import InputSpec, TokenTable
from convpipe.models.layers.tf_idf import occurrences
from convpipe.models.linear import LinearSettings
from convpipe.training import ridge, tf_idf
from convpipe.training.batches import Arrays
from convpipe.training.linear_solver import fit_linear

VOCABULARY = 60


def made_texts(n=90, classes=3, seed=0, most=15):
    """Return texts of token ids from 1 on; one token is more frequent in each class."""
    random, labels = np.random.default_rng(seed), np.arange(n) % classes
    texts = []
    for label in labels:
        ids = random.integers(1, VOCABULARY, random.integers(1, most))
        texts.append(np.where(random.random(len(ids)) < 0.3, 2 + label, ids).astype("int32"))
    return Arrays(Ragged.of(texts), labels, classes)


def as_strings(part) -> list[str]:
    return [" ".join(map(str, part.inputs[row])) for row in range(len(part))]


def fitted(part, max_ngram=2, training=None):
    tokens = TokenTable("none", VOCABULARY, VOCABULARY, 0)
    network = models.build(LinearSettings(max_ngram=max_ngram), InputSpec((15,), 0, part.classes, True, tokens))
    return network, fit_linear(network, part, None, config.Settings(training=training or config.Training()))


@pytest.mark.parametrize("max_ngram", [1, 2, 3])
@pytest.mark.parametrize("classes", [2, 4])
def test_predictions_equal_scikit_learn_up_to_a_factor(max_ngram, classes, monkeypatch):
    monkeypatch.setattr(tf_idf, "STRENGTHS", (0.7,))
    train, test = made_texts(classes=classes), made_texts(40, classes, seed=1)
    network, _ = fitted(train, max_ngram)
    vectorizer = TfidfVectorizer(ngram_range=(1, max_ngram), sublinear_tf=True, token_pattern=r"\S+")
    machine = LinearSVC(C=0.7, random_state=0).fit(vectorizer.fit_transform(as_strings(train)), train.labels)
    expected = machine.decision_function(vectorizer.transform(as_strings(test)))
    expected = expected if classes > 2 else np.stack([-expected, expected], axis=1)
    found = predict_logits(network, test.inputs)
    factor = (found * expected).sum() / (expected**2).sum()
    assert factor > 0
    np.testing.assert_allclose(found, factor * expected, atol=1e-4 * factor)


@pytest.mark.parametrize(("right", "chosen"), [((2, 3, 1, 9), 1.0), ((1, 2, 3, 4), 10.0), ((3, 3, 9, 9), 0.3)])
def test_the_strength_increases_while_held_out_accuracy_increases(right, chosen, monkeypatch):
    train, used = made_texts(), []
    right = dict(zip(tf_idf.STRENGTHS, right, strict=True))
    signs = {strength: np.where(np.arange(90)[:, None] < count, 1, -1) for strength, count in right.items()}
    monkeypatch.setattr(tf_idf, "FOLDS", 1)
    monkeypatch.setattr(tf_idf, "held_out_scores", lambda *given: signs[given[4]] * (2 * train.targets - 1))
    real = tf_idf.fit_svm
    monkeypatch.setattr(tf_idf, "fit_svm", lambda *given: used.append(given[3]) or real(*given))
    fitted(train)
    assert used == [chosen]


def test_held_out_texts_are_scored_by_a_machine_that_never_saw_them():
    train = made_texts(60, 2)
    fold = tf_idf.assign_folds(train.labels, 0)
    assert sorted(np.bincount(fold)) == [12] * 5
    assert all((train.labels[fold == number] == 1).sum() == 6 for number in range(5))
    tokens, text = tf_idf.flatten(train.inputs)
    levels, tree = tf_idf.build_tree(tokens, text, 1)
    table = tf_idf.count_ngrams(levels, text, 60, len(tree["last_tokens"]))
    found = tf_idf.held_out_scores(table, train, fold, 2, 1.0, 0, False)
    machine = LinearSVC(C=1.0, tol=tf_idf.ROUGHLY, random_state=0).fit(table[fold != 2], train.labels[fold != 2])
    np.testing.assert_allclose(found[:, 1], machine.decision_function(table[fold == 2]), atol=1e-9)


def test_a_class_of_one_text_is_learned():
    part = made_texts(31)
    labels = np.where(np.arange(31) < 30, part.labels % 2, 2)
    network, done = fitted(Arrays(part.inputs, labels, 3))
    assert np.isfinite(done.history["loss"][0]) and predict_logits(network, part.inputs).shape == (31, 3)


def test_training_logits_equal_those_of_the_network():
    part = made_texts()
    network, done = fitted(part)
    loss = tf_idf_loss(predict_logits(network, part.inputs), part.labels)
    assert done.history["loss"][0] == pytest.approx(loss, rel=1e-4)
    assert done.epochs == 1 and network.count_params() > VOCABULARY


def tf_idf_loss(logits, labels):
    logits = logits - logits.max(1, keepdims=True)
    return float(np.mean(np.log(np.exp(logits).sum(1)) - logits[np.arange(len(labels)), labels]))


def test_padding_and_unknown_tokens_change_nothing():
    part = made_texts()
    network, _ = fitted(part)
    text = part.inputs[3][None]
    alone = ops.convert_to_numpy(network(text))
    padded = np.pad(text, [(0, 0), (0, 9)])
    strange = np.concatenate([text, np.full((1, 2), VOCABULARY + 7, "int32")], axis=1)
    np.testing.assert_allclose(ops.convert_to_numpy(network(padded)), alone, atol=1e-5)
    np.testing.assert_allclose(ops.convert_to_numpy(network(strange)), alone, atol=1e-5)
    nothing = ops.convert_to_numpy(network(np.full((1, 3), VOCABULARY + 7, "int32")))
    np.testing.assert_allclose(nothing[0], ops.convert_to_numpy(network.get_layer("logits").bias), atol=1e-6)


def test_token_scores_add_up_to_the_logits():
    part = made_texts()
    network, _ = fitted(part, max_ngram=3)
    layer, batch = network.get_layer("logits"), part.inputs[np.arange(20)]
    each = ops.convert_to_numpy(layer.token_scores(batch))
    assert not each[batch == 0].any()
    expected = ops.convert_to_numpy(network(batch))
    np.testing.assert_allclose(each.sum(1) + ops.convert_to_numpy(layer.bias), expected, atol=1e-4)


def test_a_saved_network_predicts_the_same(tmp_path):
    part = made_texts()
    network, _ = fitted(part)
    network.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras")
    np.testing.assert_array_equal(predict_logits(again, part.inputs), predict_logits(network, part.inputs))
    assert again.count_params() == network.count_params()


@given(st.lists(st.lists(st.integers(1, 5), min_size=1, max_size=9), min_size=1, max_size=6), st.integers(1, 3))
@settings(deadline=None, max_examples=40)
def test_every_n_gram_of_training_has_its_own_number(texts, max_ngram):
    ragged = Ragged.of([np.array(text, "int32") for text in texts])
    levels, tree = tf_idf.build_tree(*tf_idf.flatten(ragged), max_ngram)
    seen = {}
    for order, level in enumerate(levels):
        for at, node in enumerate(level):
            if node:
                seen.setdefault(int(node), set()).add(tuple(ragged.values[at : at + order + 1].tolist()))
    expected = {
        tuple(text[a : a + k]) for text in texts for k in range(1, max_ngram + 1) for a in range(len(text) - k + 1)
    }
    assert set().union(*seen.values()) == expected and len(seen) == len(expected)
    assert len(tree["last_tokens"]) == len(expected) + 1


@given(st.lists(st.integers(0, 4), min_size=1, max_size=12))
@settings(deadline=None, max_examples=20)
def test_occurrences(row):
    rows = [sorted(row), sorted(each + 1 for each in row)]
    found = ops.convert_to_numpy(occurrences(np.array(rows, "int32")))
    assert found.tolist() == [[each.count(number) for number in each] for each in rows]


@pytest.mark.parametrize("sizes", [(12,), (4, 5), (3, 2, 2)])
def test_other_samples_than_texts_get_the_ridge_of_scikit_learn(sizes):
    random, labels = np.random.default_rng(0), np.arange(60) % 3
    inputs = random.normal(size=(60, *sizes, 2)).astype("float32")
    inputs += labels.reshape(-1, *[1] * (len(sizes) + 1)) * random.normal(size=(1, *sizes, 2)).astype("float32")
    network = models.build(LinearSettings(), InputSpec(sizes, 2, 3))
    fit_linear(network, Arrays(inputs, labels, 3), None, config.Settings())
    flat = inputs.reshape(60, -1)
    flat = (flat - flat.mean(0)) / flat.std(0)
    reference = RidgeClassifierCV(alphas=ridge.ALPHAS).fit(flat, labels)
    found, expected = predict_logits(network, inputs), reference.decision_function(flat)
    factor = (found * expected).sum() / (expected**2).sum()
    np.testing.assert_allclose(found, factor * expected, rtol=1e-3, atol=1e-3 * factor)


def test_series_of_unequal_length_are_padded_with_zeros():
    random, labels = np.random.default_rng(0), np.arange(20) % 2
    series = [random.normal(size=(steps, 1)).astype("float32") for steps in random.integers(3, 9, 20)]
    part = Arrays(Ragged.of(series), labels, 2)
    network = models.build(LinearSettings(), InputSpec((8,), 1, 2, masked=True))
    fit_linear(network, part, None, config.Settings())
    alone = ops.convert_to_numpy(network(series[5][None]))
    np.testing.assert_allclose(predict_logits(network, part.inputs)[5], alone[0], atol=1e-5)
