"""Tokenizers: words, characters, or subwords.

A tokenizer has two stages, to be fast without compiled code. `pieces` splits a text into coarse pieces with a fast
function of Python (a split at white space); `tokens` splits one piece. Most pieces occur many times, so a cache
(`Kept`) skips the second stage for nearly all of them.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice

#: Most pieces in the cache `Kept`, and most characters of a cached piece; they limit its memory.
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
#: Brackets in treebank corpora -> in the vocabulary of GloVe.
SPELLINGS = {"-lrb-": "(", "-rrb-": ")", "-lsb-": "[", "-rsb-": "]", "-lcb-": "{", "-rcb-": "}"}


class WordTokenizer:
    """Words, numbers and punctuation, split as in the vocabulary of GloVe 6B.

    White space separates tokens. Between white space, tokens are:

    - numbers with inner points, commas and colons (3.5, 1,000, 10:30);
    - abbreviations of single letters with points (u.s.), and words such as o'clock;
    - runs of letters, digits and combining marks (1980s, 10th);
    - n't, 's, 're, 've, 'll, 'd, 'm and 'em (do n't, it 's);
    - "...", two or more hyphens, two grave accents, and two apostrophes;
    - every other punctuation mark, symbol or emoji, including single hyphens and underscores.

    ’ is the same as ', and -LRB- and similar tokens of treebanks are brackets. Scripts without spaces (Chinese,
    Japanese, Thai) are split at punctuation only; use characters or subwords for them.

    Args:
        lower: convert to lower case first.
        numbers: "keep", or "shape" to replace each digit by 0 (1,000 becomes 0,000).

    >>> WordTokenizer().cut("The U.S. well-known film isn't worth $1,000... It's OK!")
    ['the', 'u.s.', 'well', '-', 'known', 'film', 'is', "n't", 'worth', '$', '1,000', '...', 'it', "'s", 'ok', '!']
    """

    def __init__(self, lower: bool = True, numbers: str = "keep"):
        self.lower, self.numbers = lower, numbers

    def pieces(self, text: str, most: int | None = None) -> Sequence[str]:
        """Split at white space. If `most` is given, return the first `most` pieces: each has at least one token."""
        return (text.lower() if self.lower else text).split(None, -1 if most is None else most)[:most]

    def tokens(self, piece: str) -> tuple[str, ...]:
        """Split one piece into tokens."""
        if piece.lower() in SPELLINGS:
            return (SPELLINGS[piece.lower()],)
        return tuple(shaped(WORD.findall(piece.replace("’", "'")), self.numbers))

    def cut(self, text: str, most: int | None = None) -> list[str]:
        """Return the first `most` tokens of a text, or all."""
        return list(islice(chain.from_iterable(map(self.tokens, self.pieces(text, most))), most))


class CharacterTokenizer:
    """Characters, including white space and line ends.

    Args:
        lower: convert to lower case first.
        numbers: "keep", or "shape" to replace each digit by 0.

    >>> CharacterTokenizer().cut("A 7\\n")
    ['a', ' ', '7', '\\n']
    """

    cut = WordTokenizer.cut

    def __init__(self, lower: bool = True, numbers: str = "keep"):
        self.lower, self.numbers = lower, numbers

    def pieces(self, text: str, most: int | None = None) -> str:
        """Return the first `most` characters, or all."""
        return text[:most].lower()[:most] if self.lower else text[:most]

    def tokens(self, piece: str) -> tuple[str, ...]:
        return tuple(shaped([piece], self.numbers))


class SubwordTokenizer:
    """Subwords of a byte pair encoding; "▁" marks the start of a word.

    Args:
        definition: JSON of the `tokenizers` package.
        lower: convert to lower case first.
        numbers: "keep", or "shape" to replace each digit by 0.
    """

    cut = WordTokenizer.cut

    def __init__(self, definition: str, lower: bool = True, numbers: str = "keep"):
        from tokenizers import Tokenizer

        self.definition, self.lower, self.numbers = definition, lower, numbers
        self.encoder = Tokenizer.from_str(definition)
        self.longest = max(map(len, self.encoder.get_vocab()))

    def pieces(self, text: str, most: int | None = None) -> list[str]:
        """Return the subwords of a text; if `most` is given, at least the first `most` of them."""
        if most is not None:
            text = text[: (most + 1) * self.longest]  # enough, since no subword is longer; saves time for long texts
        text = text.lower() if self.lower else text
        text = DIGIT.sub("0", text) if self.numbers == "shape" else text
        # A lone surrogate cannot be encoded; it becomes a question mark.
        return self.encoder.encode(text.encode("utf-8", "replace").decode(), add_special_tokens=False).tokens

    def tokens(self, piece: str) -> tuple[str, ...]:
        return (piece,)


def shaped(tokens: list[str], numbers: str) -> list[str]:
    """Return the tokens, with each digit replaced by 0 if `numbers` is "shape"."""
    return [DIGIT.sub("0", token) for token in tokens] if numbers == "shape" else tokens


class Kept(dict):
    """A cache of the results of a function of pieces.

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
    """Yield the first `most` items (or all) that `kept` returns for the pieces of a text."""
    return islice(chain.from_iterable(map(kept.__getitem__, tokenizer.pieces(text, most))), most)
