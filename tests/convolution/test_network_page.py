"""The page of a trained network: its numbers are those of Keras, its samples those of the run, its controls work."""

import json
import re
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops
from omegaconf import OmegaConf

from convpipe.config import SeriesPreprocessingSettings, Settings
from convpipe.convolution.network_page import build as module
from convpipe.convolution.network_page.activations import Activations, Observer
from convpipe.convolution.network_page.content import contents, fitting
from convpipe.convolution.network_page.kernels import first_convolutions
from convpipe.convolution.network_page.packed import unpack
from convpipe.convolution.network_page.run_samples import OpenedRun, choose_samples, open_run, representative
from convpipe.convolution.settings import ConvolveSettings
from convpipe.data import Dataset, load
from convpipe.data.series.settings import SeriesSettings
from convpipe.data.splits import make_splits, sha256_of
from convpipe.errors import ConfigError, ConvpipeError, DataError
from convpipe.inference.classifier import Classifier
from convpipe.input_spec import InputSpec, SpectrogramSpec, TokenTable
from convpipe.models import build
from convpipe.preprocessing.series import SeriesPreprocessing
from convpipe.registry import MODELS
from convpipe.schemas import read_settings

pytestmark = pytest.mark.slow

SERIES, IMAGE, VOLUME = InputSpec((23,), 2, 3), InputSpec((9, 7), 3, 3), InputSpec((6, 5, 7), 1, 3)
TEXT = InputSpec((12,), 5, 3, masked=True, tokens=TokenTable("random", 20, 20, 5))
SOUND = InputSpec((120,), 1, 3, spectrogram=SpectrogramSpec(6, 32, 8, 1000.0))
LAYERS = {"filters": [4, 3], "kernel_sizes": [4, 3], "strides": [2, 1], "pooling": [2, 1]}

#: Every way to convolve that a first layer has: (model, its settings, what it takes).
NETWORKS = {
    "cnn1d": ({**LAYERS}, SERIES),
    "cnn1d causal": ({**LAYERS, "padding": "causal"}, replace(SERIES, masked=True)),
    "cnn1d without normalization": ({**LAYERS, "padding": "valid", "batch_normalization": False}, SERIES),
    "inception_time": ({"depth": 2, "filters": 2, "kernel_size": 8, "bottleneck": 2}, SERIES),
    "lite_time": ({"filters": 3, "kernel_size": 8}, SERIES),
    "tcn": ({"filters": 3, "num_blocks": 2}, replace(SERIES, masked=True)),
    "m5": ({"filters": [3, 4], "kernel_size": 16}, SOUND),
    "text_cnn": ({"kernel_sizes": [1, 2, 3], "filters": 4}, TEXT),
    "dpcnn": ({"filters": 4, "blocks": 2}, TEXT),
    "cnn2d": ({**LAYERS, "strides": [2, 1]}, IMAGE),
    "cnn2d spectrogram": ({**LAYERS, "pooling": [1, 1]}, SOUND),
    "mobile2d": ({"filters": [4, 4], "strides": [1, 2]}, IMAGE),
    "cnn3d": ({**LAYERS, "kernel_sizes": [3, 2]}, VOLUME),
}


def network_of(name: str):
    """A network with weights and statistics drawn by chance, and one sample for it."""
    settings, spec = NETWORKS[name]
    random = np.random.default_rng(0)
    network = build(MODELS[name.split()[0]].settings(**settings), spec)
    drawn = [random.normal(size=each.shape) * 0.5 for each in network.get_weights()]
    variances = [weight.name == "moving_variance" for weight in network.weights]
    network.set_weights(
        [np.abs(each) + 0.2 if positive else each for each, positive in zip(drawn, variances, strict=True)]
    )
    if spec.tokens:
        return network, random.integers(1, 20, (1, 9)).astype(np.int32)
    return network, random.normal(size=(1, *spec.sizes, spec.channels)).astype(np.float32)


class Prepared(SeriesPreprocessing):
    """Takes samples as they are."""

    def transform(self, inputs, sample_ids=None):
        return np.stack([np.asarray(each, np.float32) for each in inputs])


