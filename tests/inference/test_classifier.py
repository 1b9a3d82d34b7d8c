"""Predictions of raw series: the same after saving, with other samples, and in a new process."""

import json
import subprocess
import sys

import keras
import numpy as np
import pytest

from convpipe import config, models
from convpipe.data.dataset import Subset
from convpipe.errors import ConfigError, ConvpipeError, DataError, PluginError
from convpipe.inference.classifier import FORMAT, Classifier, prepare, softmax
from convpipe.models.layers.token_vectors import TokenVectors
from convpipe.preprocessing.series import SeriesPreprocessing
from convpipe.preprocessing.text.tokens_to_ids import TextPreprocessing
from convpipe.preprocessing.text.vocabulary import Vocabulary
from convpipe.registry import MODELS

NAMES = ("rest", "walk", "run")
SMALL = {
    "cnn1d": {"filters": [4], "kernel_sizes": [5], "strides": [1], "pooling": [2], "padding": "valid"},
    "mlp": {"units": [6]},
}


def recordings(*steps, channels=2):
    return [np.random.default_rng([7, n]).normal(5, 3, (n, channels)).astype("float32") for n in steps]


def classifier(name="cnn1d", steps=(12, 20, 16), networks=1, scaling="channel", **settings) -> Classifier:
    train = recordings(*steps)
    asked = config.Settings(preprocessing=config.SeriesPreprocessingSettings(scaling=scaling))
    preprocessing = SeriesPreprocessing.fit(Subset(train, np.zeros(len(train)), ["?"] * len(train)), asked)
    spec = preprocessing.spec(len(NAMES))
    keras.utils.set_random_seed(1)
    built = [models.build(MODELS[name].settings(**(SMALL[name] | settings)), spec) for _ in range(networks)]
    return Classifier(preprocessing, built, NAMES, 50.0)


def test_softmax_is_stable_and_adds_up_to_one():
    np.testing.assert_allclose(softmax(np.array([[1000.0, 1000.0], [0.0, np.log(3)]])), [[0.5, 0.5], [0.25, 0.75]])


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("steps", [(12, 20, 16), (20, 20)], ids=["unequal", "equal"])
def test_a_prediction_does_not_depend_on_other_samples(name, steps):
    trained, asked = classifier(name, steps), recordings(20, 15, 20, 12)
    together = trained.predict(asked)
    for number, each in enumerate(asked):
        alone = trained.predict([each])
        assert alone.names == [together.names[number]]
        np.testing.assert_allclose(alone.probabilities[0], together.probabilities[number], atol=1e-6)
    assert together.probabilities.dtype == np.float32
    np.testing.assert_allclose(together.probabilities.sum(axis=1), 1, rtol=1e-5)


def test_names_are_those_of_the_largest_probability():
    answers = classifier().predict(recordings(12, 14, 18))
    assert answers.names == [NAMES[column] for column in answers.probabilities.argmax(axis=1)]
    assert len(answers) == 3


def test_an_ensemble_returns_the_mean_of_its_probabilities():
    several, asked = classifier(networks=3), recordings(12, 20)
    alone = [Classifier(several.preprocessing, [each], NAMES).predict(asked).probabilities for each in several.networks]
    assert not np.allclose(alone[0], alone[1])
    np.testing.assert_allclose(several.predict(asked).probabilities, np.mean(alone, axis=0), rtol=1e-5)


def test_weights_of_networks_are_used_and_saved(tmp_path):
    several, asked = classifier(networks=2), recordings(12, 20)
    alone = [Classifier(several.preprocessing, [each], NAMES).predict(asked).probabilities for each in several.networks]
    several.weights = [0.25, 0.75]
    several.save(tmp_path / "classifier")
    answers = Classifier.load(tmp_path / "classifier").predict(asked).probabilities
    np.testing.assert_allclose(answers, 0.25 * alone[0] + 0.75 * alone[1], rtol=1e-5)


