"""The classifier as MLflow serves it: raw samples in, class names and probabilities out.

MLflow runs one of the files here, that of the kind of samples, when it loads a logged model, so that nothing is
unpickled. They differ in the type of their input only, from which MLflow makes the signature.
"""

import logging

import mlflow

# MLflow takes whole numbers for no floats, and of `int | float` it warns, each time, that it checks neither: the
# classifier checks them itself.
logging.getLogger("mlflow.types.type_hints").setLevel(logging.ERROR)


class ServedClassifier(mlflow.pyfunc.PythonModel):
    """A classifier that is loaded once and answers a list of samples with a dictionary each."""

    def load_context(self, context) -> None:
        from convpipe.classifier import Classifier

        self.classifier = Classifier.load(context.artifacts["classifier"])

    def answers(self, inputs: list) -> list[dict]:
        """Class and probabilities of each sample."""
        predictions = self.classifier.predict(inputs)
        rows = zip(predictions.names, predictions.probabilities.tolist(), strict=True)
        classes = self.classifier.class_names
        return [{"class": name, "probabilities": dict(zip(classes, row, strict=True))} for name, row in rows]
