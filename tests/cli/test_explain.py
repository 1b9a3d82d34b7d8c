"""What the command explain refuses before it imports anything heavy."""

import json

import pytest

from convpipe.cli.explain import check_texts
from convpipe.errors import ConfigError
from convpipe.inference.locate import modality_of


@pytest.mark.parametrize("modality", ["series", "image", "volume", "sound"])
def test_a_classifier_of_something_else_than_texts_is_refused(tmp_path, refused, modality):
    (tmp_path / "classifier.json").write_text(json.dumps({"modality": modality}))
    with refused(ConfigError, value=modality, remedy="--axes"):
        check_texts(modality_of(tmp_path))


@pytest.mark.parametrize("content", ['{"modality": "text"}', '{"modality": "mine"}', "{", "[1]", "{}"])
def test_what_may_be_texts_passes(tmp_path, content):
    (tmp_path / "classifier.json").write_text(content)
    check_texts(modality_of(tmp_path))
    check_texts(modality_of(tmp_path / "nowhere"))
