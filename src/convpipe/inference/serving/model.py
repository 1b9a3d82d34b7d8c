"""A classifier as an MLflow model, which takes raw samples and returns class names and probabilities.

MLflow runs this file when it loads a logged model, so nothing is unpickled. It derives the signature from the type of
`model_input`, which depends on the modality.
"""

import logging

import mlflow
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE
from mlflow.pyfunc.model import PythonModel

from convpipe.errors import ConvpipeError
from convpipe.plugins import load_plugins
from convpipe.registry import MODALITIES

# Hide MLflow's repeated warning that it does not check union types.
logging.getLogger("mlflow.types.type_hints").setLevel(logging.ERROR)

#: Modalities whose samples may be base64 strings.
ENCODED = ("image", "sound")

load_plugins()
Input = MODALITIES[mlflow.models.ModelConfig(development_config={"modality": "series"}).get("modality")].input_type


class ServedClassifier(PythonModel):
    """Returns a dictionary for each sample of `{"inputs": [...]}`."""

    def load_context(self, context) -> None:
        from convpipe.inference.classifier import Classifier

        self.classifier = Classifier.load(context.artifacts["classifier"])

    def _decoded(self, samples: list) -> list:
        """The samples, with base64 strings decoded to arrays."""
        from convpipe.inference.serving.encoded import decoded

        modality, channels = self.classifier.preprocessing.modality, self.classifier.preprocessing.input_shape[-1]
        if modality not in ENCODED:
            return samples
        about = modality, channels, self.classifier.sampling_rate
        return [
            decoded(sample, *about, f"{modality} {number}") if isinstance(sample, str) else sample
            for number, sample in enumerate(samples)
        ]

    # MLflow passes a context only if the signature has it, and reads the input's type when it runs this file.
    def predict(self, model_input: Input, params=None) -> list[dict]:  # type: ignore[override, valid-type]
        """Return class and probabilities of each sample, and all warnings on samples of the request.

        Raises:
            MlflowException: the classifier cannot take the samples; the server responds with status 400 and the reason.
        """
        try:
            samples = self._decoded(model_input)
            predictions, classes = self.classifier.predict(samples, repeated=True), self.classifier.class_names
        except ConvpipeError as error:
            # MLflow turns any other error into a traceback, which hides the reason and shows the server's paths.
            raise MlflowException(str(error), INVALID_PARAMETER_VALUE) from None
        rows, warnings = predictions.probabilities.tolist(), [*predictions.warnings]
        return [
            {"class": name, "probabilities": dict(zip(classes, row, strict=True)), "warnings": warnings}
            for name, row in zip(predictions.names, rows, strict=True)
        ]


mlflow.models.set_model(ServedClassifier())
