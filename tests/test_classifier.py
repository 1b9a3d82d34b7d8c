"""Raw series in, names and probabilities out: the same after saving, in company, and in a fresh process."""

import json
import subprocess
import sys

import keras
import numpy as np
import pytest

from convpipe import config, models
from convpipe.classifier import Classifier, softmax
from convpipe.data.samples import Part
from convpipe.errors import ConvpipeError, DataError
from convpipe.preprocessing.series import SeriesPreprocessing

NAMES = ("rest", "walk", "run")
SMALL = {
    "cnn1d": {"filters": [4], "kernel_sizes": [5], "strides": [1], "pooling": [2], "padding": "valid"},
    "mlp": {"units": [6]},
}


def recordings(*steps, channels=2):
    return [np.random.default_rng([7, n]).normal(5, 3, (n, channels)).astype("float32") for n in steps]


def classifier(name="cnn1d", steps=(12, 20, 16), networks=1, scaling="channel", **settings) -> Classifier:
    train = recordings(*steps)
    asked = config.Settings(preprocessing=config.PrepareSeries(scaling=scaling))
    preprocessing = SeriesPreprocessing.fit(Part(train, np.zeros(len(train)), ["?"] * len(train)), asked)
    shape = preprocessing.shape(len(NAMES))
    keras.utils.set_random_seed(1)
    built = [models.build(config.MODEL_SCHEMAS[name](**(SMALL[name] | settings)), shape) for _ in range(networks)]
    return Classifier(preprocessing, built, NAMES, 50.0)


def test_softmax_is_stable_and_adds_up_to_one():
    np.testing.assert_allclose(softmax(np.array([[1000.0, 1000.0], [0.0, np.log(3)]])), [[0.5, 0.5], [0.25, 0.75]])


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("steps", [(12, 20, 16), (20, 20)], ids=["unequal", "equal"])
def test_prediction_does_not_depend_on_who_else_is_asked_for(name, steps):
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


def test_several_networks_answer_with_the_mean_of_their_probabilities():
    several, asked = classifier(networks=3), recordings(12, 20)
    alone = [Classifier(several.preprocessing, [each], NAMES).predict(asked).probabilities for each in several.networks]
    assert not np.allclose(alone[0], alone[1])
    np.testing.assert_allclose(several.predict(asked).probabilities, np.mean(alone, axis=0), rtol=1e-5)


def test_votes_weigh_the_networks_and_are_kept(tmp_path):
    several, asked = classifier(networks=2), recordings(12, 20)
    equal = [Classifier(several.preprocessing, [each], NAMES).predict(asked).probabilities for each in several.networks]
    several.votes = [0.25, 0.75]
    several.save(tmp_path / "classifier")
    answers = Classifier.load(tmp_path / "classifier").predict(asked).probabilities
    np.testing.assert_allclose(answers, 0.25 * equal[0] + 0.75 * equal[1], rtol=1e-5)


def test_nobody_asked_nothing_answered():
    answers = classifier().predict([])
    assert answers.names == [] and answers.probabilities.shape == (0, 3)


FRESH = """
import json, sys
import numpy as np
from convpipe.classifier import Classifier
asked = [np.array(series, "float32") for series in json.loads(sys.stdin.read())]
loaded = Classifier.load(sys.argv[1])
answers = loaded.predict(asked)
print(json.dumps([answers.names, answers.probabilities.tolist(), loaded.sampling_rate]))
"""


