"""A classifier of texts, as MLflow serves it."""

import mlflow

from convpipe.serving import ServedClassifier


class ServedTexts(ServedClassifier):
    """Answers `{"inputs": ["a text", ...]}`."""

    def predict(self, model_input: list[str], params=None) -> list[dict]:
        return self.answers(model_input)


mlflow.models.set_model(ServedTexts())
