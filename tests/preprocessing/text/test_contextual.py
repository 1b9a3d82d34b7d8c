"""A sentence transformer of two tiny layers against NumPy, and the store that keeps what it gave."""

from math import erf, sqrt

import numpy as np
import pytest
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from convpipe.config import Embedding, Settings, TextPreprocessingSettings
from convpipe.data.dataset import Subset
from convpipe.errors import ConfigError, DataError
from convpipe.preprocessing import text
from convpipe.preprocessing.text import contextual
from convpipe.preprocessing.text.contextual import ContextualPreprocessing
from convpipe.preprocessing.text.transformer import Transformer
from convpipe.preprocessing.text.vector_store import VectorStore

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "cat", "sit", "##s", "dog", "!"]
SIZE, WIDE, HEADS, LAYERS = 8, 12, 2, 2
TEXTS = ["A cat sits", "a dog", "", "dog dog dog dog!"]


def tiny() -> Transformer:
    random = np.random.default_rng(0)
    shapes = {f"embeddings.{name}_embeddings.weight": (count, SIZE) for name, count in
              [("word", len(PIECES)), ("position", 40), ("token_type", 2)]}  # fmt: skip
    norms = ["embeddings.LayerNorm"]
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}"
        dense = {f"attention.self.{part}": (SIZE, SIZE) for part in ("query", "key", "value")}
        dense |= {
            "attention.output.dense": (SIZE, SIZE),
            "intermediate.dense": (WIDE, SIZE),
            "output.dense": (SIZE, WIDE),
        }
        for name, shape in dense.items():
            shapes |= {f"{layer}.{name}.weight": shape, f"{layer}.{name}.bias": shape[:1]}
        norms += [f"{layer}.attention.output.LayerNorm", f"{layer}.output.LayerNorm"]
    shapes |= {f"{norm}.{part}": (SIZE,) for norm in norms for part in ("weight", "bias")}
    weights = {name: random.normal(size=shape).astype("float16") for name, shape in shapes.items()}
    encoder = Tokenizer(models.WordPiece({piece: n for n, piece in enumerate(PIECES)}, unk_token="[UNK]"))
    encoder.normalizer = normalizers.BertNormalizer()
    encoder.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    encoder.enable_truncation(3)  # as the checkpoint does, for pairs of sentences
    return Transformer(weights | {"embeddings.position_ids": np.arange(40)}, encoder.to_str(), (1, LAYERS), HEADS)


