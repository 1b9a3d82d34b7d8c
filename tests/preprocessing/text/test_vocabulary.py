"""Tokens and their ids: the frequent first, and back again after any character at all."""

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from convpipe.preprocessing.text.tokenizers import CharacterTokenizer, WordTokenizer
from convpipe.preprocessing.text.vocabulary import Counted, Vocabulary

TEXTS = ["the film the end", "a film", "", "zebra"]


def test_tokens_are_counted_over_all_texts_and_an_empty_one_has_one_step():
    counted = Counted.of(WordTokenizer(), iter(TEXTS))
    assert counted.tokens == Counter({"the": 2, "film": 2, "end": 1, "a": 1, "zebra": 1})
    assert counted.steps.tolist() == [4, 2, 1, 1] and counted.total == 7
    assert counted.share(["the", "zebra"]) == 3 / 7


def test_the_frequent_come_first_and_equals_in_the_order_of_the_alphabet():
    counted = Counted.of(WordTokenizer(), TEXTS)
    assert counted.frequent(10, 1) == ["film", "the", "a", "end", "zebra"]
    assert counted.frequent(3, 1) == ["film", "the", "a"]
    assert counted.frequent(10, 2) == ["film", "the"]


def test_ids_are_those_of_the_vocabulary_one_where_nobody_knows_and_for_an_empty_text():
    vocabulary = Vocabulary(["film", "the"], 4)
    values, steps = vocabulary.numbered(WordTokenizer(), ["the good film", "", "  ", "The the the"], 2)
    assert steps.tolist() == [2, 1, 1, 2] and values.dtype == np.int32
    assert values.tolist() == [3, 1, 1, 1, 3, 3]


@given(st.lists(st.text(max_size=20), min_size=1, max_size=5), st.lists(st.text(max_size=20), max_size=5))
def test_no_id_is_the_padding_and_known_characters_come_back(learned, asked):
    tokenizer = CharacterTokenizer()
    tokens = Counted.of(tokenizer, learned).frequent(1000, 1)
    vocabulary = Vocabulary(tokens, len(tokens) + 2)
    values, steps = vocabulary.numbered(tokenizer, learned + asked, 15)
    assert values.min() >= 1 and values.max(initial=0) < len(vocabulary) and steps.min() >= 1
    starts, names = np.cumsum(steps) - steps, ["", "<unknown>", *vocabulary.tokens]
    for text, start, count in zip(learned, starts, steps, strict=False):
        back = "".join(names[number] for number in values[start : start + count])
        assert back == (text.lower()[:15] or "<unknown>")


@given(st.lists(st.text(st.characters(), min_size=1, max_size=1) | st.sampled_from(["\n", "\r", "\x00", "\u2028"])))
def test_any_character_survives_the_file(tokens):
    vocabulary = Vocabulary(list(dict.fromkeys(tokens)), 2)
    with TemporaryDirectory() as folder:
        vocabulary.save(Path(folder) / "vocabulary.json")
        assert Vocabulary.load(Path(folder) / "vocabulary.json") == vocabulary


def test_rarity_is_the_inverse_document_frequency():
    from sklearn.feature_extraction.text import TfidfVectorizer

    counted = Counted.of(WordTokenizer(), TEXTS)
    known = TfidfVectorizer(token_pattern=r"\w+").fit(TEXTS)
    tokens = known.get_feature_names_out().tolist()
    np.testing.assert_allclose(counted.idf(tokens), [0, 0, *known.idf_], rtol=1e-6)
