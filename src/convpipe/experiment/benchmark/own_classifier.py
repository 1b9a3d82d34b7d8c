"""convpipe behind the interface of the suite `fixed_kernels`: the steps of a run, without its record."""

from convpipe.backend import seeded, start_backend
from convpipe.config import Settings


class OwnClassifier:
    """Preprocessing and a network with fixed kernels.

    Args:
        settings: of a run.
        class_names: of the dataset.
    """

    def __init__(self, settings: Settings, class_names: tuple[str, ...]):
        start_backend()
        import convpipe.inference.classifier
        import convpipe.training.linear_solver  # noqa: F401  # so that fitting does not import it

        self.settings, self.class_names = settings, class_names

    def prepared(self, inputs: list) -> list:
        """Return the series (steps, channels) unchanged, as `fit` and `predict` take them."""
        return inputs

    def fit(self, inputs: list, labels) -> None:
        """Fit the preprocessing and a new network."""
        from convpipe import models, preprocessing
        from convpipe.data.dataset import Subset
        from convpipe.inference.classifier import Classifier
        from convpipe.training.batches import Arrays
        from convpipe.training.linear_solver import fit_linear

        settings, part = self.settings, Subset(inputs, labels, [f"series {row}" for row in range(len(inputs))])
        fitted = preprocessing.fit(part, settings, lambda line: None)
        train = Arrays(fitted.transform(part.inputs, part.sample_ids), part.labels, len(self.class_names))
        with seeded(settings.seed, settings.training.precision):
            network = models.build(settings.model, fitted.spec(train.classes))
            fit_linear(network, train, None, settings)
        self.classifier = Classifier(fitted, [network], self.class_names)

    def predict(self, inputs: list):
        """Return labels (n) and probabilities (n, classes)."""
        probabilities = self.classifier.predict(inputs).probabilities
        return probabilities.argmax(axis=1), probabilities
