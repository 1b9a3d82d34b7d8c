"""Tokens and their ids: learned from the training part, and others that pretrained vectors know."""

import json
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from convpipe.preprocessing.text.tokenizers import Kept, along

#: Ids with a meaning of their own: what follows the end of a text, and a token that nobody knows.
PADDING, UNKNOWN = 0, 1
#: Where the tokens of the training part begin.
FIRST = 2


@dataclass
class Vocabulary:
    """The tokens that have an id, in its order: `tokens[i]` has id i + 2; 0 is padding, 1 unknown.

    Args:
        tokens: those of the training part first, the frequent before the rare, then those of pretrained vectors.
        learned: ids below this one occur in the training part.

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
        """Ids, padding and unknown among them."""
        return len(self.tokens) + FIRST

    def numbered(self, tokenizer, texts: Iterable[str], most: int) -> tuple[np.ndarray, np.ndarray]:
        """The ids of all texts end to end, int32, and how many each has (1 or more); texts are asked for one by one."""
        ids = self.ids
        kept = Kept(lambda piece: tuple([ids.get(token, UNKNOWN) for token in tokenizer.tokens(piece)]))
        values, steps = array("i"), array("q")
        for text in texts:
            before = len(values)
            values.extend(along(tokenizer, kept, text, most))
            if len(values) == before:  # not a word in it
                values.append(UNKNOWN)
            steps.append(len(values) - before)
        return np.array(values, np.int32), np.array(steps, np.int64)

    def save(self, path: Path) -> None:
        """Write it as JSON in ASCII, a token a line: any character survives, a line end or half a character too."""
        content = {"learned": self.learned, "tokens": self.tokens}
        path.write_text(json.dumps(content, indent=0) + "\n", encoding="ascii")

    @classmethod
    def load(cls, path: Path) -> "Vocabulary":
        """What `save` wrote.

        Raises:
            ValueError: the file holds something else.
        """
        content = json.loads(path.read_text(encoding="ascii"))
        tokens, learned = content["tokens"], content["learned"]
        if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
            raise ValueError(f"{path.name} holds no list of tokens")
        if type(learned) is not int or not FIRST <= learned <= len(tokens) + FIRST:
            raise ValueError(f"{path.name}: {learned!r} of {len(tokens)} tokens are said to be learned")
        return cls(tokens, learned)


@dataclass
class Counted:
    """How often each token occurs in the training part, in how many of its texts, and how many tokens each text has
    (at least 1)."""

    tokens: Counter
    texts: Counter
    steps: np.ndarray

    @classmethod
    def of(cls, tokenizer, texts: Iterable[str]) -> "Counted":
        """Count through `texts`, which are asked for one by one."""
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
        """All that was counted."""
        return self.tokens.total()

    def frequent(self, most: int, min_count: int) -> list[str]:
        """The `most` frequent tokens that occur `min_count` times or more; of equals, the first in the alphabet."""
        enough = ((token, count) for token, count in self.tokens.items() if count >= min_count)
        return [token for token, _ in sorted(enough, key=lambda item: (-item[1], item[0]))[:most]]

    def idf(self, tokens: Sequence[str]) -> np.ndarray:
        """Inverse document frequency of each token, after zeros for padding and unknown: (tokens + 2,) float32.

        That of scikit-learn's TfidfTransformer: log((1 + texts) / (1 + texts that hold the token)) + 1.
        """
        holding = np.array([self.texts[token] for token in tokens])
        return np.append(np.zeros(FIRST), np.log((1 + len(self.steps)) / (1 + holding)) + 1).astype(np.float32)

    def share(self, tokens: Sequence[str]) -> float:
        """Which share of all that was counted these tokens make up."""
        return sum(self.tokens[token] for token in tokens) / max(1, self.total)