def opened(network, samples: np.ndarray, labels, **about) -> OpenedRun:
    """A run that needs no files."""
    labels = np.asarray(labels)
    ids = [f"sample {number}" for number in range(len(labels))]
    dataset = Dataset(samples, labels, ("low", "middle", "high"), ids, "made up", "0", **about)
    steps, channels = samples.shape[1], samples.shape[-1]
    preprocessing = Prepared("none", "refuse", False, [], [], channels, steps, steps)
    classifier = Classifier(preprocessing, [network], dataset.class_names)
    return OpenedRun("a model on a dataset", classifier, 1, dataset, np.arange(len(labels)))


def value(network, tensor, batch) -> np.ndarray:
    return np.asarray(ops.convert_to_numpy(keras.Model(network.input, tensor)(batch, training=False)))[0]


@pytest.mark.parametrize("name", NETWORKS)
def test_every_number_of_the_page_is_that_of_keras(name):
    network, batch = network_of(name)
    observer = Observer(network)
    seen = observer.watch(batch)
    assert seen.logits == pytest.approx(np.asarray(network(batch, training=False))[0], abs=1e-4)
    for layer, first in zip(observer.layers, seen.first, strict=True):
        reached = value(network, layer.output, batch)
        fused = name == "text_cnn" or layer.name == "fixed_kernels"
        assert (np.maximum(first.response, 0) if fused else first.response) == pytest.approx(reached, abs=1e-3)
    for layer, maps in zip(observer.later, seen.maps, strict=True):
        assert maps == pytest.approx(value(network, layer.output, batch), abs=1e-4)


def grouped() -> list:
    return [
        keras.layers.Conv2D(8, 3, strides=2, padding="same", groups=2, name="first"),
        keras.layers.LeakyReLU(name="leaky"),
        keras.layers.AveragePooling2D(3, strides=2, padding="same", name="last"),
    ]


def separable() -> list:
    return [
        keras.layers.SeparableConv2D(3, 3, dilation_rate=2, depth_multiplier=2, name="first"),
        keras.layers.Activation("relu", name="activation"),
        keras.layers.MaxPooling2D(3, strides=2, padding="same", name="last"),
    ]


def depthwise() -> list:
    return [
        keras.layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same", name="first"),
        keras.layers.GlobalMaxPooling2D(name="last"),
    ]


@pytest.mark.parametrize(
    ("stack", "kinds"),
    [(grouped, ["relu", "average"]), (separable, ["relu", "maximum"]), (depthwise, ["largest"])],
)
def test_layers_that_only_a_users_own_model_has(stack, kinds):
    network = keras.Sequential([keras.Input((13, 10, 4)), *stack(), keras.layers.Flatten(), keras.layers.Dense(2)])
    batch = np.random.default_rng(0).normal(size=(1, 13, 10, 4)).astype(np.float32)
    (first,) = Observer(network).watch(batch).first
    assert [stage.kind for stage in first.chain.stages] == kinds
    inside, source = first.kernels.responses(batch[0]), network.inputs[0]
    expected = np.asarray(keras.Model(source, network.get_layer("first").output)(batch))[0]
    assert inside == pytest.approx(expected, abs=1e-4) and first.response == pytest.approx(expected, abs=1e-4)
    for stage in first.chain.stages:
        inside = stage.apply(inside)
    assert inside == pytest.approx(
        np.asarray(keras.Model(source, network.get_layer("last").output)(batch))[0], abs=1e-4
    )


def summed(branch: dict, sample: dict, number: int, f: int, place: tuple[int, ...]) -> float:
    """The window of a filter at one place, added up by loops over taps and channels."""
    values, weights = unpack(sample["inputs"][branch["source"]]), unpack(branch["weights"])[f]
    total = branch["bias"][f]
    for tap, offsets in enumerate(np.ndindex(*branch["kernel"])):
        at = [
            p * s - b + k * d
            for p, s, b, k, d in zip(
                place, branch["strides"], sample["first"][number]["before"], offsets, branch["dilation"], strict=True
            )
        ]
        if all(0 <= i < size for i, size in zip(at, values.shape, strict=False)):
            read = values[tuple(at)][branch["first"][f] : branch["first"][f] + weights.shape[-1]]
            total += float(np.dot(read, weights[tap]))
    return total


