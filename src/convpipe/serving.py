"""The classifier as MLflow serves it: raw series in, class names and probabilities out.

MLflow runs this file when it loads a logged model, so that nothing is unpickled.
"""

import mlflow


class ServedClassifier(mlflow.pyfunc.PythonModel):
    """Answers `{"inputs": [[[1.0, 2.0], ...], ...]}`: series, each a list of steps, each a list of channels."""

    def load_context(self, context) -> None:
        from convpipe.classifier import Classifier

        self.classifier = Classifier.load(context.artifacts["classifier"])

    def predict(self, model_input: list[list[list[float]]], params=None) -> list[dict]:
        predictions = self.classifier.predict(model_input)
        rows = zip(predictions.names, predictions.probabilities.tolist(), strict=True)
        classes = self.classifier.class_names
        return [{"class": name, "probabilities": dict(zip(classes, row, strict=True))} for name, row in rows]


mlflow.models.set_model(ServedClassifier())
