"""Fixed kernels with a linear classifier: convpipe's networks and aeon's classifiers on the same series and cores.

A process reads a dataset, imports its library, then fits on the training part and predicts the test part twice. The
first time is cold: it includes tracing and compiling, but not the import. The second time is warm. Fitting starts with
raw series in memory and includes preprocessing, kernels and ridge regression.
"""

import time
from statistics import mean, median, stdev
from typing import Any

import numpy as np

from convpipe.errors import ConfigError, DataError
from convpipe.experiment.benchmark import means
from convpipe.experiment.benchmark.case import Case, read_text, spread
from convpipe.experiment.benchmark.settings import BenchmarkSettings
from convpipe.registry import MODELS, READERS

PEERS = {"aeon": ("aeon", "torch")}
#: Model -> the equivalent or the most similar classifier of aeon.
COUNTERPARTS = {
    "mini_rocket": "MiniRocketClassifier",
    "hydra": "HydraClassifier",
    "hydra_mini": "MultiRocketHydraClassifier",
}
#: Columns of seconds; each has its lowest and highest value too.
SECONDS = ("fit_seconds", "predict_seconds", "cold_fit_seconds", "cold_predict_seconds")


def groups(settings: BenchmarkSettings) -> list[list[Case]]:
    """Return a group for each dataset: every model, followed by its counterpart.

    Raises:
        ConfigError: an unknown model, a model without fixed kernels, or data that are unknown or are not series.
    """
    for name in settings.models or ():
        if MODELS[name].solver != "linear":
            message, remedy = f"{name} has no fixed kernels", f"use one of {', '.join(COUNTERPARTS)}"
            raise ConfigError(message, key="models", value=name, remedy=remedy)
    return [_group(name, settings) for name in settings.sets]


def _group(data: str, settings: BenchmarkSettings) -> list[Case]:
    cases = []

    def add(name: str, library: str, model: str) -> None:
        values = {"library": library, "model": name, "settings": settings_of(data, model)}
        key = {"set": data, "model": name, "library": library}
        cases.append(Case(key, values | {"threads": settings.used_threads}))

    for model in settings.models or COUNTERPARTS:
        if model in MODELS:
            add(model, "convpipe", model)
        if "aeon" in settings.peers and model in COUNTERPARTS:
            add(COUNTERPARTS[model], "aeon", "mini_rocket")  # only the data settings are used
    return cases


def settings_of(data: str, model: str) -> str:
    """Return the settings of a run of `model` on `data`, as YAML.

    Raises:
        ConfigError: the data are not series.
    """
    from hydra import compose
    from omegaconf import OmegaConf

    config = compose("train", [f"data={data}", f"model={model}", "split.validation=none"])
    if READERS[config.data.reader].modality != "series":
        message, remedy = f"data={data} is not a dataset of series", "leave it out of sets"
        raise ConfigError(message, key="sets", value=data, remedy=remedy)
    return OmegaConf.to_yaml(config)


def measure(values: dict, seed: int) -> dict:
    """Fit and predict twice, in this process.

    Args:
        values: `library`, `model` (for aeon the name of its class), `settings` (YAML) and `threads`.
        seed: of the kernels.

    Returns:
        Seconds of importing, fitting and predicting, the accuracy on the test part, log_loss if the library returns
        probabilities, and the shape of the data.

    Raises:
        DataError: the data have no official test part.
    """
    from dataclasses import replace

    from convpipe.data import load
    from convpipe.data.splits import make_splits
    from convpipe.metrics import measure as measure_metrics

    settings = replace(read_text(values["settings"]), seed=seed)
    dataset = load(settings.data, settings.window, lambda line: None)
    split = make_splits(dataset, settings.split)[0]
    if split.evaluated_on != "test":
        raise DataError("the dataset has no official test part", file=dataset.source)
    train, test = (replace(part, inputs=list(part.inputs)) for part in map(dataset.subset, (split.train, split.test)))
    steps = {len(series) for part in (train, test) for series in part.inputs}
    shape = {"train_series": len(train), "test_series": len(test)}
    shape |= {"steps": max(steps), "channels": train.inputs[0].shape[1]}
    started = time.perf_counter()
    if values["library"] == "aeon":
        from convpipe.experiment.benchmark.aeon_classifier import AeonClassifier

        classifier: Any = AeonClassifier(values["model"], max(steps), values["threads"], seed)
        treated = "padded with zeros"
    else:
        from convpipe.experiment.benchmark.own_classifier import OwnClassifier

        classifier, treated = OwnClassifier(settings, dataset.class_names), "masked"
    results: dict = {"import_seconds": time.perf_counter() - started}
    prepared = [classifier.prepared(part.inputs) for part in (train, test)]
    for prefix in ("cold_", ""):
        started = time.perf_counter()
        classifier.fit(prepared[0], train.labels)
        fitted = time.perf_counter()
        predicted, probabilities = classifier.predict(prepared[1])
        seconds = {"fit_seconds": fitted - started, "predict_seconds": time.perf_counter() - fitted}
        results |= {f"{prefix}{name}": value for name, value in seconds.items()}
    results["accuracy"] = float(np.mean(predicted == test.labels))
    if probabilities is not None:
        results["log_loss"] = measure_metrics(test.labels, probabilities, ["log_loss"])["log_loss"]
    return results | shape | {"unequal_steps": treated if len(steps) > 1 else ""}


def columns(measured: list[dict]) -> dict:
    """The median, lowest and highest seconds, the mean accuracy and log loss, and the shape of the data."""
    accuracies = [each["accuracy"] for each in measured]
    row: dict = {}
    for name in SECONDS:
        row |= spread(name, [each[name] for each in measured])
    row["import_seconds"] = median(each["import_seconds"] for each in measured)
    row["accuracy"] = mean(accuracies)
    row["accuracy_spread"] = stdev(accuracies) if len(accuracies) > 1 else ""
    row["log_loss"] = mean(each["log_loss"] for each in measured) if "log_loss" in measured[0] else ""
    names = ("train_series", "test_series", "steps", "channels", "unequal_steps")
    return row | {name: measured[0][name] for name in names}


def summary(measured: dict) -> str:
    """Return the results of one measurement as a short text."""
    return (
        f"warm {measured['fit_seconds']:.2f} + {measured['predict_seconds']:.2f} s, "
        f"cold {measured['cold_fit_seconds'] + measured['cold_predict_seconds']:.2f} s, "
        f"accuracy {measured['accuracy']:.3f}"
    )


def lines(rows: list[dict]) -> list[str]:
    """The rows as a table for a terminal, then the means over datasets."""
    return means.lines(rows, COUNTERPARTS)


def figure(rows: list[dict]):
    """Mean accuracy against mean seconds, a point for each model; None if no dataset has rows of all models."""
    from convpipe.experiment.benchmark.figure import accuracy_against_seconds

    found = means.over_sets(rows)
    return accuracy_against_seconds(found) if found else None