def test_the_temperature_is_applied_to_the_mean_and_saved(tmp_path):
    several, asked = classifier(networks=2), recordings(12, 20)
    mean = several.predict(asked)
    several.temperature = 3.0
    several.save(tmp_path / "classifier")
    answers = Classifier.load(tmp_path / "classifier").predict(asked)
    expected = mean.probabilities ** (1 / 3)
    np.testing.assert_allclose(answers.probabilities, expected / expected.sum(axis=1, keepdims=True), rtol=1e-5)
    assert answers.names == mean.names


@pytest.mark.parametrize("change", [lambda a: a.pop("temperature"), lambda a: a.update(temperature=None)])
def test_a_classifier_without_a_temperature_is_not_calibrated(tmp_path, change):
    trained = classifier()
    trained.temperature = 2.0
    trained.save(tmp_path / "classifier")
    file = tmp_path / "classifier" / "classifier.json"
    stored = json.loads(file.read_text())
    change(stored)
    file.write_text(json.dumps(stored))
    assert Classifier.load(tmp_path / "classifier").temperature == 1


@pytest.mark.parametrize("steps", [(12, 20, 16), (20, 20)], ids=["unequal", "equal"])
def test_prepared_samples_can_be_predicted(steps):
    trained, asked = classifier(networks=2, steps=steps), recordings(20, 15, 20, 12)
    prepared = list(prepare(trained.preprocessing, asked, [f"row {number}" for number in range(4)]))
    assert sorted(np.concatenate([rows for rows, _ in prepared]).tolist()) == [0, 1, 2, 3]
    assert len(prepared) == (1 if trained.preprocessing.masked else 3), "one piece behind a mask, else one a length"
    once, again = (trained.predict_prepared(prepared, len(asked)) for _ in range(2))
    expected = trained.predict(asked)
    assert once.names == again.names == expected.names
    np.testing.assert_array_equal(once.probabilities, expected.probabilities)
    np.testing.assert_array_equal(again.probabilities, expected.probabilities)


def test_a_prepared_sample_that_does_not_fit_is_named(refused):
    trained, asked = classifier("mlp", (12, 20)), recordings(12, 21)
    prepared = list(prepare(trained.preprocessing, asked, ["left", "right"]))
    with refused(DataError, file="right", value=21):
        trained.predict_prepared(prepared, 2, ["left", "right"])
    with refused(DataError, file="series 1", value=21):
        trained.predict_prepared(prepared, 2)


def test_no_samples_give_no_predictions():
    answers = classifier().predict([])
    assert answers.names == [] and answers.probabilities.shape == (0, 3)


FRESH = """
import json, sys
import numpy as np
from convpipe.inference.classifier import Classifier
asked = [np.array(series, "float32") for series in json.loads(sys.stdin.read())]
loaded = Classifier.load(sys.argv[1])
answers = loaded.predict(asked)
print(json.dumps([answers.names, answers.probabilities.tolist(), loaded.sampling_rate]))
"""


