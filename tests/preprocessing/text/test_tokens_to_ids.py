"""Raw texts to ids: learned on the training part only, the same after saving, refused by name, vectors kept apart."""

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

from convpipe.config import Embedding, Settings, TextPreprocessingSettings
from convpipe.data import download as packages
from convpipe.data.dataset import Subset
from convpipe.errors import ConfigError, DataError
from convpipe.preprocessing import text
from convpipe.preprocessing.text import vectors
from convpipe.preprocessing.text.tokens_to_ids import TextPreprocessing
from convpipe.preprocessing.text.vectors import NORM

TEXTS = ["The film is good.", "the film isn't", "A bad film!", ""]


def fitted(texts=TEXTS, embedding=None, report=lambda line: None, **prepare) -> TextPreprocessing:
    train = Subset(texts, np.zeros(len(texts)), [f"row {i}" for i in range(len(texts))], None, "text")
    return TextPreprocessing.fit(
        train, Settings(preprocessing=TextPreprocessingSettings(**prepare), embedding=embedding), report
    )


def test_ids_count_from_the_frequent_to_the_rare_and_the_unknown_is_one():
    preprocessing = fitted()
    assert preprocessing.vocabulary.tokens == ["film", "is", "the", "!", ".", "a", "bad", "good", "n't"]
    ids = preprocessing.transform(["the new film", "", "\ud83d 😀"])
    assert ids[0].tolist() == [4, 1, 2] and ids[1].tolist() == [1] and ids[2].tolist() == [1, 1]
    assert ids[np.arange(2)].tolist() == [[4, 1, 2], [1, 0, 0]] and ids.dtype == np.int32


def test_texts_of_mostly_unknown_tokens_bring_a_warning():
    preprocessing = fitted()
    (line,) = preprocessing.warnings(["the film", "the new story", "", "a bad plot"], ["a", "b", "c", "d"])
    assert line.startswith("2 of 4 texts") and "such as b (2 of 3)" in line
    assert [*preprocessing.warnings(["the new film"], ["a"])] == []


def test_the_size_and_the_count_bound_the_vocabulary(refused):
    assert fitted(max_vocabulary=2).vocabulary.tokens == ["film", "is"]
    assert fitted(min_count=3).vocabulary.tokens == ["film"]
    with refused(DataError, key="preprocessing.min_count", value=9, remedy="preprocessing.min_count"):
        fitted(min_count=9)
    with refused(DataError, key="data.text", remedy="data.text"):
        fitted(["", " "])


def test_what_a_network_must_fit():
    preprocessing = fitted()
    spec = preprocessing.spec(3)
    assert (spec.sizes, spec.classes, spec.masked) == ((5,), 3, True)
    assert (spec.tokens.mode, spec.tokens.count, spec.tokens.learned) == ("none", 11, 11)
    assert preprocessing.input_shape == (5,) and preprocessing.smallest_input_shape == (1,)


def test_texts_are_cut_where_ninety_nine_of_a_hundred_are_whole():
    lines, texts = [], ["a b c"] * 99 + ["a " * 50]
    preprocessing = fitted(texts, report=lines.append)
    assert (preprocessing.max_length, preprocessing.steps, preprocessing.cut_share) == (3, 3, 0.01)
    assert any("1.0%" in line and "3 tokens" in line for line in lines)
    assert preprocessing.statistics() == {"vocabulary": 3, "cut_share": 0.01, "cut": 3}
    assert fitted(texts, max_length=2).cut_share == 1.0 and fitted(texts, max_length=70).steps == 50


def test_a_text_of_a_million_words_is_cut():
    preprocessing = fitted(max_length=7)
    assert preprocessing.transform(["film " * 1_000_000, "x" * 1_000_000]).steps.tolist() == [7, 1]


@pytest.mark.parametrize("wrong", [["a", "list"], 3, None, b"bytes"])
def test_what_is_no_string_is_named(refused, wrong):
    name = type(wrong).__name__
    with refused(DataError, file="text 1", value=name):
        fitted().transform(["fine", wrong])
    with refused(DataError, file="file, line 8", value=name):
        fitted().transform(["fine", wrong], ["file, line 7", "file, line 8"])
    with refused(DataError, file="row 1", value=name):
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
def test_saved_and_loaded_it_gives_the_same_ids_for_any_text(asked, tokenizer, lowercase):
    preprocessing = fitted([*TEXTS, *asked], tokenizer=tokenizer, lowercase=lowercase)
    with TemporaryDirectory() as folder:
        preprocessing.save(Path(folder))
        loaded = text.load(Path(folder))
    assert loaded == preprocessing
    ids, again = preprocessing.transform(asked), loaded.transform(asked)
    np.testing.assert_array_equal(ids.values, again.values)
    np.testing.assert_array_equal(ids.steps, again.steps)
    assert ids.values.min() >= 1 and ids.steps.max() <= preprocessing.max_length
    assert [len(loaded.tokens(text)) for text in asked] == ids.steps.tolist()


