"""A classifier of series, as MLflow serves it."""

import mlflow

from convpipe.serving import ServedClassifier


class ServedSeries(ServedClassifier):
    """Answers `{"inputs": [[[1.0, 2.0], ...], ...]}`: series, each a list of steps, each a list of channels."""

    def predict(self, model_input: list[list[list[int | float]]], params=None) -> list[dict]:
        return self.answers(model_input)


mlflow.models.set_model(ServedSeries())
