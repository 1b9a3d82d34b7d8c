"""Serving of each modality by MLflow, with raw samples in JSON, including integers."""

import asyncio
import base64
import io
import json

import keras
import numpy as np
import pytest
import soundfile
from PIL import Image

from convpipe import config, models
from convpipe.data.dataset import Subset
from convpipe.errors import DataError
from convpipe.experiment.tracking import SERVED_MODEL
from convpipe.inference.classifier import Classifier
from convpipe.inference.serving.app import ScoringApp
from convpipe.inference.serving.encoded import decoded
from convpipe.inference.training_shape import TrainingShape
from convpipe.models.conv1d.cnn1d import Cnn1dSettings
from convpipe.models.conv2d.cnn2d import Cnn2dSettings
from convpipe.models.conv3d.cnn3d import Cnn3dSettings
from convpipe.preprocessing import module_of
from convpipe.registry import MODALITIES

NAMES = ("low", "high")
SMALL = {"filters": [2], "kernel_sizes": [3], "strides": [1], "pooling": [1]}
TEXTS = ["a cold day", "a hot day and no snow", "snow", "sun", "cold snow", "hot sun"]


def whole_numbers(*shape) -> list[np.ndarray]:
    return list(np.random.default_rng(0).integers(0, 90, (6, *shape)))


#: modality -> its preprocessing, its model, six samples.
CASES = {
    "series": (config.SeriesPreprocessingSettings(), Cnn1dSettings(**SMALL), whole_numbers(12, 2)),
    "text": (config.TextPreprocessingSettings(), Cnn1dSettings(**SMALL), TEXTS),
    "image": (config.ImagePreprocessingSettings(), Cnn2dSettings(**SMALL), whole_numbers(6, 5, 1)),
    "volume": (config.VolumePreprocessingSettings(), Cnn3dSettings(**SMALL), whole_numbers(4, 5, 3, 1)),
    "sound": (config.SoundPreprocessingSettings(), Cnn1dSettings(**SMALL), whole_numbers(40, 1)),
}


