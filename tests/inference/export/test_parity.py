"""Exported files give the probabilities of the classifier in their own runtimes, for every modality."""

import numpy as np
import pytest

from convpipe.inference.export.conversion import Guarded, convert
from convpipe.inference.export.entry import entry_of
from convpipe.inference.export.formats import FORMATS


def answers(classifier, samples, name: str, folder, quantize=None) -> np.ndarray:
    """The probabilities of an exported file; samples that can be stacked share a batch."""
    chosen = FORMATS[name]
    entry = entry_of(classifier.preprocessing, chosen, quantize)
    given = [entry.outside(each, str(number)) for number, each in enumerate(samples)]
    convert(classifier, entry, chosen, quantize, folder / chosen.file, lambda: iter(given * 5))
    run = Guarded(chosen, folder / chosen.file)
    if entry.padding is not None:
        return run(entry.batch(given))
    return np.concatenate([run(each[None]) for each in given])


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_probabilities_of_the_classifier(made, case, name, tmp_path):
    for package in FORMATS[name].packages:
        pytest.importorskip(package)
    classifier, samples = made(case, networks=2 if case == "series" else 1)
    if len(classifier.networks) > 1:
        classifier.weights, classifier.temperature = [0.3, 0.7], 1.7
    expected = classifier.predict(samples).probabilities
    assert np.ptp(expected, axis=0).max() > 1e-4, "the samples differ"
    np.testing.assert_allclose(answers(classifier, samples, name, tmp_path), expected, atol=2e-5)


@pytest.mark.slow
@pytest.mark.parametrize("quantize, tolerance", [("float16", 0.01), ("int8", 0.15), ("int16x8", 0.15)])
def test_quantized_files_give_similar_probabilities(made, quantize, tolerance, tmp_path):
    classifier, samples = made("series")
    found = answers(classifier, samples, "litert", tmp_path, quantize)
    np.testing.assert_allclose(found, classifier.predict(samples).probabilities, atol=tolerance)
