"""How the command explain interprets its arguments, and what it refuses before heavy imports."""

import pytest

from convpipe.errors import DataError
from convpipe.evaluation.explanation_inputs import Words, sort_words


@pytest.fixture
def folder(tmp_path):
    """The folder of a classifier, inside the folder of a run with two test samples."""
    (tmp_path / "predictions.csv").write_text("sample_id,label,predicted\ntest.npz row 1,a,a\nimages/b 2.png,a,b\n")
    (tmp_path / "classifier").mkdir()
    return tmp_path / "classifier"


@pytest.mark.parametrize("modality", ["series", "image", "volume", "sound"])
def test_arguments_are_test_samples_or_paths(folder, modality):
    words = sort_words(["test.npz row 1", str(folder), "-"], folder, modality)
    assert words == Words([], [str(folder), "-"], ["test.npz row 1"]) and words.may_be_several


@pytest.mark.parametrize("modality", ["series", "image", "volume", "sound"])
def test_an_unknown_sample_is_refused_with_the_nearest_one(folder, refused, modality):
    for word in ("test.npz row 11", "a text for another classifier"):
        with refused(DataError, value=word, remedy="test.npz row 1" if "row" in word else ""):
            sort_words([word], folder, modality)
    with refused(DataError, value="test.npz row 1", remedy="folder of a run"):
        sort_words(["test.npz row 1"], folder / "elsewhere", modality)
    with refused(DataError, remedy="--axes"):
        sort_words([], folder, modality)


@pytest.mark.parametrize("modality", ["text", None])
def test_an_argument_is_a_text_unless_it_is_a_path_or_a_sample(folder, modality, monkeypatch):
    monkeypatch.chdir(folder.parent)
    assert sort_words([], folder, modality).paths == ["-"]
    words = sort_words(["good film", "classifier", "predictions.csv", "images/b 2.png", "no.csv"], folder, modality)
    assert words == Words(["good film", "classifier", "no.csv"], ["predictions.csv"], ["images/b 2.png"])
    assert not sort_words(["a text"], folder, modality).may_be_several