@pytest.mark.parametrize("name", ["cnn1d", "lite_time", "m5", "cnn2d", "cnn3d"])
def test_the_sum_of_a_window_is_the_response(name, monkeypatch):
    network, batch = network_of(name)
    run = opened(network, np.repeat(batch, 2, axis=0), [0, 1])
    monkeypatch.setattr("convpipe.convolution.network_page.content._later", lambda *_: [])
    observer = Observer(network)
    content, _ = contents(run, observer, [1], [observer.watch(batch)])
    (sample,) = content["samples"]
    random = np.random.default_rng(1)
    for number, branch in enumerate(content["branches"]):
        first = sample["first"][number]
        responses = unpack(first["response"]).reshape(len(branch["filters"]), *first["places"])
        for _ in range(20):
            f, place = random.integers(len(responses)), tuple(random.integers(first["places"]))
            found = summed(branch, sample, number, f, place)
            assert found == pytest.approx(responses[(f, *place)], abs=content["tolerance"] * first["largest"])


def test_a_page_of_many_filters_keeps_below_a_megabyte():
    network = build(MODELS["cnn1d"].settings(filters=[512], kernel_sizes=[64], strides=[1], pooling=[1]), SERIES)
    batch = np.random.default_rng(0).normal(size=(3, 400, 2)).astype(np.float32)
    run, observer = opened(network, batch, [0, 1, 2]), Observer(network)
    content, notes = contents(run, observer, [0, 1, 2], [observer.watch(each[None]) for each in batch])
    (branch,) = content["branches"]
    assert 100_000 < len(module.assemble("many", content)) < 1_000_000
    assert 4 < len(branch["filters"]) < branch["total"] == 512
    assert any(f"{len(branch['filters'])} of 512" in note for note in notes)


def test_large_inputs_are_rounded_and_then_left_out():
    large = Activations([np.zeros((600, 100), np.float32)], [], [], np.zeros(2, np.float32))
    small = Activations([np.zeros((10, 100), np.float32)], [], [], np.zeros(2, np.float32))
    assert fitting([small] * 3) == ("f4", 3)
    assert fitting([large] * 3) == ("i2", 2)


@pytest.mark.parametrize(
    ("name", "settings", "spec", "layer"),
    [
        ("mlp", {"units": [4]}, SERIES, "hidden_1"),
        ("linear", {}, SERIES, "standardization"),
        ("mini_rocket", {"features": 84}, SERIES, "proportions"),
        ("hydra", {"groups": 2}, SERIES, "competing"),
        ("fast_text", {"dim": 4}, TEXT, "mean"),
    ],
)
def test_a_network_without_convolutions_is_refused_by_its_layer(name, settings, spec, layer, refused):
    network = build(MODELS[name].settings(**settings), spec)
    with refused(ConfigError, key="run", value=layer, mentions=(layer,), remedy="set run="):
        first_convolutions(network)


def test_a_network_inside_a_network_is_refused(refused):
    inner = keras.Sequential([keras.Input((8, 1)), keras.layers.Conv1D(2, 3, name="hidden")], name="backbone")
    inputs = keras.Input((8, 1))
    outputs = keras.layers.Dense(2)(keras.layers.Flatten()(inner(inputs)))
    with refused(ConfigError, key="run", value="backbone"):
        first_convolutions(keras.Model(inputs, outputs))


def test_a_network_of_half_precision_is_computed_in_float32():
    inputs = keras.Input((9, 1))
    features = keras.layers.Conv1D(2, 3, name="scan", dtype="mixed_bfloat16")(inputs)
    network = keras.Model(inputs, keras.layers.Dense(2, dtype="float32")(keras.layers.GlobalMaxPooling1D()(features)))
    observer = Observer(network)
    assert observer.trained_in == "mixed_bfloat16"
    assert observer.watch(np.ones((1, 9, 1), np.float32)).first[0].response.dtype == np.float32


def test_a_few_samples_are_the_surest_of_each_class_and_a_mistake():
    labels = np.array([0, 0, 1, 1, 2])
    sure = [[0.6, 0.4, 0], [0.9, 0.1, 0], [0.05, 0.95, 0], [0.7, 0.3, 0], [0.5, 0.1, 0.4]]
    assert representative(labels, np.array(sure)) == [2, 1, 3]


