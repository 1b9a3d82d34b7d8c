"""In synthetic texts one word determines the class: explanations must find it, and exact ones must add up."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
from keras import ops

from convpipe import config, models
from convpipe.data.dataset import Subset
from convpipe.data.ragged import Ragged
from convpipe.errors import ConfigError
from convpipe.evaluation.explanation import explain, pieces, text_preprocessing
from convpipe.evaluation.explanation_lines import explanation_lines
from convpipe.evaluation.figures import text as text_figures
from convpipe.evaluation.figures.context import FigureContext
from convpipe.inference.classifier import Classifier, Predictions
from convpipe.inference.logits import predict_logits
from convpipe.input_spec import InputSpec, TokenTable
from convpipe.models.conv1d.cnn1d import Cnn1dSettings
from convpipe.models.conv1d.tcn import TcnSettings
from convpipe.models.linear import LinearSettings
from convpipe.models.text.char_cnn import CharCnnSettings
from convpipe.models.text.dpcnn import DpcnnSettings
from convpipe.models.text.fast_text import FastTextSettings
from convpipe.models.text.text_cnn import TextCnnSettings
from convpipe.preprocessing.text.inputs import TextPreprocessingBase
from convpipe.registry import MODELS
from convpipe.training.batches import Arrays
from convpipe.training.fit import fit
from convpipe.training.linear_solver import fit_linear

pytestmark = pytest.mark.slow

CONTEXT = FigureContext("made here", "fcn", 3, "test part")
WORDS = [f"w{number}" for number in range(30)]
PLANTED = {"wheat": "grain", "oil": "crude"}
NUMBERS = {word: number for number, word in enumerate([*WORDS, *PLANTED], 2)}
NAMES = ("grain", "crude")


class Spaces(TextPreprocessingBase):
    """A preprocessing that splits at spaces."""

    input_shape, smallest_input_shape = (13,), (1,)

    def tokens(self, text):
        return text.split() or [""]

    def transform(self, inputs, sample_ids=None):
        return Ragged.of([np.array([NUMBERS.get(token, 1) for token in self.tokens(t)], "int32") for t in inputs])

    def spec(self, classes):
        count = len(NUMBERS) + 2
        idf = np.append([0, 0], np.linspace(1, 2, count - 2)).astype("float32")
        return InputSpec((13,), 8, classes, True, TokenTable("random", count, count, 8, idf=idf))


def made(n=120, seed=0):
    """Texts of neutral words with one planted word at a random position, and their labels."""
    random, labels = np.random.default_rng(seed), np.arange(n) % 2
    texts = []
    for label in labels:
        words = list(random.choice(WORDS, random.integers(3, 12)))
        words.insert(random.integers(0, len(words) + 1), list(PLANTED)[label])
        texts.append(" ".join(words))
    return texts, labels


def built(settings):
    keras.utils.set_random_seed(0)
    return models.build(settings, Spaces().spec(classes=2))


def trained(settings):
    network, (texts, labels) = built(settings), made()
    part = Arrays(Spaces().transform(texts), labels, 2)
    settings_of_run = config.Settings(training=config.Training(epochs=12, batch_size=8, learning_rate=2e-2))
    train = fit_linear if MODELS[settings.name].solver == "linear" else fit
    train(network, part, None, settings_of_run)
    return Classifier(Spaces(), [network], NAMES)


EXACT = (
    TextCnnSettings(filters=8, kernel_sizes=[2, 3]),
    TextCnnSettings(filters=2, kernel_sizes=[2, 3], bag=True),
    FastTextSettings(dim=8, max_ngram=1),
    LinearSettings(),
    Cnn1dSettings(filters=[8], kernel_sizes=[1], strides=[1], pooling=[1], batch_normalization=False),
    CharCnnSettings(filters=[8], kernel_sizes=[3], pooling=[2]),
    DpcnnSettings(filters=8, blocks=1, dropout=0.0),
)
GRADIENTS = (
    CharCnnSettings(filters=[8], kernel_sizes=[3], pooling=[1], units=[8]),
    TcnSettings(filters=8, kernel_size=3, num_blocks=2, pooling="last", dropout=0.0),
)


@pytest.fixture(scope="module")
def text_cnn():
    return trained(EXACT[0])


@pytest.fixture(scope="module", params=EXACT + GRADIENTS, ids=str)
def classifier(request, text_cnn):
    found = text_cnn if request.param is EXACT[0] else trained(request.param)
    found.expected_exact = request.param in EXACT
    # A map of pooled or causal cells has the resolution of a kernel.
    found.slack = 2 if request.param.name in ("char_cnn", "dpcnn", "tcn") else 0
    return found


def test_the_planted_word_has_the_largest_contribution(classifier):
    texts, labels = made(100, seed=1)
    # A network may assign a text without either word to one of the classes; then there is no word to find.
    neutral = [" ".join("w3" if word in PLANTED else word for word in text.split()) for text in texts]
    decided = [name != NAMES[label] for name, label in zip(classifier.predict(neutral).names, labels, strict=True)]
    hits, decisive = 0, [(text, label) for text, label, each in zip(texts, labels, decided, strict=True) if each]
    for text, label in decisive:
        explanation = explain(classifier, text, label=int(label))
        assert explanation.exact == classifier.expected_exact
        place = explanation.tokens.index(list(PLANTED)[label])
        hits += abs(int(explanation.values.argmax()) - place) <= classifier.slack
    assert len(decisive) >= 40 and hits >= 0.95 * len(decisive), (hits, len(decisive))


def test_exact_scores_plus_a_constant_are_the_logits(classifier):
    if not classifier.expected_exact:
        pytest.skip("gradients do not add up")
    texts, _ = made(6, seed=2)
    logits = predict_logits(classifier.networks[0], Spaces().transform(texts))
    for row, text in zip(logits, texts, strict=True):
        explanation = explain(classifier, text)
        np.testing.assert_allclose(explanation.scores.sum(0) + explanation.constant, row, atol=1e-4)
        np.testing.assert_allclose(explanation.logits, row, atol=1e-4)
        if (
            classifier.networks[0].name == "text_cnn"
        ):  # biases belong to no token, and some kernels have no positive maximum
            np.testing.assert_allclose(explanation.constant, rest_of_text_cnn(classifier, text), atol=1e-4)


def rest_of_text_cnn(classifier, text):
    network = classifier.networks[0]
    kernel, bias = network.get_layer("logits").get_weights()
    biases = np.concatenate([network.get_layer(f"kernel_{size}").get_weights()[1] for size in (2, 3)])
    maxima = keras.Model(network.input, network.get_layer("maxima").output)(Spaces().transform([text])[np.array([0])])
    return (biases * (ops.convert_to_numpy(maxima)[0] > 0)) @ kernel + bias


def test_kernels_have_their_winning_windows(text_cnn):
    explanation = explain(text_cnn, "w1 w2 w3 oil w4 w5")
    best = explanation.winners[0]
    assert NAMES[best.label] == "crude" and "oil" in explanation.tokens[best.start : best.stop]
    assert best.contribution > 0 and best.stop - best.start <= best.kernel_size
    assert {winner.kernel_size for winner in explanation.winners} == {2, 3}


def test_several_networks_are_explained_by_their_mean(text_cnn):
    other = Classifier(Spaces(), [built(EXACT[0])], NAMES)
    both = Classifier(Spaces(), [*text_cnn.networks, *other.networks], NAMES)
    text = "w1 wheat w2"
    expected = (explain(text_cnn, text).scores + explain(other, text).scores) / 2
    np.testing.assert_allclose(explain(both, text).scores, expected, atol=1e-5)
    assert explain(both, text).winners == []


def test_texts_without_known_words_are_explained(classifier):
    for text in ("", "never seen", "\x00 😀 <b>"):
        assert np.isfinite(explain(classifier, text).scores).all()


def test_only_texts_have_tokens(refused):
    images = SimpleNamespace(preprocessing=SimpleNamespace(modality="image"), networks=[])
    with refused(ConfigError, value="image", mentions=("image",)):
        text_preprocessing(images)


def test_characters_are_hidden_by_word():
    assert [each.tolist() for each in pieces(list("ab cd"))] == [[0, 1], [2], [3, 4]]
    assert all(len(each) == 1 for each in pieces(["ab", "cd"]))
    assert len(pieces(["w"] * 5 + ["word"] * 5000)) <= 400


def test_lines_have_the_decisive_words(text_cnn, refused):
    lines = [line.plain for line in explanation_lines(explain(text_cnn, "w1 wheat w2"))]
    assert lines[0].startswith("grain") and "crude" in lines[0] and "exact" in lines[1] and lines[2] == "w1 wheat w2"
    assert "wheat +" in lines[3].split(",")[0]
    against = [line.plain for line in explanation_lines(explain(text_cnn, "w1 wheat w2", label="crude"))]
    assert any("against" in line and "wheat -" in line for line in against)
    with refused(ConfigError, key="--class", value="grian", remedy="grain"):
        explain(text_cnn, "w1", label="grian")


def page_of(classifier, texts, labels):
    predictions = classifier.predict(texts)
    part = Subset(texts, np.asarray(labels), [f"<file> row {n}" for n in range(len(texts))], modality="text")
    return text_figures.figures(None, part, predictions, classifier, CONTEXT)


def test_the_page_of_mistakes_is_escaped_and_colored(text_cnn):
    texts, labels = made(30, seed=3)
    pages = page_of(text_cnn, ["<script>alert(1)</script> oil & w1", *texts], [0, *(1 - labels)])
    page = pages["worst_mistakes"]
    assert "31 mistakes" in page and "31 texts" in page and page.count("<section>") == text_figures.MOST_MISTAKES
    assert "<script" not in page and "<file>" not in page and "&lt;file&gt; row" in page
    assert 'class="for" style="--a:0.70"' in page and "http" not in page


def test_the_table_of_kernels_has_the_planted_words(text_cnn):
    texts, labels = made(30, seed=3)
    kernels = text_figures.strongest_kernels(text_cnn, texts, labels)
    best = {kernel["label"]: kernel for kernel in reversed(kernels)}
    assert set(best) == {0, 1}
    for kernel in best.values():
        n_gram = max(kernel["n_grams"], key=kernel["n_grams"].get)
        planted = next(word for word, name in PLANTED.items() if name == NAMES[kernel["label"]])
        assert planted in n_gram.split()
    page = page_of(text_cnn, texts, labels)["strongest_kernels"]
    assert all(word in page for word in (*PLANTED, *NAMES))


def test_without_mistakes_the_page_has_a_message(text_cnn):
    texts, labels = made(8, seed=4)
    assert "8 texts" in page_of(text_cnn, texts, labels)["worst_mistakes"]


def test_a_long_text_is_shown_as_its_strongest_excerpt(text_cnn):
    texts = [" ".join(["w1"] * 500 + ["oil"] + ["w2"] * 500)]
    page = page_of(text_cnn, texts, [0])["worst_mistakes"]
    assert ">oil</span>" in page and page.count("w1") < text_figures.MOST_TOKENS and "… " in page


def test_other_networks_have_no_table_of_kernels():
    texts, labels = made(6)
    classifier = trained(LinearSettings())
    assert set(page_of(classifier, texts, labels)) == {"worst_mistakes"}
    assert isinstance(classifier.predict(texts), Predictions)


def test_n_grams_come_from_texts_of_the_kernels_own_class(text_cnn):
    texts, labels = made(30, seed=3)
    for kernel in text_figures.strongest_kernels(text_cnn, texts, labels):
        own = " | ".join(text for text, label in zip(texts, labels, strict=True) if label == kernel["label"])
        assert all(n_gram in own for n_gram in kernel["n_grams"])
    assert {each["label"] for each in text_figures.strongest_kernels(text_cnn, texts, labels * 0)} == {0}


def test_n_grams_of_the_same_activation_are_joined():
    n_grams = {"<a>": 2.0, "b": 1.5, "c": 1.5, **{f"d{i}": 1.0 for i in range(10)}}
    kernel = {"kernel_size": 3, "filter": 0, "label": 1, "contribution": 0.5, "n_grams": n_grams}
    page = text_figures.kernel_table([kernel], ("x", "y"), CONTEXT)
    assert "&lt;a&gt; <span" in page and "b = c <span" in page and "d7 = 2 more <span" in page and "d8" not in page
    assert str(CONTEXT) in page
