"""Where tokens begin and end: the stated rule word by word, any character at all, and cuts that are prefixes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convpipe.preprocessing.text.tokenizers import CharacterTokenizer, Kept, SubwordTokenizer, WordTokenizer, along

#: Any code point, half a surrogate pair and NUL among them, and what the rule treats specially.
ANYTHING = st.text(st.characters() | st.sampled_from("aB'nt7.,- \n\t_’😀م\x00\ud800"), max_size=40)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Don't", "do n't"),
        ("don’t can't WON'T", "do n't ca n't wo n't"),
        ("it's they've I'd we'll I'm you're get 'em", "it 's they 've i 'd we 'll i 'm you 're get 'em"),
        ("do n't it 's", "do n't it 's"),
        ("'tis o'clock rock'n'roll", "' tis o'clock rock ' n ' roll"),
        ("1,000 3.5 10:30 7. 1980s 10th", "1,000 3.5 10:30 7 . 1980s 10th"),
        ("The U.S. vs. him", "the u.s. vs . him"),
        ("well-known, e-mail", "well - known , e - mail"),
        ("how_to", "how _ to"),
        ("wait... no.. -- yes---", "wait ... no . . -- yes ---"),
        ("``quoted''", "`` quoted ''"),
        ("-LRB- -rrb- (x)", "( ) ( x )"),
        ("$5 50% a&b #1", "$ 5 50 % a & b # 1"),
        ("naïve café", "naïve café"),
        ("cafe\u0301", "cafe\u0301"),
        ("हिन्दी مَرْحَبا", "हिन्दी مَرْحَبا"),
        ("good😀👍", "good 😀 👍"),
        ("a\x00b\ud800", "a \x00 b \ud800"),
        ("  \n\t ", ""),
    ],
)
def test_words_by_the_stated_rule(text, tokens):
    assert WordTokenizer().cut(text) == tokens.split(" ") if tokens else WordTokenizer().cut(text) == []


def test_case_and_digits_are_kept_or_not():
    assert WordTokenizer(lower=False).cut("Isn't The U.S.") == ["Is", "n't", "The", "U.S."]
    assert WordTokenizer(numbers="shape").cut("1,250 in 1999") == ["0,000", "in", "0000"]
    assert CharacterTokenizer(lower=False, numbers="shape").cut("A1\n") == ["A", "0", "\n"]


def small_encoding() -> str:
    from tokenizers import Tokenizer, models, normalizers

    pieces = ["<unk>", *(f"<0x{byte:02X}>" for byte in range(256)), "▁", "a", "b", "0", "▁a", "ab", "▁ab"]
    merges = [("▁", "a"), ("a", "b"), ("▁a", "b")]
    model = models.BPE({piece: n for n, piece in enumerate(pieces)}, merges, unk_token="<unk>", byte_fallback=True)
    encoder = Tokenizer(model)
    encoder.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    return encoder.to_str()


SUBWORDS = small_encoding()


def test_subwords_follow_the_merges_and_spell_the_rest_in_bytes():
    assert SubwordTokenizer(SUBWORDS).cut("AB b") == ["▁ab", "▁", "b"]
    assert SubwordTokenizer(SUBWORDS, numbers="shape").cut("7") == ["▁", "0"]
    assert SubwordTokenizer(SUBWORDS).cut("é") == ["▁", "<0xC3>", "<0xA9>"]
    assert SubwordTokenizer(SUBWORDS).cut("\ud800") == ["▁", "<0x3F>"]


@pytest.mark.parametrize("tokenizer", [WordTokenizer(), WordTokenizer(False), CharacterTokenizer()])
@given(text=ANYTHING, most=st.integers(1, 12))
def test_a_cut_keeps_the_first_tokens(tokenizer, text, most):
    assert tokenizer.cut(text, most) == tokenizer.cut(text)[:most]


@given(text=st.text(st.sampled_from("ab ABé"), max_size=60), most=st.integers(1, 12))
def test_a_cut_keeps_the_first_subwords(text, most):
    tokenizer = SubwordTokenizer(SUBWORDS)
    assert tokenizer.cut(text, most) == tokenizer.cut(text)[:most]


@given(text=ANYTHING)
def test_no_token_is_empty_and_none_but_white_space_is_lost(text):
    tokens = WordTokenizer(lower=False).cut(text)
    assert all(tokens)
    if not any(bracket in text.lower() for bracket in ("-lrb-", "-rrb-", "-lsb-", "-rsb-", "-lcb-", "-rcb-")):
        assert "".join(tokens) == "".join(text.split()).replace("’", "'")


@given(text=ANYTHING, most=st.integers(1, 12) | st.none())
def test_what_is_kept_of_pieces_changes_nothing(text, most):
    tokenizer = WordTokenizer()
    assert list(along(tokenizer, Kept(tokenizer.tokens), f"{text} {text}", most)) == tokenizer.cut(
        f"{text} {text}", most
    )


def test_only_short_pieces_are_kept_and_not_for_ever(monkeypatch):
    monkeypatch.setattr("convpipe.preprocessing.text.tokenizers.MOST_KEPT", 2)
    kept = Kept(len)
    assert [kept["x" * count] for count in (1, 2, 3, 1000)] == [1, 2, 3, 1000]
    assert list(kept) == ["xxx"]
