"""Preprocessing of texts: token ids, or the vectors of a frozen sentence transformer."""

from collections.abc import Callable
from pathlib import Path

from convpipe import config
from convpipe.data.dataset import Subset
from convpipe.preprocessing import Preprocessing, read_json
from convpipe.preprocessing.text.contextual import ContextualPreprocessing
from convpipe.preprocessing.text.tokens_to_ids import TextPreprocessing


def fit(train: Subset, settings: config.Settings, report: Callable[[str], None]) -> Preprocessing:
    """Fit the preprocessing for `settings.embedding` on the training part."""
    if settings.embedding and settings.embedding.name == "contextual":
        return ContextualPreprocessing.fit(train, settings, report)
    return TextPreprocessing.fit(train, settings, report)


def load(folder: Path) -> Preprocessing:
    """Load the preprocessing that was saved in `folder`."""
    return (TextPreprocessing if "tokenizer" in read_json(folder) else ContextualPreprocessing).load(folder)
