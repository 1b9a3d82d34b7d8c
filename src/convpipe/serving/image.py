"""A classifier of images, as MLflow serves it."""

import mlflow

from convpipe.serving import ServedClassifier


class ServedImages(ServedClassifier):
    """Answers `{"inputs": [...]}`: images, each a list of rows of pixels, each a list of channels from 0 to 255."""

    def predict(self, model_input: list[list[list[list[int | float]]]], params=None) -> list[dict]:
        return self.answers(model_input)


mlflow.models.set_model(ServedImages())
