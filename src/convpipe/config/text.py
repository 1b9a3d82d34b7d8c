"""Settings of texts: where they are read, how they become tokens and vectors, and the models made for them."""

from dataclasses import dataclass
from typing import ClassVar

from omegaconf import MISSING

from convpipe.config.data import Data, Preprocessing
from convpipe.config.models import Model
from convpipe.errors import ConfigError
from convpipe.settings import Group, setting


@dataclass
class TextPackaged(Data):
    """Texts inside a pinned package, with their official split or their groups."""

    reader: str = "text_packaged"
    corpus: str = setting(MISSING, "the corpus in the package", choices=["newsgroups", "r8", "r52", "rotten_tomatoes"])


@dataclass
class TextTable(Data):
    """The reader's own table of texts and labels: CSV, TSV, JSONL or Parquet."""

    name: str = "text_table"
    reader: str = "text_table"
    path: str = setting(MISSING, "path of the table; its suffix tells the format: .csv .tsv .txt .jsonl .parquet")
    test: str | None = setting(None, "path of a table of the test part; none: cut from the first")
    validation: str | None = setting(None, "path of a table of the validation part; none: cut from the first")
    text: str = setting("text", "name of the text column; a number counts columns from 0 where there is no header")
    label: str = setting("label", "name of the label column; a number counts columns from 0 where there is no header")
    group: str | None = setting(None, "name of a column of groups that may not stand in two parts (a film, an author)")
    encoding: str = setting("utf-8", "encoding of a CSV, TSV or JSONL file, such as utf-8, latin-1 or cp1252")
    separator: str | None = setting(
        None,
        "what separates columns; none: a comma for .csv, a tab for .tsv; after a space the last column is the rest of "
        "the line",
    )
    quotes: bool = setting(True, "whether a value in double quotes may hold separators and line ends (not with spaces)")
    empty: str = setting("unknown", "empty texts: keep as unknown, or refuse", choices=["unknown", "refuse"])

    def __post_init__(self):
        super().__post_init__()
        try:
            "a".encode(self.encoding)
        except LookupError:
            raise ConfigError(f"data.encoding={self.encoding} is no encoding; such as utf-8, latin-1, cp1252") from None
        if self.separator is not None and len(self.separator.replace("\\t", "\t")) != 1:
            raise ConfigError(f"data.separator must be one character, not {self.separator!r}")
        if self.validation and not self.test:
            raise ConfigError("data.validation needs data.test as well; without it split.share cuts a validation part")


@dataclass
class PrepareText(Preprocessing):
    """How a text becomes tokens."""

    kind: str = "text"
    tokenizer: str = setting(
        "word", "what a token is: a word, a character, or a piece of a word", choices=["word", "character", "subword"]
    )
    lower: bool = setting(True, "lower-case before cutting")
    numbers: str = setting(
        "keep",
        "digits: keep, or shape: write 0 for each, so that numbers of one form are one token",
        choices=["keep", "shape"],
    )
    vocabulary: int = setting(50_000, "most tokens that are learnt, the frequent first", low=1, high=10_000_000)
    min_count: int = setting(1, "fewest training occurrences of a token that is learnt", low=1, high=1_000_000)
    cut: int | None = setting(
        None, "most tokens of a text, the rest is cut; none: as many as 99 % of the training texts have", low=1
    )


