"""Raw texts to ids: learnt on the training part only, the same after saving, refused by name, vectors kept apart."""

import io
import json
import zipfile
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers

from convpipe.config import Embedding, PrepareText, Settings
from convpipe.data import packages
from convpipe.data.samples import Part
from convpipe.errors import ConfigError, DataError
from convpipe.preprocessing import vectors
from convpipe.preprocessing.text import TextPreprocessing
from convpipe.preprocessing.vectors import NORM

TEXTS = ["The film is good.", "the film isn't", "A bad film!", ""]


def fitted(texts=TEXTS, embedding=None, report=lambda line: None, **prepare) -> TextPreprocessing:
    train = Part(texts, np.zeros(len(texts)), [f"row {i}" for i in range(len(texts))], None, "text")
    return TextPreprocessing.fit(train, Settings(preprocessing=PrepareText(**prepare), embedding=embedding), report)


def test_ids_count_from_the_frequent_to_the_rare_and_the_unknown_is_one():
    preprocessing = fitted()
    assert preprocessing.vocabulary.tokens == ["film", "is", "the", "!", ".", "a", "bad", "good", "n't"]
    ids = preprocessing.transform(["the new film", "", "\ud83d 😀"])
    assert ids[0].tolist() == [4, 1, 2] and ids[1].tolist() == [1] and ids[2].tolist() == [1, 1]
    assert ids[np.arange(2)].tolist() == [[4, 1, 2], [1, 0, 0]] and ids.dtype == np.int32


def test_the_size_and_the_count_bound_the_vocabulary():
    assert fitted(vocabulary=2).vocabulary.tokens == ["film", "is"]
    assert fitted(min_count=3).vocabulary.tokens == ["film"]
    with pytest.raises(DataError, match="no token occurs 9 times"):
        fitted(min_count=9)


def test_what_a_network_must_fit():
    preprocessing = fitted()
    shape = preprocessing.shape(3)
    assert (shape.sizes, shape.classes, shape.masked) == ((5,), 3, True)
    assert (shape.tokens.mode, shape.tokens.count, shape.tokens.learnt) == ("none", 11, 11)
    assert preprocessing.input_shape == (5,) and preprocessing.smallest_input_shape == (1,)


def test_texts_are_cut_where_ninety_nine_of_a_hundred_are_whole():
    lines, texts = [], ["a b c"] * 99 + ["a " * 50]
    preprocessing = fitted(texts, report=lines.append)
    assert (preprocessing.cut, preprocessing.steps, preprocessing.cut_share) == (3, 3, 0.01)
    assert "cut 1.0% of the training texts at 3 tokens" in lines
    assert preprocessing.facts() == {"vocabulary": 3, "cut_share": 0.01, "cut": 3}
    assert fitted(texts, cut=2).cut_share == 1.0 and fitted(texts, cut=70).steps == 50


def test_a_text_of_a_million_words_is_cut():
    preprocessing = fitted(cut=7)
    assert preprocessing.transform(["film " * 1_000_000, "x" * 1_000_000]).steps.tolist() == [7, 1]


@pytest.mark.parametrize("wrong", [["a", "list"], 3, None, b"bytes"])
def test_what_is_no_string_is_named(wrong):
    name = type(wrong).__name__
    with pytest.raises(DataError, match=f"text 1: not a string but a {name}"):
        fitted().transform(["fine", wrong])
    with pytest.raises(DataError, match=f"file, line 8: not a string but a {name}"):
        fitted().check(["fine", wrong], ["file, line 7", "file, line 8"])
    with pytest.raises(DataError, match="row 1: not a string"):
        fitted(["fine", wrong])


def test_texts_are_asked_for_one_by_one():
    held = []

    class OnDisk(list):
        def __iter__(self):
            for number in range(len(self)):
                held.append(number)
                yield self[number]

    assert len(fitted().transform(OnDisk(TEXTS))) == 4 and held == [0, 1, 2, 3]


@settings(max_examples=25)
@given(
    st.lists(st.text(st.characters(), max_size=30), min_size=1), st.sampled_from(["word", "character"]), st.booleans()
)
def test_saved_and_loaded_it_gives_the_same_ids_for_any_text(asked, tokenizer, lower):
    preprocessing = fitted([*TEXTS, *asked], tokenizer=tokenizer, lower=lower)
    with TemporaryDirectory() as folder:
        preprocessing.save(Path(folder))
        loaded = TextPreprocessing.load(Path(folder))
    assert loaded == preprocessing
    ids, again = preprocessing.transform(asked), loaded.transform(asked)
    np.testing.assert_array_equal(ids.values, again.values)
    np.testing.assert_array_equal(ids.steps, again.steps)
    assert ids.values.min() >= 1 and ids.steps.max() <= preprocessing.cut
    assert [len(loaded.tokens(text)) for text in asked] == ids.steps.tolist()


def test_learned_vectors_and_axes_of_their_own():
    table = fitted(embedding=Embedding("random", dimensions=7, dropout=0.1)).shape(2).tokens
    assert (table.mode, table.count, table.learnt, table.dimensions, table.dropout) == ("random", 11, 11, 7, 0.1)
    table = fitted(embedding=Embedding("one_hot"), tokenizer="character").shape(2).tokens
    assert table.dimensions == table.count - 2 and table.vectors is None
    many = [" ".join(f"w{number}" for number in range(2001))]
    with pytest.raises(ConfigError, match="embedding=one_hot gives each of 2,001 tokens"):
        fitted(many, embedding=Embedding("one_hot"))