def test_learned_vectors_and_axes_of_their_own(refused):
    table = fitted(embedding=Embedding("random", dim=7, dropout=0.1)).spec(2).tokens
    assert (table.mode, table.count, table.learned, table.dim, table.dropout) == ("random", 11, 11, 7, 0.1)
    table = fitted(embedding=Embedding("one_hot"), tokenizer="character").spec(2).tokens
    assert table.dim == table.count - 2 and table.vectors is None
    many = [" ".join(f"w{number}" for number in range(2001))]
    remedy = "preprocessing.max_vocabulary=2000"
    with refused(ConfigError, key="embedding", value="one_hot", remedy=remedy, mentions=("2,001",)):
        fitted(many, embedding=Embedding("one_hot"))


@pytest.mark.parametrize("mode", ["static", "fine_tuned", "multichannel"])
def test_words_that_only_the_vectors_know_have_ids_and_vectors_of_their_own(tmp_path, mode):
    (tmp_path / "mine.txt").write_text("zebra 0 2\nfilm 3 4\nthe 0 5\n")
    lines = []
    preprocessing = fitted(embedding=Embedding(mode, pretrained=[str(tmp_path / "mine.txt")]), report=lines.append)
    table = preprocessing.spec(2).tokens
    assert (table.mode, table.learned, table.count, table.dim) == (mode, 11, 12, 2)
    (zebra, film), (nobody,) = preprocessing.transform(["zebra film"])[0], preprocessing.transform(["yak"])[0]
    assert (zebra, nobody) == (11, 1)
    np.testing.assert_allclose(table.vectors[[zebra, film]], np.array([[0, 2], [3, 4]]) * NORM / 5, rtol=1e-3)
    assert (table.vectors[:2] == 0).all() and table.vectors.dtype == np.float16
    assert (
        preprocessing.coverage == pytest.approx(2 / 9)
        and preprocessing.statistics()["coverage"] == preprocessing.coverage
    )
    assert any("vectors for 22.2% of the vocabulary" in line and "1 other tokens" in line for line in lines)


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
    (tmp_path / "data" / package.file).write_bytes(content.getvalue())
    monkeypatch.setattr(packages, "PACKAGES", {"wordllama": package})
    monkeypatch.setattr("convpipe.paths.HOME", tmp_path)
    vectors.wordllama.cache_clear()
    yield pieces
    vectors.wordllama.cache_clear()


def test_a_word_has_the_mean_vector_of_its_pieces(wordllama):
    asked = Embedding("static", pretrained=["wordllama"])
    preprocessing = fitted(["ab abb é", "b"], embedding=asked)
    table, piece = preprocessing.spec(2).tokens, wordllama.index
    assert preprocessing.vocabulary.tokens == ["ab", "abb", "b", "é", "a"]
    raw = [[piece("▁ab"), 1], [(piece("▁ab") + piece("b")) / 2, 1], [(piece("▁") + piece("b")) / 2, 1]]
    scale = NORM / np.linalg.norm(raw, axis=1).mean()
    np.testing.assert_allclose(table.vectors[2:5], np.array(raw) * scale, rtol=2e-3)
    assert (table.vectors[5] == 0).all(), "spelled in bytes only"
    np.testing.assert_allclose(table.vectors[6], np.array([piece("▁a"), 1]) * scale, rtol=2e-3)


def test_subwords_have_their_own_vectors_and_the_encoding_is_saved(wordllama, tmp_path, monkeypatch):
    preprocessing = fitted(["ab b"], embedding=Embedding("static", pretrained=["wordllama"]), tokenizer="subword")
    table, folder = preprocessing.spec(2).tokens, tmp_path / "saved"
    assert preprocessing.vocabulary.tokens[:3] == ["b", "▁", "▁ab"]
    ratio = table.vectors[2:5, 0].astype("float32") / table.vectors[2:5, 1]
    np.testing.assert_allclose(ratio, [wordllama.index(piece) for piece in ("b", "▁", "▁ab")], rtol=2e-3)
    folder.mkdir()
    preprocessing.save(folder)
    monkeypatch.setattr(packages, "PACKAGES", {})
    loaded = TextPreprocessing.load(folder)
    assert loaded.transform(["abb é"])[0].tolist() == preprocessing.transform(["abb é"])[0].tolist()
    assert loaded.tokens("abb") == ["▁ab", "b"]