@pytest.fixture
def run(home, tmp_path):
    """A run's folder as training leaves it, and the recordings that it was trained on."""
    random = np.random.default_rng(0)
    for part, label, number in np.ndindex(2, 2, 4):
        path = tmp_path / "data" / ("train", "test")[part] / ("rise", "fall")[label] / f"{number}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        series = np.linspace(0, 1 - 2 * label, 12) + random.normal(0, 0.1, 12)
        path.write_text("".join(f"{each:.4f},{each * 2:.4f}\n" for each in series))
    model = MODELS["cnn1d"].settings(filters=[3, 2], kernel_sizes=[3, 3], strides=[1, 1], pooling=[2, 1])
    data = SeriesSettings(path=str(tmp_path / "data"))
    settings = Settings(data=data, model=model, preprocessing=SeriesPreprocessingSettings())
    folder = home / "runs" / "today"
    dataset = load(data, settings.window)
    preprocessing = SeriesPreprocessing("none", "refuse", False, [], [], 2, 12, 12)
    classifier = Classifier(preprocessing, [build(model, InputSpec((12,), 2, 2))], dataset.class_names)
    classifier.save(folder / "classifier")
    record(folder, settings, dataset)
    return folder


def record(folder: Path, settings: Settings, dataset: Dataset) -> None:
    """What a run writes of its settings and its data."""
    hashes = {"data_sha256": dataset.sha256, "split_sha256": sha256_of(make_splits(dataset, settings.split))}
    about = {"run_id": "abc", "model": "cnn1d", "data": "series"}
    (folder / "config.yaml").write_text(OmegaConf.to_yaml(OmegaConf.create(asdict(settings))))
    (folder / "result.json").write_text(json.dumps(about | hashes))


def test_the_samples_are_those_of_the_test_part(run):
    found = open_run(str(run))
    assert len(found.test) == 8 and all("test" in found.dataset.sample_ids[row] for row in found.test)
    assert choose_samples(found, 7) == [7]
    assert len(choose_samples(found, None)) <= 3


def test_a_sample_beyond_the_test_part_is_refused(run, refused):
    with refused(DataError, key="sample", value=999, mentions=(8,), remedy="sample=7"):
        choose_samples(open_run(str(run)), 999)


def test_a_sample_needs_a_run_and_a_page(refused):
    with refused(ConfigError, key="sample", value=3, remedy="page=FILE"):
        ConvolveSettings(sample=3, run="today").check_sample()


def test_data_that_have_changed_are_refused(run, tmp_path, refused):
    (tmp_path / "data" / "test" / "rise" / "0.csv").write_text("0,0\n" * 12)
    with refused(DataError, key="data_sha256", remedy="train again"):
        open_run(str(run))


def test_data_that_are_gone_are_refused(run, tmp_path, refused):
    shutil.rmtree(tmp_path / "data")
    with refused(DataError, file=run):
        open_run(str(run))


def test_a_classifier_without_its_run_is_refused(run, refused):
    (run / "config.yaml").unlink()
    with refused(ConvpipeError, file=run, mentions=("config.yaml",)):
        open_run(str(run))


def test_a_cross_validated_run_needs_the_choice_of_a_fold(run, refused):
    settings = read_settings(run / "config.yaml")
    settings.split.folds = 2
    record(run, settings, load(settings.data, settings.window))
    (run / "classifier").rename(run / "kept")
    for fold in (1, 2):
        shutil.copytree(run / "kept", run / f"fold_{fold}" / "classifier")
    with refused(ConfigError, key="run", mentions=(2, "fold_1"), remedy="fold_1"):
        open_run(str(run))
    assert open_run(str(run / "fold_2")).name.endswith("fold 2")


def test_a_page_cannot_be_written_into_a_folder_that_is_not_there(run, refused):
    with refused(ConfigError, key="page"):
        module.write_network_page(str(run), None, str(run / "none" / "page.html"))


