"""Raw texts to ids of tokens: cut into tokens, numbered by a vocabulary, with vectors for a network to start from."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from convpipe import config
from convpipe.data.ragged import Ragged
from convpipe.data.samples import Part
from convpipe.errors import ConfigError, DataError
from convpipe.models import Shape, TokenTable
from convpipe.preprocessing import Preprocessing
from convpipe.preprocessing.tokens import CharacterTokenizer, SubwordTokenizer, WordTokenizer
from convpipe.preprocessing.vectors import SideBySide, open_source, side_by_side, wordllama_pieces
from convpipe.preprocessing.vocabulary import FIRST, Counted, Vocabulary

#: Share of the training texts that are not cut, where preprocessing.cut leaves it open.
WHOLE = 0.99
#: Most tokens that may each have an axis of their own.
MOST_AXES = 2000
#: Embeddings that start from pretrained vectors.
PRETRAINED = ("static", "fine_tuned", "multichannel")
TOKENIZERS = {"word": WordTokenizer, "character": CharacterTokenizer}


@dataclass
class TextPreprocessing(Preprocessing):
    """Tokens, vocabulary and cut of texts, as fitted on a training part.

    Args:
        tokenizer, lower, numbers: as in `config.PrepareText`.
        cut: most tokens of a text; the rest is left out.
        cut_share: share of the training texts that were cut.
        steps: most tokens of a training text, after the cut.
        coverage: share of the learnt tokens that the pretrained vectors know, None without such vectors.
        vocabulary: tokens and their ids.
        subwords: JSON of the byte pair encoding, empty for other tokenizers.
        table: what a network starts from; it is the network that keeps the vectors, so a loaded one has none.
    """

    kind = "text"

    tokenizer: str
    lower: bool
    numbers: str
    cut: int
    cut_share: float
    steps: int
    coverage: float | None
    vocabulary: Vocabulary = field(repr=False)
    subwords: str = field(default="", repr=False)
    table: TokenTable | None = field(default=None, repr=False, compare=False)

    @classmethod
    def fit(cls, train: Part, settings: config.Settings, report: Callable[[str], None] = print) -> Preprocessing:
        """Learn vocabulary and cut from the training part, a sequence of str.

        Raises:
            ConfigError: settings that do not go together, or a file of vectors that is not there.
            DataError: a text that is no string, no token in any of them, or a broken file of vectors.
            FetchError: vectors or a byte pair encoding that could not be fetched.
        """
        prepare, embedding = settings.preprocessing, settings.embedding
        if embedding and embedding.name == "contextual":
            from convpipe.preprocessing.contextual import ContextualPreprocessing

            return ContextualPreprocessing.fit(train, settings, report)
        subwords = wordllama_pieces(report) if prepare.tokenizer == "subword" else ""
        asked = (prepare.tokenizer, prepare.lower, prepare.numbers)
        counted = Counted.of(_tokenizer(*asked, subwords), strings(train.inputs, train.origins))
        tokens = counted.frequent(prepare.vocabulary, prepare.min_count)
        if not tokens:
            if not counted.total:
                raise DataError("no training text holds a word; data.text must name the column of the texts")
            raise DataError(
                f"no token occurs {prepare.min_count} times in the training texts; lower preprocessing.min_count"
            )
        report(f"{len(tokens):,} tokens learnt, {counted.share(tokens):.1%} of the training texts' {counted.total:,}")
        cut, cut_share = cutting(counted.steps, prepare.cut, report)
        table, others, coverage = _table(tokens, counted, prepare.tokenizer, embedding, report)
        vocabulary, steps = Vocabulary(tokens + others, len(tokens) + FIRST), int(min(cut, counted.steps.max()))
        return cls(*asked, cut, cut_share, steps, coverage, vocabulary, subwords, table)

    def transform(self, inputs: Sequence, origins: Sequence[str] | None = None) -> Ragged:
        """Ids, int32: 1 for a token that nobody knows and for a text without a token; 0 only as padding.

        Args:
            inputs: n texts, which are asked for one by one.
            origins: what to call each in an error; its number by default.

        Raises:
            DataError: an input that is no string.
        """
        tokenizer = _tokenizer(self.tokenizer, self.lower, self.numbers, self.subwords)
        return Ragged(*self.vocabulary.numbered(tokenizer, strings(inputs, origins), self.cut))

    def tokens(self, text: str) -> list[str]:
        """The tokens of a text as the network sees them, one a step (also those that it does not know)."""
        return _tokenizer(self.tokenizer, self.lower, self.numbers, self.subwords).cut(text, self.cut) or [""]

    def check(self, inputs: Sequence, origins: Sequence[str]) -> None:
        for _ in strings(inputs, origins):
            pass

    def shape(self, classes: int) -> Shape:
        table = self.table or TokenTable("none", len(self.vocabulary), self.vocabulary.learnt, 1)
        return Shape((self.steps,), table.dimensions, classes, masked=True, tokens=table)

    @property
    def input_shape(self) -> tuple[int, ...]:
        return (self.steps,)

    @property
    def smallest_input_shape(self) -> tuple[int, ...]:
        return (1,)

    def facts(self) -> dict[str, float]:
        coverage = {} if self.coverage is None else {"coverage": self.coverage}
        return {"vocabulary": self.vocabulary.learnt - FIRST, "cut_share": self.cut_share, "cut": self.cut} | coverage

    def save(self, folder: Path) -> None:
        kept = {key: value for key, value in vars(self).items() if key not in ("vocabulary", "subwords", "table")}
        (folder / "preprocessing.json").write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
        self.vocabulary.save(folder / "vocabulary.json")
        if self.subwords:
            (folder / "subwords.json").write_text(self.subwords, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Preprocessing:
        kept = json.loads((folder / "preprocessing.json").read_text(encoding="utf-8"))
        if "tokenizer" not in kept:
            from convpipe.preprocessing.contextual import ContextualPreprocessing

            return ContextualPreprocessing.load(folder)
        path = folder / "subwords.json"
        subwords = path.read_text(encoding="utf-8") if path.exists() else ""
        return cls(**kept, vocabulary=Vocabulary.load(folder / "vocabulary.json"), subwords=subwords)


def strings(inputs: Sequence, origins: Sequence[str] | None = None) -> Iterator[str]:
    """The inputs one by one, each checked to be a string.

    Raises:
        DataError: one is not; it is named by its origin.
    """
    for number, text in enumerate(inputs):
        if not isinstance(text, str):
            origin = f"text {number}" if origins is None else origins[number]
            raise DataError(f"{origin}: not a string but a {type(text).__name__}")
        yield text


def cutting(
    steps: np.ndarray, cut: int | None, report: Callable[[str], None], most: int | None = None
) -> tuple[int, float]:
    """Where texts are cut (tokens), and the share of the training texts that are.

    Args:
        steps: (n,) tokens of each training text.
        cut: as in `config.PrepareText`; None for the fewest tokens that leave 99 % of the texts whole.
        most: what no cut exceeds, None for no limit.
    """
    chosen = cut or int(np.quantile(steps, WHOLE, method="inverted_cdf"))
    chosen = min(chosen, most or chosen)
    share = float((steps > chosen).mean())
    report(f"cut {share:.1%} of the training texts at {chosen:,} tokens" if share else "no training text is cut")
    return chosen, share


def _tokenizer(name: str, lower: bool, numbers: str, subwords: str):
    return SubwordTokenizer(subwords, lower, numbers) if subwords else TOKENIZERS[name](lower, numbers)


def _table(tokens: list[str], counted: Counted, tokenizer: str, embedding: config.Embedding | None, report):
    """What a network starts from (None for ids only), tokens that only the vectors know, and the vectors' coverage."""
    count = len(tokens) + FIRST
    if embedding is None:
        return None, [], None
    dropped, rarity = (embedding.dropout, embedding.word_dropout), counted.rarity(tokens)
    if embedding.name in PRETRAINED:
        sources = [open_source(name, tokenizer, set(tokens), report) for name in embedding.vectors]
        joined = side_by_side(sources, tokens)
        vectors, coverage = _stacked(joined), float(joined.found.mean())
        known = counted.share([token for token, found in zip(tokens, joined.found, strict=True) if found])
        report(
            f"{' and '.join(embedding.vectors)}: vectors for {coverage:.1%} of them ({known:.1%} of the running text), "
            f"and for {len(joined.others):,} tokens beyond"
        )
        table = TokenTable(embedding.name, len(vectors), count, vectors.shape[1], vectors, *dropped, rarity)
        return table, joined.others, coverage
    if embedding.name == "one_hot" and len(tokens) > MOST_AXES:
        raise ConfigError(
            f"embedding=one_hot gives each of {len(tokens):,} tokens an axis of its own; preprocessing=characters has "
            f"few, or set preprocessing.vocabulary to {MOST_AXES} at most"
        )
    dimensions = len(tokens) if embedding.name == "one_hot" else embedding.dimensions
    return TokenTable(embedding.name, count, count, dimensions, None, *dropped, rarity), [], None


def _stacked(joined: SideBySide) -> np.ndarray:
    """(count, dimensions) float16: zeros for padding and unknown, then the learnt tokens, then the others."""
    nothing = np.zeros((FIRST, joined.learnt.shape[1]), np.float16)
    return np.concatenate([nothing, joined.learnt, joined.beyond])
