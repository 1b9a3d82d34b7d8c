"""A server for one classifier: MLflow's scoring server in one uvicorn process."""

import logging
import tempfile
from contextlib import suppress
from pathlib import Path

import numpy as np

from convpipe.errors import ConvpipeError, DataError
from convpipe.inference.classifier import Classifier
from convpipe.inference.locate import modality_of
from convpipe.inference.serving.app import ScoringApp
from convpipe.mlflow_import import import_mlflow
from convpipe.registry import MODALITIES

#: The file that MLflow runs.
MODEL = Path(__file__).with_name("model.py")


def scoring_app(classifier: Path, most_bytes: int) -> ScoringApp:
    """Return the application that serves a classifier.

    Args:
        classifier: its folder.
        most_bytes: maximum size of a request's body.

    Raises:
        ConvpipeError: there is no classifier, or it is broken.
    """
    mlflow = import_mlflow()
    from mlflow.pyfunc import scoring_server

    logging.getLogger("mlflow").setLevel(logging.WARNING)

    modality = modality_of(classifier)
    if modality not in MODALITIES:
        Classifier.load(classifier)  # raises an error with the reason
    with tempfile.TemporaryDirectory() as folder:
        mlflow.pyfunc.save_model(
            f"{folder}/model",
            python_model=str(MODEL),
            model_config={"modality": modality},
            artifacts={"classifier": str(classifier)},
            pip_requirements=["convpipe"],
        )
        try:
            model = mlflow.pyfunc.load_model(f"{folder}/model")
        except ConvpipeError:
            Classifier.load(classifier)  # the same error with the folder that the user named
            raise
        warm_up(model.unwrap_python_model().classifier)
    return ScoringApp(scoring_server.init(model), most_bytes)


def warm_up(classifier: Classifier) -> None:
    """Predict one sample of zeros, so that the first request does not wait for compilation."""
    preprocessing = classifier.preprocessing
    sample = "a" if preprocessing.modality == "text" else np.zeros(preprocessing.input_shape, np.float32)
    with suppress(DataError):
        classifier.predict([sample], repeated=True)


def serve(app: ScoringApp, host: str, port: int) -> None:
    """Handle requests until Ctrl-C or SIGTERM."""
    import uvicorn

    uvicorn.run(app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=5)
