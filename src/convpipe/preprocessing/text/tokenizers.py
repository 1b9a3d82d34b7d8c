"""Where one token ends and the next begins: words, characters, or pieces of words.

A tokenizer works in two stages, so that speed needs no compiled code: `pieces` cuts a text into coarse pieces by what
Python does in C (a split at white space), `tokens` cuts one piece. Most pieces occur again and again, so what became
of each is kept (`Kept`), and the second stage is left out for nearly all of them.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice

#: Pieces that are kept with their tokens, and the characters of the longest: bounds the memory of `Kept`.
MOST_KEPT, LONGEST_KEPT = 500_000, 64

#: A letter or digit, or a mark that combines with the letter before it (accents; Hebrew, Arabic, Indic, Thai signs).
LETTER = (
    r"(?:[^\W_]|[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc"
    r"\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963\u0980-\u0983\u09bc-\u09cd\u0a3c-\u0a4d\u0abc-\u0acd"
    r"\u0b3c-\u0b4d\u0bbe-\u0bcd\u0c3e-\u0c4d\u0cbc-\u0ccd\u0d3b-\u0d4d\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u200c\u200d])"
)
WORD = re.compile(
    r"\d+(?:[.,:]\d+)+"  # 1,000 and 3.5 and 10:30
    r"|(?:[^\W\d_]\.){2,}"  # u.s.
    r"|o'[^\W\d_]{3,}"  # o'clock
    r"|(?:n't|'(?:s|re|ve|ll|d|m|em))(?![^\W_])"  # the ends of don't and it's
    rf"|{LETTER}+?(?=n't(?![^\W_]))|{LETTER}+"
    r"|\.\.\.|--+|``|''"
    r"|[^\w\s]|_",
    re.IGNORECASE,
)
DIGIT = re.compile(r"\d")
#: How treebank corpora write brackets and quotes, and how GloVe's vocabulary does.
SPELLINGS = {"-lrb-": "(", "-rrb-": ")", "-lsb-": "[", "-rsb-": "]", "-lcb-": "{", "-rcb-": "}"}


class WordTokenizer:
    """Words, numbers and marks, by a rule that follows the vocabulary of GloVe 6B.

    White space ends a token. Within what stands between: a number keeps its inner points, commas and colons (3.5,
    1,000, 10:30); letters with points are one abbreviation (u.s.); a run of letters, digits and combining marks is a
    word (1980s, 10th); n't, 's, 're, 've, 'll, 'd, 'm and 'em are tokens of their own (do n't, it 's); hyphens and
    underscores part words; "...", "--" and longer, two grave accents and two apostrophes are one token each, and every
    other mark, symbol or emoji too. ’ counts as ', and -LRB- and its like as the bracket that they stand for. Scripts
    without spaces (Chinese, Japanese, Thai) are cut only at their marks: use characters or subwords for them.

    Args:
        lower: lower-case first.
        numbers: "keep", or "shape" to write 0 for each digit (1,000 becomes 0,000).

    >>> WordTokenizer().cut("The U.S. well-known film isn't worth $1,000... It's OK!")
    ['the', 'u.s.', 'well', '-', 'known', 'film', 'is', "n't", 'worth', '$', '1,000', '...', 'it', "'s", 'ok', '!']
    """

    def __init__(self, lower: bool = True, numbers: str = "keep"):
        self.lower, self.numbers = lower, numbers

    def pieces(self, text: str, most: int | None = None) -> Sequence[str]:
        """What stands between white space; enough of it for `most` tokens, as each piece holds one at least."""
        return (text.lower() if self.lower else text).split(None, -1 if most is None else most)[:most]

    def tokens(self, piece: str) -> tuple[str, ...]:
        """The tokens of one piece."""
        if piece.lower() in SPELLINGS:
            return (SPELLINGS[piece.lower()],)
        return tuple(shaped(WORD.findall(piece.replace("’", "'")), self.numbers))

    def cut(self, text: str, most: int | None = None) -> list[str]:
        """The tokens of a text, `most` at most."""
        return list(islice(chain.from_iterable(map(self.tokens, self.pieces(text, most))), most))


class CharacterTokenizer:
    """Every character is a token, white space and line ends too.

    Args:
        lower: lower-case first.
        numbers: "keep", or "shape" to write 0 for each digit.

    >>> CharacterTokenizer().cut("A 7\\n")
    ['a', ' ', '7', '\\n']
    """

    cut = WordTokenizer.cut

    def __init__(self, lower: bool = True, numbers: str = "keep"):
        self.lower, self.numbers = lower, numbers

    def pieces(self, text: str, most: int | None = None) -> str:
        """The characters, `most` at most."""
        return text[:most].lower()[:most] if self.lower else text[:most]

    def tokens(self, piece: str) -> tuple[str, ...]:
        return tuple(shaped([piece], self.numbers))


class SubwordTokenizer:
    """Pieces of words, by a byte pair encoding; "▁" stands where a word begins.

    Args:
        definition: JSON of the `tokenizers` package.
        lower: lower-case first.
        numbers: "keep", or "shape" to write 0 for each digit.
    """

    cut = WordTokenizer.cut

    def __init__(self, definition: str, lower: bool = True, numbers: str = "keep"):
        from tokenizers import Tokenizer

        self.definition, self.lower, self.numbers = definition, lower, numbers
        self.encoder = Tokenizer.from_str(definition)
        self.longest = max(map(len, self.encoder.get_vocab()))

    def pieces(self, text: str, most: int | None = None) -> list[str]:
        """The pieces, or `most` of them and a few more."""
        if most is not None:
            text = text[: (most + 1) * self.longest]  # no piece is longer: enough, and a book costs no more than a page
        text = text.lower() if self.lower else text
        text = DIGIT.sub("0", text) if self.numbers == "shape" else text
        # A lone surrogate is no text that could be encoded; it becomes a question mark.
        return self.encoder.encode(text.encode("utf-8", "replace").decode(), add_special_tokens=False).tokens

    def tokens(self, piece: str) -> tuple[str, ...]:
        return (piece,)


def shaped(tokens: list[str], numbers: str) -> list[str]:
    """The tokens, with 0 for each digit where `numbers` is "shape"."""
    return [DIGIT.sub("0", token) for token in tokens] if numbers == "shape" else tokens


class Kept(dict):
    """A function of a piece, worked out once for each of the pieces that come often.

    >>> kept = Kept(str.upper)
    >>> kept["a"], len(kept)
    ('A', 1)
    """

    def __init__(self, function: Callable):
        super().__init__()
        self.function = function

    def __missing__(self, piece: str):
        value = self.function(piece)
        if len(piece) <= LONGEST_KEPT:
            if len(self) >= MOST_KEPT:
                self.clear()
            self[piece] = value
        return value


def along(tokenizer, kept: Kept, text: str, most: int | None = None) -> Iterator:
    """What `kept` makes of a text's pieces, one after the other, `most` items at most."""
    return islice(chain.from_iterable(map(kept.__getitem__, tokenizer.pieces(text, most))), most)