@pytest.fixture(scope="module", params=CASES)
def modality(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def served(modality, tmp_path_factory):
    """A classifier of one modality, its samples, and the classifier as MLflow serves it."""
    import mlflow

    prepare, model, samples = CASES[modality]
    inputs = samples if modality == "text" else [each.astype("float32") for each in samples]
    embedding = config.Embedding(dim=4) if modality == "text" else None
    subset = Subset(inputs, np.arange(6) % 2, ["?"] * 6, 100.0, modality)
    settings = config.Settings(preprocessing=prepare, embedding=embedding)
    preprocessing = module_of(modality).fit(subset, settings, lambda line: None)
    keras.utils.set_random_seed(0)
    networks = [models.build(model, preprocessing.spec(len(NAMES)))]
    shape = TrainingShape.of(inputs, modality)
    classifier = Classifier(preprocessing, networks, NAMES, 100.0, training=shape)
    folder = tmp_path_factory.mktemp(modality)
    classifier.save(folder / "classifier")
    mlflow.pyfunc.save_model(
        folder / "model",
        python_model=str(SERVED_MODEL),
        model_config={"modality": modality},
        artifacts={"classifier": str(folder / "classifier")},
        pip_requirements=["keras"],
    )
    return classifier, samples, mlflow.pyfunc.load_model(str(folder / "model"))


def as_json(sample):
    return sample if isinstance(sample, str) else sample.tolist()


def as_answers(predictions) -> list[dict]:
    rows = zip(predictions.names, predictions.probabilities.tolist(), strict=True)
    return [
        {"class": name, "probabilities": dict(zip(NAMES, row, strict=True)), "warnings": [*predictions.warnings]}
        for name, row in rows
    ]


def test_every_modality_is_served():
    assert set(CASES) == set(MODALITIES)


def test_the_signature_is_the_type_of_the_modality(modality, served):
    expected = {"type": "string" if modality == "text" else "any"}
    found = {key: json.loads(each or "null") for key, each in served[2].metadata.signature.to_dict().items()}
    assert found["inputs"] == [expected | {"required": True}]
    assert found["outputs"] == [{"type": "any", "required": True}] and found["params"] is None


def test_predictions_print_nothing(modality, served, capfd):
    classifier, samples, model = served
    asked = [as_json(each) for each in samples]
    if modality != "text":  # whole numbers and others, in one sample too
        asked[1] = (samples[1] + 0.5).tolist()
        asked[1][0] = asked[0][0]
        samples = [np.array(each) for each in asked]
    assert model.predict(asked) == as_answers(classifier.predict(samples, repeated=True))
    assert capfd.readouterr() == ("", "")


def test_samples_outside_the_training_range_give_warnings(modality, served):
    classifier, samples, model = served
    strange = "xyzzy plugh" if modality == "text" else samples[1] * (0 if modality == "image" else 1000)
    (answer,) = as_answers(classifier.predict([strange], repeated=True))
    assert len(answer["warnings"]) == 1 and "0" in answer["warnings"][0]
    assert model.predict([as_json(strange)]) == [answer]


def ask(app, body: dict | bytes, content_type: bytes | None = b"application/json") -> tuple[int, dict]:
    """Status and response of POST /invocations, called on the app itself, without a port."""
    head = {"type": "http", "method": "POST", "path": "/invocations", "query_string": b"", "http_version": "1.1"}
    headers = [] if content_type is None else [(b"content-type", content_type)]
    head |= {"headers": headers, "scheme": "http", "root_path": "", "client": None}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    waiting = [{"type": "http.request", "body": content}]
    sent = []

    async def receive():
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    asyncio.run(app(head | {"server": ("localhost", 80)}, receive, send))
    return sent[0]["status"], json.loads(b"".join(each.get("body", b"") for each in sent[1:]))


@pytest.fixture(scope="module")
def app(served):
    from mlflow.pyfunc import scoring_server

    return ScoringApp(scoring_server.init(served[2]), 10**6)


def test_the_server_accepts_samples_of_different_sizes(served, app):
    classifier, samples, _ = served
    asked = [samples[0], samples[1][:-1]]
    status, answer = ask(app, {"inputs": [as_json(each) for each in asked]})
    assert status == 200, answer
    assert answer["predictions"] == as_answers(classifier.predict(asked, repeated=True))


def test_invalid_samples_are_refused_with_a_reason(modality, app):
    wrong = 12.5 if modality == "text" else "no sample"
    status, answer = ask(app, {"inputs": [wrong]})
    assert status == 400 and {*answer} == {"error_code", "message"}
    assert ("12.5" if modality == "text" else f"{modality} 0") in answer["message"]
    assert "Traceback" not in answer["message"]


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        (b"[" * 5000 + b"]" * 5000, b"application/json", 400),
        (b'{"inputs": [', b"application/json", 400),
        (b"\xff", b"application/json", 400),
        ({"inputs": "abc"}, b"application/json", 400),
        ({"inputs": {}}, b"application/json", 400),
        ({"other": [1]}, b"application/json", 400),
        ({}, b"application/json", 400),
        (b"[1]", b"application/json", 400),
        (b"1,2", b"text/csv", 415),
        ({"inputs": []}, None, 415),
        (b" " * 1_000_001, b"application/json", 413),
    ],
)
def test_bad_requests_get_a_message(app, body, content_type, expected):
    status, answer = ask(app, body, content_type)
    assert status == expected and {*answer} == {"error_code", "message"}
    assert answer["message"] and "/" not in answer["message"].replace("application/json", "").replace("text/csv", "")


@pytest.mark.parametrize("before", ["", "data:image/png;base64,"])
def test_images_may_be_files_in_base64(before):
    pixels = np.random.default_rng(0).integers(0, 255, (6, 5), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    text = before + base64.b64encode(file.getvalue()).decode()
    np.testing.assert_array_equal(decoded(text, "image", 1, None, "image 0"), pixels[..., None])
    assert decoded(text, "image", 3, None, "image 0").shape == (6, 5, 3)


def test_sound_may_be_files_in_base64_of_another_rate():
    tone = np.sin(np.arange(1600) * 0.1).astype(np.float32)
    file = io.BytesIO()
    soundfile.write(file, tone, 16_000, format="WAV", subtype="FLOAT")
    text = base64.b64encode(file.getvalue()).decode()
    assert decoded(text, "sound", 1, 16_000, "sound 0").ravel().tolist() == tone.tolist()
    assert decoded(text, "sound", 1, 8_000, "sound 0").shape == (800, 1)


@pytest.mark.parametrize("text", ["", "not base64!", base64.b64encode(b"no picture").decode()])
def test_strings_that_are_not_images_are_refused_by_name(text):
    with pytest.raises(DataError) as refused:
        decoded(text, "image", 1, None, "image 3")
    assert refused.value.file == "image 3"


def test_a_sample_that_the_classifier_cannot_take_gets_the_reason_and_no_traceback(modality, served):
    from mlflow.pyfunc import scoring_server

    if modality == "text":
        pytest.skip("every text can be taken")
    nothing = np.full(np.shape(served[1][0]), 1e300)
    status, answer = ask(scoring_server.init(served[2]), {"inputs": [nothing.tolist()]})
    assert status == 400 and modality in answer["message"] and "stack_trace" not in answer, answer