@pytest.mark.slow
def test_a_new_process_gives_identical_predictions(tmp_path, threads):
    trained, asked = classifier(networks=2), recordings(20, 15, 12)
    trained.save(tmp_path / "classifier")
    expected = trained.predict(asked)
    text = json.dumps([each.tolist() for each in asked])
    command = [sys.executable, "-c", FRESH, str(tmp_path / "classifier")]
    environment = {"PYTHONPATH": ":".join(filter(None, sys.path)), "TF_CPP_MIN_LOG_LEVEL": "3", "PATH": ""} | threads
    done = subprocess.run(command, input=text, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    names, probabilities, sampling_rate = json.loads(done.stdout)
    assert (names, sampling_rate) == (expected.names, 50.0)
    np.testing.assert_array_equal(np.array(probabilities, "float32"), expected.probabilities)


@pytest.mark.parametrize("scaling", ["none", "channel", "series", "both"])
def test_every_scaling_is_kept(tmp_path, scaling):
    trained, asked = classifier(scaling=scaling), recordings(20, 12)
    trained.save(tmp_path / "classifier")
    answers = Classifier.load(tmp_path / "classifier").predict(asked).probabilities
    np.testing.assert_array_equal(answers, trained.predict(asked).probabilities)


def test_saving_again_replaces_the_older_one(tmp_path):
    folder = tmp_path / "classifier"
    classifier(networks=2).save(folder)
    classifier("mlp").save(folder)
    assert sorted(path.name for path in folder.iterdir()) == [
        "classifier.json",
        "network_0.keras",
        "preprocessing.json",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["classifier"]


def test_a_full_disk_keeps_the_older_classifier(tmp_path, monkeypatch):
    folder, asked = tmp_path / "classifier", recordings(12)
    trained = classifier()
    trained.save(folder)

    def full(self, path, **options):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keras.Model, "save", full)
    with pytest.raises(OSError, match="No space left"):
        classifier("mlp").save(folder)
    assert [path.name for path in tmp_path.iterdir()] == ["classifier"]
    np.testing.assert_array_equal(
        Classifier.load(folder).predict(asked).probabilities, trained.predict(asked).probabilities
    )


@pytest.mark.parametrize(
    ("name", "steps", "asked", "at", "facts"),
    [
        ("cnn1d", (12, 20), [np.zeros((12, 3))], 0, {"value": 3, "mentions": ("3 channels", "2")}),
        ("cnn1d", (12, 20), [np.zeros((12, 2)), np.zeros(12)], 1, {"value": 1, "mentions": ("1 channels", "2")}),
        ("cnn1d", (12, 20), [[[0, 1], [2, np.nan]] * 6], 0, {"mentions": ("missing", "channel 1", "step 1")}),
        ("cnn1d", (12, 20), [[[np.inf, 1]] * 12], 0, {"mentions": ("infinity", "channel 0")}),
        ("cnn1d", (12, 20), [[]], 0, {"value": (0, 1), "mentions": ("(steps, channels)",)}),
        ("cnn1d", (12, 20), [np.zeros((4, 2, 1))], 0, {"value": (4, 2, 1)}),
        ("cnn1d", (12, 20), ["abc"], 0, {"mentions": ("array of numbers",)}),
        ("mlp", (12, 20), recordings(12, 21), 1, {"value": 21, "mentions": ("21 steps", "20")}),
        ("cnn1d", (12, 20), recordings(12, 5), 1, {"value": 5, "mentions": ("5 steps", "6")}),
        ("cnn1d", (12, 12), recordings(12, 5), 1, {"value": 5, "mentions": ("5 steps", "6")}),
    ],
)
def test_series_that_cannot_be_taken_are_named(refused, name, steps, asked, at, facts):
    with refused(DataError, file=f"series {at}", **facts):
        classifier(name, steps).predict(asked)


def test_sample_ids_name_a_series_in_errors(refused):
    with refused(DataError, file="left wrist", mentions=("infinity",)):
        classifier().predict([[[np.inf, 1]] * 12], ["left wrist"])


def broken(folder, name, change):
    path = folder / name
    path.write_bytes(change(path.read_bytes()))


def about(change):
    return lambda content: json.dumps(change(json.loads(content))).encode()


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("classifier.json", lambda content: content[:50]),
        ("classifier.json", about(lambda a: [])),
        ("preprocessing.json", about(lambda a: {"mean": 3})),
        ("classifier.json", about(lambda a: {k: a[k] for k in a if k != "networks"})),
        ("classifier.json", about(lambda a: {k: a[k] for k in a if k != "plugins"})),
        ("classifier.json", about(lambda a: a | {"networks": 2})),
        ("classifier.json", lambda content: b"[" * 100_000),
        ("preprocessing.json", lambda content: b"[" * 100_000),
        *[("classifier.json", about(lambda a, n=n: a | {"networks": n})) for n in (0, -1, 10**9, True, "1")],
        *[("classifier.json", about(lambda a, w=w: a | {"weights": w})) for w in ([np.nan], [1, 1], [0], [-1], "x")],
        *[
            ("classifier.json", about(lambda a, n=n: a | {"class_names": n}))
            for n in (["a", "b"], ["a", "a", "b"], "x")
        ],
        *[("classifier.json", about(lambda a, r=r: a | {"sampling_rate": r})) for r in ("x", 0, np.inf)],
        *[("classifier.json", about(lambda a, t=t: a | {"temperature": t})) for t in ("x", 0, -1, np.inf, True)],
        ("classifier.json", about(lambda a: a | {"modality": "smell"})),
        ("classifier.json", about(lambda a: a | {"modality": "image"})),
        ("classifier.json", about(lambda a: a | {"plugins": "x"})),
        ("preprocessing.json", about(lambda a: a | {"channels": 3})),
        ("preprocessing.json", about(lambda a: a | {"steps": "20"})),
        ("preprocessing.json", about(lambda a: a | {"mean": [np.nan, 1.0]})),
        ("preprocessing.json", about(lambda a: a | {"mean": [1.0]})),
        ("preprocessing.json", about(lambda a: a | {"deviation": [0.0, 1.0]})),
        ("network_0.keras", lambda content: b""),
        ("network_0.keras", lambda content: content[: len(content) // 2]),
        ("network_0.keras", lambda content: content[:2000] + b"xx" + content[2002:]),
    ],
)
def test_a_broken_folder_is_refused(refused, tmp_path, name, change):
    classifier("mlp").save(tmp_path / "it")
    broken(tmp_path / "it", name, change)
    with refused(ConvpipeError, file="it", remedy="train again", mentions=(tmp_path / "it",)):
        Classifier.load(tmp_path / "it")


def test_unlisted_networks_in_the_folder_are_refused(refused, tmp_path):
    classifier("mlp", networks=2).save(tmp_path / "it")
    broken(tmp_path / "it", "classifier.json", about(lambda a: a | {"networks": 1}))
    with refused(ConvpipeError, file="it", mentions=("2 networks", "1")):
        Classifier.load(tmp_path / "it")


def test_weights_that_are_not_numbers_are_refused(refused, tmp_path):
    spoilt = classifier("mlp")
    spoilt.networks[0].weights[0].assign(np.full(spoilt.networks[0].weights[0].shape, np.nan))
    spoilt.save(tmp_path / "it")
    with refused(ConvpipeError, file="it", mentions=("network 0", "finite")):
        Classifier.load(tmp_path / "it")


def test_a_sample_that_overflows_in_the_network_is_named(refused):
    trained = classifier("mlp", scaling="none")
    for weight in trained.networks[0].weights:
        weight.assign(weight * 1e30)
    with refused(DataError, file="series 1", mentions=("finite",)):
        trained.predict([np.zeros((12, 2)), np.tile([3e38, -3e38], (12, 1))])


def text_classifier(tokenizer="word") -> Classifier:
    vocabulary = Vocabulary(["a", "b"], 4)
    preprocessing = TextPreprocessing(tokenizer, True, "keep", 3, 0.0, 3, None, vocabulary)
    inputs = keras.Input((None,), dtype="int32")
    vectors = TokenVectors("random", 4, 4, 2)(inputs)
    outputs = keras.layers.Dense(2)(keras.layers.GlobalAveragePooling1D()(vectors))
    return Classifier(preprocessing, [keras.Model(inputs, outputs)], ("x", "y"))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("subwords.json", lambda content: b"garbage"),
        ("subwords.json", lambda content: b"{}"),
        ("subwords.json", lambda content: b"[" * 100_000),
        ("preprocessing.json", about(lambda a: a | {"tokenizer": "syllable"})),
        ("vocabulary.json", about(lambda a: a | {"tokens": ["a"]})),
        ("vocabulary.json", about(lambda a: a | {"tokens": ["a", "b", "c"]})),
        ("vocabulary.json", about(lambda a: a | {"tokens": [1, 2]})),
        ("vocabulary.json", about(lambda a: a | {"learned": 9})),
    ],
)
def test_a_broken_tokenizer_or_vocabulary_is_refused(refused, tmp_path, name, change):
    text_classifier().save(tmp_path / "it")
    assert Classifier.load(tmp_path / "it").predict(["a b"]).names
    (tmp_path / "it" / name).touch()
    broken(tmp_path / "it", name, change)
    with refused(ConvpipeError, file="it", remedy="train again"):
        Classifier.load(tmp_path / "it")


