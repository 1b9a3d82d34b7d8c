"""Raw texts to token ids: a tokenizer, a vocabulary, and initial vectors for the network."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np

from convpipe import config
from convpipe.data.dataset import Subset
from convpipe.data.ragged import Ragged
from convpipe.errors import ConfigError, DataError
from convpipe.input_spec import InputSpec, TokenTable
from convpipe.preprocessing.text.inputs import TextPreprocessingBase, choose_max_length, strings
from convpipe.preprocessing.text.tokenizers import CharacterTokenizer, SubwordTokenizer, WordTokenizer
from convpipe.preprocessing.text.vectors import open_source, side_by_side, wordllama
from convpipe.preprocessing.text.vocabulary import FIRST, UNKNOWN, Counted, Vocabulary
from convpipe.preprocessing.warned import Warned

#: Most tokens of a one-hot encoding.
MOST_AXES = 2000
#: Fraction of unknown tokens above which a prediction warns.
MOSTLY = 0.5
#: Embeddings that start from pretrained vectors.
PRETRAINED = ("static", "fine_tuned", "multichannel")
TOKENIZERS = {"word": WordTokenizer, "character": CharacterTokenizer}


@dataclass
class TextPreprocessing(TextPreprocessingBase):
    """Vocabulary and truncation of texts, fitted on a training part.

    Args:
        tokenizer, lowercase, numbers: as in `config.TextPreprocessingSettings`.
        max_length: most tokens of a text; longer texts are truncated.
        cut_share: fraction of the training texts that are truncated.
        steps: most tokens of a training text after truncation.
        coverage: fraction of the learned tokens with a pretrained vector, None without such vectors.
        vocabulary: tokens and their ids.
        subwords: JSON of the byte pair encoding, empty for other tokenizers.
        table: initial vectors for a network; None if loaded, since the saved network contains the vectors.
    """

    tokenizer: str
    lowercase: bool
    numbers: str
    max_length: int
    cut_share: float
    steps: int
    coverage: float | None
    vocabulary: Vocabulary = field(repr=False)
    subwords: str = field(default="", repr=False)
    table: TokenTable | None = field(default=None, repr=False, compare=False)

    @classmethod
    def fit(cls, train: Subset, settings: config.Settings, report: Callable[[str], None] = print) -> Self:
        """Learn vocabulary and length for truncation from the training part, a sequence of str.

        Raises:
            ConfigError: incompatible settings, or a missing file of vectors.
            DataError: a text that is not a string, no tokens at all, or a broken file of vectors.
            FetchError: vectors or a byte pair encoding that cannot be downloaded.
        """
        prepare, embedding = settings.preprocessing, settings.embedding
        assert isinstance(prepare, config.TextPreprocessingSettings)
        subwords = wordllama(report)[1] if prepare.tokenizer == "subword" else ""
        options = (prepare.tokenizer, prepare.lowercase, prepare.numbers)
        counted = Counted.of(_tokenizer(*options, subwords), strings(train.inputs, train.sample_ids))
        tokens = counted.frequent(prepare.max_vocabulary, prepare.min_count)
        if not counted.total:
            raise DataError("no training text has a word", key="data.text", remedy="set data.text=COLUMN of the texts")
        if not tokens:
            message, key = f"no token occurs {prepare.min_count} times in the training texts", "preprocessing.min_count"
            raise DataError(message, key=key, value=prepare.min_count, remedy=f"lower {key}")
        total = f"{counted.share(tokens):.1%} of the {counted.total:,} tokens of the training texts"
        report(f"learned a vocabulary of {len(tokens):,} tokens, which covers {total}")
        max_length, cut_share = choose_max_length(counted.steps, prepare.max_length, report)
        table, others, coverage = _table(tokens, counted, prepare.tokenizer, embedding, report)
        vocabulary, steps = Vocabulary(tokens + others, len(tokens) + FIRST), int(min(max_length, counted.steps.max()))
        return cls(*options, max_length, cut_share, steps, coverage, vocabulary, subwords, table)

    def transform(self, inputs: Sequence, sample_ids: Sequence[str] | None = None) -> Ragged:
        """Return ids, int32: 1 for an unknown token and for a text without tokens, 0 as padding.

        Args:
            inputs: n texts, read one by one.
            sample_ids: n names for errors; default: modality and number.

        Raises:
            DataError: an input that is not a string.
        """
        tokenizer = _tokenizer(self.tokenizer, self.lowercase, self.numbers, self.subwords)
        return Ragged(*self.vocabulary.numbered(tokenizer, strings(inputs, sample_ids), self.max_length))

    def warnings(self, inputs: Sequence, sample_ids: Sequence[str]) -> Iterator[str]:
        """Yield a line if most tokens of some texts are unknown."""
        texts = self.transform(inputs, sample_ids)
        unknown = np.array([(texts[row] == UNKNOWN).sum() for row in range(len(texts))], np.int64)
        rows = np.flatnonzero(unknown > MOSTLY * texts.steps)
        if len(rows):
            row = rows[0]
            example = f"{sample_ids[row]} ({unknown[row]} of {texts.steps[row]})"
            yield Warned(len(rows), len(texts), "texts have mostly unknown tokens", example)

    def tokens(self, text: str) -> list[str]:
        tokenizer = _tokenizer(self.tokenizer, self.lowercase, self.numbers, self.subwords)
        return tokenizer.cut(text, self.max_length) or [""]

    def spec(self, classes: int) -> InputSpec:
        table = self.table or TokenTable("none", len(self.vocabulary), self.vocabulary.learned, 1)
        return InputSpec((self.steps,), table.dim, classes, masked=True, tokens=table)

    @property
    def input_shape(self) -> tuple[int, ...]:
        return (self.steps,)

    def statistics(self) -> dict[str, float]:
        found = {"vocabulary": self.vocabulary.learned - FIRST, "cut_share": self.cut_share, "cut": self.max_length}
        return found if self.coverage is None else found | {"coverage": self.coverage}

    def save(self, folder: Path) -> None:
        super().save(folder)
        self.vocabulary.save(folder / "vocabulary.json")
        if self.subwords:
            (folder / "subwords.json").write_text(self.subwords, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        path, vocabulary = folder / "subwords.json", Vocabulary.load(folder / "vocabulary.json")
        subwords = path.read_text(encoding="utf-8") if path.exists() else ""
        return cls(**cls.learned(folder), vocabulary=vocabulary, subwords=subwords)


def _tokenizer(name: str, lower: bool, numbers: str, subwords: str):
    return SubwordTokenizer(subwords, lower, numbers) if subwords else TOKENIZERS[name](lower, numbers)


def _table(tokens: list[str], counted: Counted, tokenizer: str, embedding: config.Embedding | None, report):
    """Return the initial vectors (None for ids only), tokens with only a pretrained vector, and the coverage."""
    count = len(tokens) + FIRST
    if embedding is None:
        return None, [], None
    dropped, idf = (embedding.dropout, embedding.word_dropout), counted.idf(tokens)
    if embedding.name in PRETRAINED:
        sources = [open_source(name, tokenizer, set(tokens), report) for name in embedding.pretrained]
        joined = side_by_side(sources, tokens)
        special = np.zeros((FIRST, joined.learned.shape[1]), np.float16)  # padding and unknown
        vectors, coverage = np.concatenate([special, joined.learned, joined.other_vectors]), float(joined.found.mean())
        known = counted.share([token for token, found in zip(tokens, joined.found, strict=True) if found])
        covered = f"{coverage:.1%} of the vocabulary ({known:.1%} of the training texts)"
        names = " and ".join(embedding.pretrained)
        report(f"{names}: vectors for {covered}, and for {len(joined.others):,} other tokens")
        table = TokenTable(embedding.name, len(vectors), count, vectors.shape[1], vectors, *dropped, idf)
        return table, joined.others, coverage
    if embedding.name == "one_hot" and len(tokens) > MOST_AXES:
        message = f"embedding=one_hot needs {len(tokens):,} axes, one per token, but at most {MOST_AXES:,} are possible"
        remedy = f"set preprocessing=characters or preprocessing.max_vocabulary={MOST_AXES}"
        raise ConfigError(message, key="embedding", value="one_hot", remedy=remedy)
    dim = len(tokens) if embedding.name == "one_hot" else embedding.dim
    return TokenTable(embedding.name, count, count, dim, None, *dropped, idf), [], None
