"""aeon's classifiers behind the interface of the suite `fixed_kernels`."""

import numpy as np


class AeonClassifier:
    """A classifier of `aeon.classification.convolution_based`.

    Args:
        name: of its class.
        steps: of the longest series. Shorter ones are padded with zeros, since these classifiers need equal lengths.
        threads: maximum number of threads.
        seed: of its kernels.
    """

    def __init__(self, name: str, steps: int, threads: int, seed: int):
        from aeon.classification import convolution_based

        self.steps = steps
        self.new = lambda: getattr(convolution_based, name)(n_jobs=threads, random_state=seed)

    def prepared(self, inputs: list) -> np.ndarray:
        """Convert series (steps, channels) to one float64 array (n, channels, steps), as aeon's own loader returns."""
        arrays = np.zeros((len(inputs), inputs[0].shape[1], self.steps))
        for array, series in zip(arrays, inputs, strict=True):
            array[:, : len(series)] = series.T
        return arrays

    def fit(self, inputs: np.ndarray, labels: np.ndarray) -> None:
        """Fit a new classifier."""
        self.classifier = self.new()
        self.classifier.fit(inputs, labels)

    def predict(self, inputs: np.ndarray):
        """Return labels, and None instead of probabilities, which its ridge classifier does not have."""
        return self.classifier.predict(inputs), None
