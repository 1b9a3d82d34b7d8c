"""Raw texts to the vectors that a frozen sentence transformer gives their tokens, each in its sentence."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np

from convpipe import config, paths
from convpipe.data.dataset import Subset
from convpipe.data.download import PACKAGES
from convpipe.data.ragged import Ragged
from convpipe.errors import ConfigError
from convpipe.input_spec import InputSpec
from convpipe.preprocessing.text.inputs import TextPreprocessingBase, choose_max_length, strings
from convpipe.preprocessing.text.transformer import MOST, Transformer, minilm
from convpipe.preprocessing.text.vector_store import VectorStore

#: Texts whose vectors are held at once when a classifier is asked.
AT_ONCE = 4096


@dataclass
class ContextualPreprocessing(TextPreprocessingBase):
    """Pieces of words and their vectors, of MiniLM (384 numbers a layer), which is kept with the classifier.

    A text is encoded once: vectors are kept in data/contextual while a classifier is trained, by the pieces that they
    were made from, so that folds, seeds and later runs find them there. A loaded classifier writes nothing.

    Args:
        max_length: most pieces of a text, 254 at most; the rest is left out.
        cut_share: share of the training texts that were cut.
        steps: most pieces of a training text, after the cut.
        transformer: gives the vectors.
        store: where vectors are kept, None for a loaded classifier.
        report: is handed the lines that the user should see.
    """

    max_length: int
    cut_share: float
    steps: int
    transformer: Transformer = field(repr=False, compare=False)
    store: VectorStore | None = field(default=None, repr=False, compare=False)
    report: Callable[[str], None] = field(default=lambda line: None, repr=False, compare=False)

    @classmethod
    def fit(cls, train: Subset, settings: config.Settings, report: Callable[[str], None] = print) -> Self:
        """Learn where texts are cut; the tokenizer is the transformer's own.

        Raises:
            ConfigError: settings that have no meaning here.
            FetchError: the transformer could not be fetched.
        """
        prepare, embedding = settings.preprocessing, settings.embedding
        assert isinstance(prepare, config.TextPreprocessingSettings) and embedding
        for key in ("dropout", "word_dropout"):
            if value := getattr(embedding, key):
                message = f"embedding.{key} has no meaning for contextual vectors, which are never trained"
                raise ConfigError(message, key=f"embedding.{key}", value=value, remedy=f"set embedding.{key}=0")
        layers = tuple(embedding.layers)
        transformer = minilm(layers, report)
        texts = strings(train.inputs, train.sample_ids)
        steps = np.array([len(each) for each in transformer.pieces(texts)])
        max_length, share = choose_max_length(steps, prepare.max_length, report, MOST)
        name = f"{PACKAGES['minilm'].sha256[:16]}_{'_'.join(map(str, layers))}.sqlite"
        store = VectorStore(paths.HOME / "data" / "contextual" / name, transformer.dim)
        return cls(max_length, share, int(min(max_length, steps.max())), transformer, store, report)

    def transform(self, inputs: Sequence, sample_ids: Sequence[str] | None = None) -> Ragged:
        """Vectors (steps, 384 a layer) float16 of each text, NaN only as padding.

        Args:
            inputs: n texts.
            sample_ids: what to call each in an error; its number by default.

        Raises:
            DataError: an input that is no string.
        """
        pieces = list(self.transformer.pieces(strings(inputs, sample_ids), self.max_length))
        steps = np.array([len(each) for each in pieces], np.int64)
        vectors = Ragged(np.empty((steps.sum(), self.transformer.dim), np.float16), steps)
        missing = np.ones(len(pieces), bool)
        for number, found in self.store.read(pieces) if self.store else ():
            vectors[number][:] = found
            missing[number] = False
        self._encode(pieces, np.flatnonzero(missing), vectors)
        return vectors

    def _encode(self, pieces: list[np.ndarray], missing: np.ndarray, vectors: Ragged) -> None:
        """Fill in the vectors of the texts that are missing, and keep them."""
        if self.store and len(missing):
            self.report(f"encoding {len(missing):,} texts with MiniLM, once")
        for position, found in self.transformer.encode([pieces[number] for number in missing]):
            vectors[int(missing[position])][:] = found
            if self.store:
                self.store.add(pieces[missing[position]], found)
        if self.store:
            self.store.flush()

    def tokens(self, text: str) -> list[str]:
        """The pieces of a text as the network sees them, one a step."""
        ids = next(self.transformer.pieces([text], self.max_length))
        return [self.transformer.tokenizer.id_to_token(int(each)) or "[UNK]" for each in ids]

    def batchable(self, inputs: Sequence, sample_ids: Sequence[str]) -> list[np.ndarray]:
        """A few thousand texts at once: the vectors of all might not fit into memory."""
        return [np.arange(start, min(start + AT_ONCE, len(inputs))) for start in range(0, len(inputs), AT_ONCE)]

    def spec(self, classes: int) -> InputSpec:
        return InputSpec((self.steps,), self.transformer.dim, classes, masked=True)

    @property
    def input_shape(self) -> tuple[int, ...]:
        return self.steps, self.transformer.dim

    def statistics(self) -> dict[str, float]:
        return {"cut": self.max_length, "cut_share": self.cut_share}

    def save(self, folder: Path) -> None:
        super().save(folder)
        self.transformer.save(folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        return cls(**cls.learned(folder), transformer=Transformer.load(folder))
