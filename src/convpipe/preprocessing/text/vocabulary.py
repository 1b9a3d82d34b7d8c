"""Tokens and their ids: those learned from the training part, and others with pretrained vectors."""

import json
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from convpipe.preprocessing.text.tokenizers import Kept, along

#: Special ids: padding after a text, and an unknown token.
PADDING, UNKNOWN = 0, 1
#: First id of a learned token.
FIRST = 2


@dataclass
class Vocabulary:
    """A mapping from tokens to ids: `tokens[i]` has id i + 2; 0 is padding, 1 unknown.

    Args:
        tokens: tokens of the training part, most frequent first, then other tokens with pretrained vectors.
        learned: number of ids with a token of the training part, including padding and unknown.

    >>> vocabulary = Vocabulary(["the", "film", "movie"], 4)
    >>> len(vocabulary), vocabulary.ids["film"]
    (5, 3)
    """

    tokens: list[str]
    learned: int
    ids: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self):
        self.ids = {token: number for number, token in enumerate(self.tokens, FIRST)}

    def __len__(self) -> int:
        """Number of ids, including padding and unknown."""
        return len(self.tokens) + FIRST

    def numbered(self, tokenizer, texts: Iterable[str], most: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the ids of all texts end to end, int32, and their number per text (at least 1). Texts are streamed."""
        ids = self.ids
        kept = Kept(lambda piece: tuple([ids.get(token, UNKNOWN) for token in tokenizer.tokens(piece)]))
        values, steps = array("i"), array("q")
        for text in texts:
            before = len(values)
            values.extend(along(tokenizer, kept, text, most))
            if len(values) == before:  # a text without tokens
                values.append(UNKNOWN)
            steps.append(len(values) - before)
        return np.array(values, np.int32), np.array(steps, np.int64)

    def save(self, path: Path) -> None:
        """Write JSON in ASCII, one token per line. Escapes preserve any character, including lone surrogates."""
        content = {"learned": self.learned, "tokens": self.tokens}
        path.write_text(json.dumps(content, indent=0) + "\n", encoding="ascii")

    @classmethod
    def load(cls, path: Path) -> "Vocabulary":
        """Load from a file that `save` wrote.

        Raises:
            ValueError: the file has other content.
        """
        content = json.loads(path.read_text(encoding="ascii"))
        tokens, learned = content["tokens"], content["learned"]
        if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
            raise ValueError(f"{path.name} contains no list of tokens")
        if type(learned) is not int or not FIRST <= learned <= len(tokens) + FIRST:
            raise ValueError(f"{path.name}: learned is {learned!r}, but there are {len(tokens)} tokens")
        return cls(tokens, learned)


@dataclass
class Counted:
    """Statistics of the training part: occurrences of each token, texts with each token, and tokens per text (at least
    1)."""

    tokens: Counter
    texts: Counter
    steps: np.ndarray

    @classmethod
    def of(cls, tokenizer, texts: Iterable[str]) -> "Counted":
        """Count the tokens of `texts`, which are streamed."""
        counts, holding = Counter[str](), Counter[str]()
        steps, kept = array("q"), Kept(tokenizer.tokens)
        for text in texts:
            found = list(along(tokenizer, kept, text))
            counts.update(found)
            holding.update(set(found))
            steps.append(max(1, len(found)))
        return cls(counts, holding, np.array(steps, np.int64))

    @property
    def total(self) -> int:
        """Number of all tokens."""
        return self.tokens.total()

    def frequent(self, most: int, min_count: int) -> list[str]:
        """Return the `most` most frequent tokens with at least `min_count` occurrences; ties in alphabetical order."""
        enough = ((token, count) for token, count in self.tokens.items() if count >= min_count)
        return [token for token, _ in sorted(enough, key=lambda item: (-item[1], item[0]))[:most]]

    def idf(self, tokens: Sequence[str]) -> np.ndarray:
        """Return the inverse document frequencies, (tokens + 2,) float32, with zeros for padding and unknown first.

        As in scikit-learn's TfidfTransformer: log((1 + texts) / (1 + texts with the token)) + 1.
        """
        holding = np.array([self.texts[token] for token in tokens])
        return np.append(np.zeros(FIRST), np.log((1 + len(self.steps)) / (1 + holding)) + 1).astype(np.float32)

    def share(self, tokens: Sequence[str]) -> float:
        """Return the fraction of all counted tokens that are one of these."""
        return sum(self.tokens[token] for token in tokens) / max(1, self.total)
