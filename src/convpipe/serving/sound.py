"""A classifier of sound, as MLflow serves it."""

import mlflow

from convpipe.serving import ServedClassifier


class ServedSound(ServedClassifier):
    """Answers `{"inputs": [[[0.1], [0.2], ...], ...]}`: waveforms, each a list of steps, each a list of channels."""

    def predict(self, model_input: list[list[list[int | float]]], params=None) -> list[dict]:
        return self.answers(model_input)


mlflow.models.set_model(ServedSound())