def test_the_page_is_one_file_whatever_stands_in_the_data(run):
    page = module.assemble("</title><script>", {"tokens": ["</script>", "/*TITLE*/"]})
    assert not re.findall(r"/\*[\w.]+\*/", page.replace("/*TITLE*/", ""))
    assert page.count("</script>") == 2 and "</title><script>" not in page
    assert not re.findall(r"https?://(?!www\.w3\.org)|src=|@import|url\(|fetch\(|XMLHttpRequest|import\(", page)


def show(browser, path, width=1366, height=768, fragment=""):
    browser.requests.clear()
    browser.open("about:blank")
    browser.open(path.as_uri() + fragment, width=width, height=height)
    return browser


def text(browser, selector: str) -> str:
    return browser.value(f"document.querySelector({selector!r}).innerText")


def state(browser) -> dict:
    return browser.value("Object.fromEntries(new URLSearchParams(location.hash.slice(1)))")


def test_the_page_in_a_browser(chromium, run, tmp_path):
    path = tmp_path / "page.html"
    module.write_network_page(str(run), None, str(path))
    page = show(chromium, path)
    assert page.value("document.documentElement.dataset.selfCheck") == "passed"
    assert [url for url in page.requests if not url.startswith(("file:", "data:", "about:"))] == []
    page.value("document.getElementById('stage').focus()")
    moves = {"Home": "0", "ArrowRight": "1", "End": "11", "ArrowLeft": "10"}
    for key, position in moves.items():
        page.value(
            f"document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {{key: '{key}', bubbles: true}}))"
        )
        assert state(page)["position"] == position
        assert page.value("document.getElementById('sum').dataset.agrees") == "true"
    page.value("document.querySelector('#filters [aria-label=\"filter 2\"]').click()")
    assert state(page)["filter"] == "2"
    assert page.value("document.documentElement.scrollWidth") <= 1366


def test_a_wrong_number_fails_the_self_check(chromium, run, tmp_path):
    path = tmp_path / "page.html"
    module.write_network_page(str(run), 0, str(path))
    page = show(chromium, path)
    assert page.value("content.branches[0].bias[0] += 1, selfCheck().passed") is False


def test_the_address_chooses_what_is_seen_and_the_stages_are_those_of_keras(chromium, run, tmp_path):
    path = tmp_path / "page.html"
    module.write_network_page(str(run), 5, str(path))
    page = show(chromium, path, 390, 844, "#sample=5&filter=1&position=6")
    assert state(page) == {"sample": "5", "layer": "layer_1_convolution", "filter": "1", "position": "6"}
    found = open_run(str(run))
    network, batch = found.classifier.networks[0], module._batch(found, 5)
    for name, place in {"layer_1_normalization": 6, "layer_1_relu": 6, "layer_1_pooling": 3}.items():
        shown = text(page, f"[data-stage={name}]").replace("−", "-")
        assert float(shown) == pytest.approx(value(network, network.get_layer(name).output, batch)[place, 1], abs=1e-3)
    assert page.value("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("name", ["text_cnn", "inception_time", "cnn2d", "cnn3d"])
def test_every_number_of_axes_in_a_browser(chromium, name, tmp_path, monkeypatch):
    network, batch = network_of(name)
    monkeypatch.setattr("convpipe.convolution.network_page.content._later", lambda run, observer, maps: [
        {"name": layer.name, "filters": list(map(int, chosen)), "total": layer.output.shape[-1], "field": None}
        for layer, chosen in zip(observer.later, maps, strict=True)
    ])  # fmt: skip
    observer = Observer(network)
    run = opened(network, np.repeat(batch, 2, axis=0) if batch.ndim > 2 else np.zeros((2, 9, 1)), [0, 1])
    content, _ = contents(run, observer, [1], [observer.watch(batch)])
    if name == "text_cnn":
        content["samples"][0]["tokens"] = [f"word{number}" for number in range(9)]
    path = tmp_path / "page.html"
    path.write_text(module.assemble(name, content), encoding="utf-8")
    page = show(chromium, path)
    assert page.value("document.documentElement.dataset.selfCheck") == "passed"
    before = state(page)["position"]
    page.value("go(0)")
    page.value(f"move(2, 1){', move(0, 1)' if name == 'cnn3d' else ''}")
    assert state(page)["position"] != before and page.value("byId('sum').dataset.agrees") == "true"
    assert page.value("document.documentElement.scrollWidth") <= 1366
