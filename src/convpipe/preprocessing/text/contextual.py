"""Raw texts to contextual token vectors of a frozen sentence transformer."""

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

#: Most texts per batch of `transform` in prediction, to limit the memory of their vectors.
AT_ONCE = 4096


@dataclass
class ContextualPreprocessing(TextPreprocessingBase):
    """Subword tokens and their vectors from MiniLM (384 numbers per layer), which is saved with the classifier.

    Each text is encoded once. In training, vectors are stored in data/contextual by the token ids of their text, so
    that folds, seeds and later runs reuse them. A loaded classifier stores nothing.

    Args:
        max_length: most tokens of a text, at most 254; longer texts are truncated.
        cut_share: fraction of the training texts that are truncated.
        steps: most tokens of a training text after truncation.
        transformer: the encoder.
        store: storage of the vectors, None for a loaded classifier.
        report: called with each line that the user should see.
    """

    max_length: int
    cut_share: float
    steps: int
    transformer: Transformer = field(repr=False, compare=False)
    store: VectorStore | None = field(default=None, repr=False, compare=False)
    report: Callable[[str], None] = field(default=lambda line: None, repr=False, compare=False)

    @classmethod
    def fit(cls, train: Subset, settings: config.Settings, report: Callable[[str], None] = print) -> Self:
        """Learn the length for truncation; the tokenizer is that of the transformer.

        Raises:
            ConfigError: settings that do not apply to contextual vectors.
            FetchError: the transformer cannot be downloaded.
        """
        prepare, embedding = settings.preprocessing, settings.embedding
        assert isinstance(prepare, config.TextPreprocessingSettings) and embedding
        for key in ("dropout", "word_dropout"):
            if value := getattr(embedding, key):
                message = f"embedding.{key} does not apply to contextual vectors, which are never trained"
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
        """Return vectors (steps, 384 per layer) float16 of each text, with NaN as padding.

        Args:
            inputs: n texts.
            sample_ids: n names for errors; default: modality and number.

        Raises:
            DataError: an input that is not a string.
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
        """Encode the missing texts into `vectors`, and store their vectors."""
        if self.store and len(missing):
            self.report(f"encoding {len(missing):,} texts with MiniLM, once")
        for position, found in self.transformer.encode([pieces[number] for number in missing]):
            vectors[int(missing[position])][:] = found
            if self.store:
                self.store.add(pieces[missing[position]], found)
        if self.store:
            self.store.flush()

    def tokens(self, text: str) -> list[str]:
        """Return the tokens of a text, one per step of the network input."""
        ids = next(self.transformer.pieces([text], self.max_length))
        return [self.transformer.tokenizer.id_to_token(int(each)) or "[UNK]" for each in ids]

    def batchable(self, inputs: Sequence, sample_ids: Sequence[str]) -> list[np.ndarray]:
        """Return batches of a few thousand texts, since the vectors of all texts might not fit into memory."""
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