def by_hand(weights: dict, ids: list[int]) -> np.ndarray:
    """Both layers' states of one text, without padding, after Devlin et al. 2019."""
    w = {name: each.astype("float64") for name, each in weights.items()}

    def dense(x, name):
        return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    def normalized(x, name):
        return (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True) * w[f"{name}.weight"] + w[f"{name}.bias"]

    x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][: len(ids)]
    x = normalized(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    states = []
    for number in range(LAYERS):
        name, heads = f"encoder.layer.{number}", []
        q, k, v = (dense(x, f"{name}.attention.self.{part}") for part in ("query", "key", "value"))
        for head in np.split(np.arange(SIZE), HEADS):
            scores = np.exp(q[:, head] @ k[:, head].T / sqrt(SIZE // HEADS))
            heads.append(scores / scores.sum(1, keepdims=True) @ v[:, head])
        attended = dense(np.concatenate(heads, 1), f"{name}.attention.output.dense")
        x = normalized(x + attended, f"{name}.attention.output.LayerNorm")
        wide = dense(x, f"{name}.intermediate.dense")
        wide = wide * (1 + np.vectorize(erf)(wide / sqrt(2))) / 2
        x = normalized(x + dense(wide, f"{name}.output.dense"), f"{name}.output.LayerNorm")
        states.append(x)
    return np.concatenate(states, axis=1)


@pytest.fixture
def transformer(home, monkeypatch) -> Transformer:
    made = tiny()
    monkeypatch.setattr(contextual, "minilm", lambda layers, report: made)
    return made


def fitted(report=lambda line: None, **prepare) -> ContextualPreprocessing:
    train = Subset(TEXTS, np.zeros(len(TEXTS)), [f"row {i}" for i in range(len(TEXTS))], None, "text")
    asked = Settings(preprocessing=TextPreprocessingSettings(**prepare), embedding=Embedding("contextual"))
    return text.fit(train, asked, report)


def test_vectors_are_those_of_the_definition_in_any_company(transformer):
    vectors = fitted().transform(TEXTS)
    expected = [[4, 5, 6, 7], [4, 8], [1], [8, 8, 8, 8, 9]]
    assert vectors.steps.tolist() == [len(ids) for ids in expected] and vectors.values.dtype == np.float16
    for number, ids in enumerate(expected):
        wanted = by_hand(transformer.weights, [2, *ids, 3])[1:-1]
        np.testing.assert_allclose(vectors[number], wanted, rtol=5e-3, atol=5e-3)


def test_pieces_are_cut_and_named(transformer):
    preprocessing = fitted(max_length=2)
    assert preprocessing.cut_share == 0.5 and preprocessing.transform(TEXTS).steps.tolist() == [2, 2, 1, 2]
    assert fitted().tokens("A cat sits") == ["a", "cat", "sit", "##s"]
    assert preprocessing.transform(["dog " * 1_000_000]).steps.tolist() == [2]
    spec = fitted().spec(3)
    assert (spec.sizes, spec.channels, spec.tokens, spec.masked) == ((5,), LAYERS * SIZE, None, True)
    assert fitted().input_shape == (5, LAYERS * SIZE) and fitted().smallest_input_shape == (1, LAYERS * SIZE)


def test_a_text_is_encoded_once(transformer, monkeypatch):
    lines = []
    first = fitted(lines.append).transform(TEXTS)
    assert any("encoding 4 texts" in line for line in lines)
    monkeypatch.setattr(transformer, "encode", lambda pieces: iter(()) if not len(pieces) else pytest.fail("again"))
    again = fitted().transform([*TEXTS[::-1], "A CAT sits"])
    np.testing.assert_array_equal(again[0], first[3])
    np.testing.assert_array_equal(again[4], first[0])


def test_saved_it_needs_nothing_else_and_writes_nothing(transformer, tmp_path, home):
    preprocessing, folder = fitted(), tmp_path / "saved"
    folder.mkdir()
    preprocessing.save(folder)
    loaded = text.load(folder)
    before = sorted(home.rglob("*"))
    texts = ["a dog sits", "\ud800 😀 مرحبا \x00", ""]
    np.testing.assert_allclose(loaded.transform(texts).values, preprocessing.transform(texts).values, atol=2e-3)
    assert loaded == preprocessing and loaded.store is None and sorted(home.rglob("*")) == before


def test_what_has_no_meaning_is_refused(transformer, refused):
    with refused(DataError, file="text 1", value="list"):
        fitted().transform(["fine", ["a", "list"]])
    asked = Settings(preprocessing=TextPreprocessingSettings(), embedding=Embedding("contextual", dropout=0.2))
    with refused(ConfigError, key="embedding.dropout", value=0.2, remedy="embedding.dropout=0"):
        text.fit(Subset(TEXTS, np.zeros(4), TEXTS, None, "text"), asked, print)


def test_many_texts_are_asked_for_in_groups(transformer, monkeypatch):
    monkeypatch.setattr(contextual, "AT_ONCE", 3)
    assert [rows.tolist() for rows in fitted().batchable(TEXTS * 2, TEXTS * 2)] == [[0, 1, 2], [3, 4, 5], [6, 7]]
    assert fitted().batchable([], []) == []


def test_the_store_gives_back_what_it_was_given(tmp_path):
    store = VectorStore(tmp_path / "made" / "vectors.sqlite", 2)
    pieces = [np.array([n, 7], np.int32) for n in range(1200)]
    for number, each in enumerate(pieces):
        store.add(each, np.full((2, 2), number))
    store.flush()
    again = VectorStore(tmp_path / "made" / "vectors.sqlite", 2)
    found = dict(again.read([np.array([3], np.int32), *pieces, pieces[5]]))
    assert sorted(found) == list(range(1, 1202))
    assert (found[1].tolist(), found[1201].tolist()) == ([[0, 0], [0, 0]], [[5, 5], [5, 5]])