def test_a_fresh_process_gives_the_same_to_the_bit(tmp_path):
    trained, asked = classifier(networks=2), recordings(20, 15, 12)
    trained.save(tmp_path / "classifier")
    expected = trained.predict(asked)
    text = json.dumps([each.tolist() for each in asked])
    command = [sys.executable, "-c", FRESH, str(tmp_path / "classifier")]
    environment = {"PYTHONPATH": ":".join(filter(None, sys.path)), "TF_CPP_MIN_LOG_LEVEL": "3", "PATH": ""}
    done = subprocess.run(command, input=text, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    names, probabilities, sampling_rate = json.loads(done.stdout)
    assert (names, sampling_rate) == (expected.names, 50.0)
    np.testing.assert_array_equal(np.array(probabilities, "float32"), expected.probabilities)


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


def test_full_disk_leaves_the_older_classifier_whole(tmp_path, monkeypatch):
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
    ("name", "steps", "asked", "message"),
    [
        ("cnn1d", (12, 20), [np.zeros((12, 3))], "series 0: 3 channels, but the classifier takes 2"),
        ("cnn1d", (12, 20), [np.zeros((12, 2)), np.zeros(12)], "series 1: 1 channels, but the classifier takes 2"),
        ("cnn1d", (12, 20), [[[0, 1], [2, np.nan]] * 6], "series 0: missing value in channel 1, step 1"),
        ("cnn1d", (12, 20), [[[np.inf, 1]] * 12], "series 0: infinity in channel 0"),
        ("cnn1d", (12, 20), [[]], r"series 0: shape \(0, 1\), but a series is \(steps, channels\) with at least one"),
        ("cnn1d", (12, 20), [np.zeros((4, 2, 1))], "series 0: shape"),
        ("cnn1d", (12, 20), ["abc"], "series 0: not an array of numbers"),
        ("mlp", (12, 20), recordings(12, 21), "series 1: 21 steps, but this network takes at most 20"),
        ("cnn1d", (12, 20), recordings(12, 5), "series 1: 5 steps are too few for this network; .* 6"),
        ("cnn1d", (12, 12), recordings(12, 5), "series 1: 5 steps are too few for this network; .* 6"),
    ],
)
def test_series_that_cannot_be_taken_are_named(name, steps, asked, message):
    with pytest.raises(DataError, match=message) as caught:
        classifier(name, steps).predict(asked)
    assert "\n" not in str(caught.value)


def test_origins_name_a_series_in_errors():
    with pytest.raises(DataError, match="left wrist: infinity"):
        classifier().predict([[[np.inf, 1]] * 12], ["left wrist"])


def broken(folder, name, change):
    path = folder / name
    path.write_bytes(change(path.read_bytes()))


def about(change):
    return lambda content: json.dumps(change(json.loads(content))).encode()


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("classifier.json", lambda content: content[:50], "holds no classifier that can be read"),
        ("classifier.json", about(lambda a: a | {"format": 99}), "was written by convpipe .*; this is .*: update"),
        ("classifier.json", about(lambda a: []), "holds no classifier that can be read"),
        ("classifier.json", about(lambda a: a | {"format": 1}), "was written by an older convpipe.*: train anew"),
        ("preprocessing.json", about(lambda a: {"mean": 3}), "holds no classifier that can be"),
        ("classifier.json", about(lambda a: {k: a[k] for k in a if k != "networks"}), "can be read"),
        ("classifier.json", about(lambda a: a | {"networks": 2}), "holds no classifier that can be read"),
        ("network_0.keras", lambda content: b"", "holds no classifier that can be read"),
        ("network_0.keras", lambda content: content[: len(content) // 2], "holds no classifier that can be read"),
        ("network_0.keras", lambda content: content[:2000] + b"xx" + content[2002:], "holds no classifier that can be"),
    ],
)
def test_a_broken_folder_is_refused_in_one_line(tmp_path, name, change, message):
    classifier("mlp").save(tmp_path / "it")
    broken(tmp_path / "it", name, change)
    with pytest.raises(ConvpipeError, match=message) as caught:
        Classifier.load(tmp_path / "it")
    assert "\n" not in str(caught.value) and str(tmp_path / "it") in str(caught.value)


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(ConvpipeError, match="holds no classifier; name the folder classifier/ of a finished run"):
        Classifier.load(tmp_path / "nothing")


@pytest.mark.parametrize("asked", ["a recording", None, {1, 2}, {"a": 1}, 3])
def test_what_is_no_list_of_samples_is_refused(asked):
    with pytest.raises(DataError, match="predict takes a list of samples, not a"):
        classifier().predict(asked)


@pytest.mark.parametrize("asked", [np.zeros((12, 2)), np.zeros(12)])
def test_a_sample_by_itself_is_not_taken_for_as_many_as_it_has_rows(asked):
    assert classifier().predict(asked[:0]).names == []
    with pytest.raises(DataError, match=r"takes a list of samples, not one of shape \(12.*put a single one in"):
        classifier().predict(asked)


def test_a_column_of_a_table_is_answered_in_its_order():
    pandas, asked = pytest.importorskip("pandas"), recordings(12, 14, 18)
    column = pandas.Series(asked, index=[2, 0, 7])
    expected = classifier().predict(asked).probabilities
    np.testing.assert_array_equal(classifier().predict(column).probabilities, expected)
    np.testing.assert_array_equal(classifier().predict(iter(asked)).probabilities, expected)