@pytest.mark.parametrize(("found", "remedy"), [(FORMAT + 1, "update convpipe"), (1, "train again"), (3, "train again")])
def test_another_format_is_refused(refused, tmp_path, found, remedy):
    classifier("mlp").save(tmp_path / "it")
    broken(tmp_path / "it", "classifier.json", about(lambda a: a | {"format": found}))
    with refused(ConfigError, file="it", key="format", value=found, remedy=remedy):
        Classifier.load(tmp_path / "it")


def test_a_classifier_of_format_3_is_refused(refused, tmp_path):
    """Its fields have other names, so the format must be checked first."""
    content = {"format": 3, "convpipe": "0.1.0", "keras": "3.15.0", "class_names": ["a", "b"], "sampling_rate": None}
    (tmp_path / "classifier.json").write_text(json.dumps(content | {"networks": 1, "votes": None, "kind": "series"}))
    with refused(ConfigError, file=tmp_path, value=3, remedy="train again"):
        Classifier.load(tmp_path)


def test_a_missing_folder_is_refused(refused, tmp_path):
    with refused(ConvpipeError, file="nothing", remedy="classifier/"):
        Classifier.load(tmp_path / "nothing")


@pytest.fixture
def plugin(tmp_path, monkeypatch) -> str:
    """A module in the current folder that writes a file when it is imported, and no plugin named so far."""
    name = f"plugin_of_{tmp_path.name}"
    (tmp_path / f"{name}.py").write_text("from pathlib import Path\n\nPath('imported').touch()\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [*sys.path, str(tmp_path)])
    monkeypatch.setattr("convpipe.plugins._imported", [])
    monkeypatch.setenv("CONVPIPE_PLUGINS", "")
    yield name
    sys.modules.pop(name, None)


def test_a_plugin_that_the_user_did_not_name_is_refused_and_not_imported(refused, plugin, tmp_path):
    trained = classifier("mlp")
    trained.plugins = (plugin,)
    trained.save("it")
    with refused(PluginError, file="it", value=plugin, remedy=f"CONVPIPE_PLUGINS={plugin}"):
        Classifier.load("it")
    assert plugin not in sys.modules and not (tmp_path / "imported").exists()


def test_a_plugin_that_the_environment_names_is_imported(plugin, tmp_path, monkeypatch):
    trained, asked = classifier("mlp"), recordings(12)
    trained.plugins = (plugin,)
    trained.save("it")
    monkeypatch.setenv("CONVPIPE_PLUGINS", plugin)
    loaded = Classifier.load("it")
    assert (tmp_path / "imported").exists() and loaded.plugins == (plugin,)
    np.testing.assert_array_equal(loaded.predict(asked).probabilities, trained.predict(asked).probabilities)


@pytest.mark.parametrize("asked", ["a recording", None, {1, 2}, {"a": 1}, 3])
def test_an_input_that_is_not_a_list_of_samples_is_refused(refused, asked):
    with refused(DataError, value=type(asked).__name__, remedy="brackets"):
        classifier().predict(asked)


@pytest.mark.parametrize("asked", [np.zeros((12, 2)), np.zeros(12)])
def test_a_single_array_is_not_read_as_one_sample_per_row(refused, asked):
    assert classifier().predict(asked[:0]).names == []
    with refused(DataError, value=asked.shape, remedy="brackets"):
        classifier().predict(asked)


def test_a_column_of_a_table_is_predicted_in_its_order():
    pandas, asked = pytest.importorskip("pandas"), recordings(12, 14, 18)
    column = pandas.Series(asked, index=[2, 0, 7])
    expected = classifier().predict(asked).probabilities
    np.testing.assert_array_equal(classifier().predict(column).probabilities, expected)
    np.testing.assert_array_equal(classifier().predict(iter(asked)).probabilities, expected)