@dataclass
class Embedding(Group):
    """What vector stands for a token."""

    KEY: ClassVar[str] = "embedding"
    name: str = setting(
        "random",
        "random: learned from nothing; static: pretrained and kept; fine_tuned: pretrained and trained on; "
        "multichannel: both, seen by the same kernels (Kim 2014); contextual: of a frozen sentence transformer; "
        "one_hot: each token its own axis",
        choices=["random", "static", "fine_tuned", "multichannel", "contextual", "one_hot"],
    )
    dimensions: int = setting(128, "numbers of a learned vector (random)", low=1, high=4096)
    vectors: list[str] = setting(
        ["glove"],
        "pretrained vectors: glove (6B, 50d), wordllama (256d), or the path of a word2vec, GloVe or fastText text "
        "file or of an .npy with a vocabulary beside it; several are put side by side",
    )
    layers: list[int] = setting(
        [4, 5, 6], "layers of the sentence transformer whose vectors stand side by side (contextual)", low=1, high=6
    )
    dropout: float = setting(0.0, "share of the numbers of each vector dropped in training", low=0.0, high=0.95)
    word_dropout: float = setting(
        0.0, "share of whole tokens dropped in training, so that no few words decide alone", low=0.0, high=0.95
    )

    def __post_init__(self):
        super().__post_init__()
        for key in ("vectors", "layers"):
            if not getattr(self, key):
                raise ConfigError(f"embedding.{key} is empty; name one at least")


@dataclass
class TextCnn(Model):
    """Parallel kernel sizes and a maximum over time (Kim 2014)."""

    name: str = "text_cnn"
    kernel_sizes: list[int] = setting([3, 4, 5], "kernel sizes side by side, in tokens", low=1, high=64)
    filters: int = setting(100, "filters of each kernel size", low=1, high=4096)
    dropout: float = setting(0.5, "share of features dropped before the output", low=0.0, high=0.95)
    max_norm: float = setting(3.0, "largest norm of an output class's weights, 0 for no limit", low=0.0, high=1000.0)
    bag: bool = setting(False, "beside the kernels a linear layer over the text's words, rare ones counting more")
    view: str | None = setting(
        None, "none: Conv1D; full_width: Conv2D as wide as a vector, which does the same", choices=["full_width"]
    )

    def __post_init__(self):
        super().__post_init__()
        if not self.kernel_sizes or len(set(self.kernel_sizes)) != len(self.kernel_sizes):
            raise ConfigError("model.kernel_sizes needs one kernel size at least, and each once")


@dataclass
class CharCnn(Model):
    """Convolutions over characters (Zhang, Zhao and LeCun 2015); the default is a small one for a laptop."""

    A_LAYER: ClassVar[tuple[str, ...]] = ("filters", "kernel_sizes", "pooling")
    name: str = "char_cnn"
    filters: list[int] = setting([128, 128, 128], "filters of each convolution", low=1, high=4096)
    kernel_sizes: list[int] = setting([7, 5, 3], "kernel size of each convolution, in characters", low=1, high=64)
    pooling: list[int] = setting([3, 3, 1], "max pooling after each convolution, 1 for none", low=1, high=64)
    units: list[int] = setting([], "units of each dense layer after the maximum over time", low=1, high=10_000)
    dropout: float = setting(0.5, "share dropped before the output and after each dense layer", low=0.0, high=0.95)


@dataclass
class Dpcnn(Model):
    """Deep pyramid CNN (Johnson and Zhang 2017)."""

    name: str = "dpcnn"
    filters: int = setting(250, "filters of every convolution", low=1, high=4096)
    kernel_size: int = setting(3, "kernel size in tokens", low=1, high=64)
    blocks: int = setting(5, "pairs of convolutions, each but the first over half the tokens", low=1, high=12)
    dropout: float = setting(0.5, "share of features dropped before the output", low=0.0, high=0.95)


@dataclass
class FastText(Model):
    """Mean of the vectors of words and of hashed n-grams, and a linear layer (Joulin et al. 2017): the yardstick."""

    name: str = "fast_text"
    dimensions: int = setting(16, "numbers of each vector", low=1, high=4096)
    orders: int = setting(2, "longest n-gram in tokens", low=1, high=5)
    buckets: int = setting(50_000, "vectors that the n-grams of two tokens and more share", low=1, high=10_000_000)
    dropout: float = setting(0.0, "share of features dropped before the output", low=0.0, high=0.95)


DATA = {"text_packaged": TextPackaged, "text_table": TextTable}
PREPARE = {"text": PrepareText}
MODELS = {schema().name: schema for schema in (TextCnn, CharCnn, Dpcnn, FastText)}
