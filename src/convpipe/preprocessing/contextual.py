"""Raw texts to the vectors that a frozen sentence transformer gives their tokens, each in its sentence."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

import convpipe
from convpipe import config
from convpipe.data.packages import PACKAGES
from convpipe.data.ragged import Ragged
from convpipe.data.samples import Part
from convpipe.errors import ConfigError
from convpipe.models import Shape
from convpipe.preprocessing import Preprocessing
from convpipe.preprocessing.text import cutting, strings
from convpipe.preprocessing.transformer import MOST, Transformer, minilm
from convpipe.preprocessing.vector_store import VectorStore

#: Texts whose vectors are held at once when a classifier is asked.
AT_ONCE = 4096


@dataclass
class ContextualPreprocessing(Preprocessing):
    """Pieces of words and their vectors, of MiniLM (384 numbers a layer), which is kept with the classifier.

    A text is encoded once: vectors are kept in data/contextual while a classifier is trained, by the pieces that they
    were made from, so that folds, seeds and later runs find them there. A loaded classifier writes nothing.

    Args:
        cut: most pieces of a text, 254 at most; the rest is left out.
        cut_share: share of the training texts that were cut.
        steps: most pieces of a training text, after the cut.
        transformer: gives the vectors.
        store: where vectors are kept, None for a loaded classifier.
        report: is handed the lines that the user should see.
    """

    kind = "text"

    cut: int
    cut_share: float
    steps: int
    transformer: Transformer = field(repr=False, compare=False)
    store: VectorStore | None = field(default=None, repr=False, compare=False)
    report: Callable[[str], None] = field(default=lambda line: None, repr=False, compare=False)

    @classmethod
    def fit(cls, train: Part, settings: config.Settings, report: Callable[[str], None] = print):
        """Learn where texts are cut; the tokenizer is the transformer's own.

        Raises:
            ConfigError: settings that have no meaning here.
            FetchError: the transformer could not be fetched.
        """
        for key in ("dropout", "word_dropout"):
            if getattr(settings.embedding, key):
                raise ConfigError(
                    f"embedding.{key} has no meaning for contextual vectors, which stay as they are; set it to 0"
                )
        layers = tuple(settings.embedding.layers)
        transformer = minilm(layers, report)
        texts = strings(train.inputs, train.origins)
        steps = np.array([len(each) for each in transformer.pieces(texts)])
        cut, share = cutting(steps, settings.preprocessing.cut, report, MOST)
        name = f"{PACKAGES['minilm'].sha256[:16]}_{'_'.join(map(str, layers))}.sqlite"
        path = convpipe.HOME / "data" / "contextual" / name
        store = VectorStore(path, transformer.dimensions)
        return cls(cut, share, int(min(cut, steps.max())), transformer, store, report)

    def transform(self, inputs: Sequence, origins: Sequence[str] | None = None) -> Ragged:
        """Vectors (steps, 384 a layer) float16 of each text, NaN only as padding.

        Args:
            inputs: n texts.
            origins: what to call each in an error; its number by default.

        Raises:
            DataError: an input that is no string.
        """
        pieces = list(self.transformer.pieces(strings(inputs, origins), self.cut))
        steps = np.array([len(each) for each in pieces], np.int64)
        vectors = Ragged(np.empty((steps.sum(), self.transformer.dimensions), np.float16), steps)
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
        ids = next(self.transformer.pieces([text], self.cut))
        return [self.transformer.tokenizer.id_to_token(int(each)) for each in ids]

    def check(self, inputs: Sequence, origins: Sequence[str]) -> None:
        for _ in strings(inputs, origins):
            pass

    def together(self, inputs: Sequence, origins: Sequence[str]) -> list[np.ndarray]:
        """A few thousand texts at once: the vectors of all might not fit into memory."""
        return [np.arange(start, min(start + AT_ONCE, len(inputs))) for start in range(0, len(inputs), AT_ONCE)]

    def shape(self, classes: int) -> Shape:
        return Shape((self.steps,), self.transformer.dimensions, classes, masked=True)

    @property
    def input_shape(self) -> tuple[int, ...]:
        return self.steps, self.transformer.dimensions

    @property
    def smallest_input_shape(self) -> tuple[int, ...]:
        return 1, self.transformer.dimensions

    def facts(self) -> dict[str, float]:
        return {"cut": self.cut, "cut_share": self.cut_share}

    def save(self, folder: Path) -> None:
        kept = {"cut": self.cut, "cut_share": self.cut_share, "steps": self.steps}
        (folder / "preprocessing.json").write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
        self.transformer.save(folder)

    @classmethod
    def load(cls, folder: Path) -> "ContextualPreprocessing":
        kept = json.loads((folder / "preprocessing.json").read_text(encoding="utf-8"))
        return cls(**kept, transformer=Transformer.load(folder))
