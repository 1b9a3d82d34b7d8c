"""Each kind of samples as MLflow serves it: raw samples as JSON holds them, whole numbers among them."""

import asyncio
import json

import keras
import numpy as np
import pytest

from convpipe import config, models
from convpipe.classifier import Classifier
from convpipe.data.samples import Part
from convpipe.preprocessing import of_kind
from convpipe.tracking import SERVING

NAMES = ("low", "high")
PLAIN = {"filters": [2], "kernel_sizes": [3], "strides": [1], "pooling": [1]}
#: kind -> how it is prepared, what classifies it, the shape of a sample.
KINDS = {
    "series": (config.PrepareSeries(), config.Cnn1d(**PLAIN), (12, 2)),
    "sound": (config.PrepareSound(), config.Cnn1d(**PLAIN), (40, 1)),
    "image": (config.PrepareImages(), config.Cnn2d(**PLAIN), (6, 5, 1)),
    "volume": (config.PrepareVolumes(), config.Cnn3d(**PLAIN), (4, 5, 3, 1)),
}


@pytest.fixture(scope="module", params=KINDS)
def served(request, tmp_path_factory):
    """A classifier of one kind, its samples of whole numbers, and the classifier as MLflow serves it."""
    import mlflow

    prepare, model, shape = KINDS[request.param]
    samples = list(np.random.default_rng(0).integers(0, 90, (6, *shape)))
    part = Part([each.astype("float32") for each in samples], np.arange(6) % 2, ["?"] * 6, 100.0, request.param)
    preprocessing = of_kind(request.param).fit(part, config.Settings(preprocessing=prepare), lambda line: None)
    keras.utils.set_random_seed(0)
    network = models.build(model, preprocessing.shape(len(NAMES)))
    classifier = Classifier(preprocessing, [network], NAMES, 100.0)
    folder = tmp_path_factory.mktemp(request.param)
    classifier.save(folder / "classifier")
    code = str(SERVING / f"{request.param}.py")
    artifacts = {"classifier": str(folder / "classifier")}
    mlflow.pyfunc.save_model(folder / "model", python_model=code, artifacts=artifacts, pip_requirements=["keras"])
    return classifier, samples, mlflow.pyfunc.load_model(str(folder / "model"))


def as_answers(predictions) -> list[dict]:
    rows = zip(predictions.names, predictions.probabilities.tolist(), strict=True)
    return [{"class": name, "probabilities": dict(zip(NAMES, row, strict=True))} for name, row in rows]


def test_whole_numbers_and_others_are_taken_without_a_word(served, capfd):
    classifier, samples, model = served
    mixed = [samples[0].tolist(), (samples[1] + 0.5).tolist()]
    mixed[1][0] = samples[1][0].tolist()
    assert model.predict(mixed) == as_answers(classifier.predict([np.array(each) for each in mixed]))
    assert capfd.readouterr() == ("", "")


def ask(app, body: dict) -> tuple[int, dict]:
    """Status and answer of POST /invocations, asked of the app itself, without a port."""
    head = {"type": "http", "method": "POST", "path": "/invocations", "query_string": b"", "http_version": "1.1"}
    head |= {"headers": [(b"content-type", b"application/json")], "scheme": "http", "root_path": "", "client": None}
    waiting = [{"type": "http.request", "body": json.dumps(body).encode()}]
    sent = []

    async def receive():
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    asyncio.run(app(head | {"server": ("localhost", 80)}, receive, send))
    return sent[0]["status"], json.loads(b"".join(each.get("body", b"") for each in sent[1:]))


def test_the_scoring_server_answers_samples_of_different_sizes(served):
    from mlflow.pyfunc import scoring_server

    classifier, samples, model = served
    asked = [samples[0].tolist(), samples[1][:-1].tolist()]
    status, answer = ask(scoring_server.init(model), {"inputs": asked})
    assert status == 200, answer
    assert answer["predictions"] == as_answers(classifier.predict([samples[0], samples[1][:-1]]))


def test_the_scoring_server_refuses_what_is_no_sample(served):
    from mlflow.pyfunc import scoring_server

    status, answer = ask(scoring_server.init(served[2]), {"inputs": ["no sample"]})
    assert status == 400 and "no sample" in json.dumps(answer)
