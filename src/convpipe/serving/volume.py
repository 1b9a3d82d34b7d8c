"""A classifier of volumes, as MLflow serves it."""

import mlflow

from convpipe.serving import ServedClassifier


class ServedVolumes(ServedClassifier):
    """Answers `{"inputs": [...]}`: volumes as nested lists (depth, height, width, channels)."""

    def predict(self, model_input: list[list[list[list[list[int | float]]]]], params=None) -> list[dict]:
        return self.answers(model_input)


mlflow.models.set_model(ServedVolumes())
