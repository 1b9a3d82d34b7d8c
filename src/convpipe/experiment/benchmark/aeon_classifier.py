"""aeon's classifiers as the suite of fixed kernels measures them."""

import numpy as np


class AeonClassifier:
    """A classifier of `aeon.classification.convolution_based`.

    Args:
        name: of its class.
        steps: of the longest series; shorter ones are padded with zeros, as these classifiers take one length.
        threads: that it may use.
        seed: of its kernels.
    """

    def __init__(self, name: str, steps: int, threads: int, seed: int):
        from aeon.classification import convolution_based

        self.steps = steps
        self.new = lambda: getattr(convolution_based, name)(n_jobs=threads, random_state=seed)

    def prepared(self, inputs: list) -> np.ndarray:
        """The series (steps, channels) as the float64 array (n, channels, steps) that aeon's own loader gives."""
        arrays = np.zeros((len(inputs), inputs[0].shape[1], self.steps))
        for array, series in zip(arrays, inputs, strict=True):
            array[:, : len(series)] = series.T
        return arrays

    def fit(self, inputs: np.ndarray, labels: np.ndarray) -> None:
        """Fit a new classifier."""
        self.classifier = self.new()
        self.classifier.fit(inputs, labels)

    def predict(self, inputs: np.ndarray):
        """Labels; no probabilities, as its ridge classifier has none."""
        return self.classifier.predict(inputs), None