@pytest.mark.parametrize("mode", ["static", "fine_tuned", "multichannel"])
def test_words_that_only_the_vectors_know_have_ids_and_vectors_of_their_own(tmp_path, mode):
    (tmp_path / "mine.txt").write_text("zebra 0 2\nfilm 3 4\nthe 0 5\n")
    lines = []
    preprocessing = fitted(embedding=Embedding(mode, vectors=[str(tmp_path / "mine.txt")]), report=lines.append)
    table = preprocessing.shape(2).tokens
    assert (table.mode, table.learnt, table.count, table.dimensions) == (mode, 11, 12, 2)
    (zebra, film), (nobody,) = preprocessing.transform(["zebra film"])[0], preprocessing.transform(["yak"])[0]
    assert (zebra, nobody) == (11, 1)
    np.testing.assert_allclose(table.vectors[[zebra, film]], np.array([[0, 2], [3, 4]]) * NORM / 5, rtol=1e-3)
    assert (table.vectors[:2] == 0).all() and table.vectors.dtype == np.float16
    assert (
        preprocessing.coverage == pytest.approx(2 / 9) and preprocessing.facts()["coverage"] == preprocessing.coverage
    )
    assert any("vectors for 22.2% of them" in line and "1 tokens beyond" in line for line in lines)


def encoding() -> tuple[str, list[str]]:
    pieces = ["<unk>", *(f"<0x{byte:02X}>" for byte in range(256)), "▁", "a", "b", "▁a", "ab", "▁ab"]
    merges = [("▁", "a"), ("a", "b"), ("▁a", "b")]
    model = models.BPE({piece: n for n, piece in enumerate(pieces)}, merges, unk_token="<unk>", byte_fallback=True)
    encoder = Tokenizer(model)
    encoder.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    return encoder.to_str(), pieces


@pytest.fixture
def wordllama(tmp_path, monkeypatch):
    """A wheel with the layout of wordllama's: piece number n has the vector (n, 1)."""
    definition, pieces = encoding()
    numbers = np.array([[n, 1] for n in range(len(pieces))], "float16")
    about = {"embedding.weight": {"dtype": "F16", "shape": list(numbers.shape), "data_offsets": [0, numbers.nbytes]}}
    header = json.dumps(about).encode()
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as wheel:
        wheel.writestr(vectors.WORDLLAMA[0], len(header).to_bytes(8, "little") + header + numbers.tobytes())
        wheel.writestr(vectors.WORDLLAMA[1], definition)
    package = packages.Package("tiny==1", "tiny-1-py3-none-any.whl", sha256(content.getvalue()).hexdigest(), 1)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / package.wheel).write_bytes(content.getvalue())
    monkeypatch.setattr(packages, "PACKAGES", {"wordllama": package})
    monkeypatch.setattr("convpipe.HOME", tmp_path)
    vectors._wordllama.cache_clear()
    yield pieces
    vectors._wordllama.cache_clear()


def test_a_word_has_the_mean_vector_of_its_pieces(wordllama):
    asked = Embedding("static", vectors=["wordllama"])
    preprocessing = fitted(["ab abb é", "b"], embedding=asked)
    table, piece = preprocessing.shape(2).tokens, wordllama.index
    assert preprocessing.vocabulary.tokens == ["ab", "abb", "b", "é", "a"]
    raw = [[piece("▁ab"), 1], [(piece("▁ab") + piece("b")) / 2, 1], [(piece("▁") + piece("b")) / 2, 1]]
    scale = NORM / np.linalg.norm(raw, axis=1).mean()
    np.testing.assert_allclose(table.vectors[2:5], np.array(raw) * scale, rtol=2e-3)
    assert (table.vectors[5] == 0).all(), "spelt in bytes only"
    np.testing.assert_allclose(table.vectors[6], np.array([piece("▁a"), 1]) * scale, rtol=2e-3)


def test_subwords_have_their_own_vectors_and_the_encoding_is_saved(wordllama, tmp_path, monkeypatch):
    preprocessing = fitted(["ab b"], embedding=Embedding("static", vectors=["wordllama"]), tokenizer="subword")
    table, folder = preprocessing.shape(2).tokens, tmp_path / "saved"
    assert preprocessing.vocabulary.tokens[:3] == ["b", "▁", "▁ab"]
    ratio = table.vectors[2:5, 0].astype("float32") / table.vectors[2:5, 1]
    np.testing.assert_allclose(ratio, [wordllama.index(piece) for piece in ("b", "▁", "▁ab")], rtol=2e-3)
    folder.mkdir()
    preprocessing.save(folder)
    monkeypatch.setattr(packages, "PACKAGES", {})
    loaded = TextPreprocessing.load(folder)
    assert loaded.transform(["abb é"])[0].tolist() == preprocessing.transform(["abb é"])[0].tolist()
    assert loaded.tokens("abb") == ["▁ab", "b"]
