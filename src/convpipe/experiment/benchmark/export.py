"""Every model of the package in every format of `export`, each trained briefly on a packaged dataset.

The certificate tests the exported file, not the network, so two epochs of few steps are enough. Two recipes are trained
fully, to measure the accuracy that quantization costs. Networks are trained once and kept in runs/export/.
"""

import shutil
from dataclasses import replace
from typing import Any

from convpipe import paths
from convpipe.errors import ConfigError
from convpipe.experiment.benchmark.case import Case, read_text
from convpipe.experiment.benchmark.settings import BenchmarkSettings
from convpipe.experiment.benchmark.table import text_lines

PEERS: dict[str, tuple[str, ...]] = {}
SHORT = ("training.epochs=2", "training.max_steps=10", "split.validation=none")
SERIES, TEXT = ("data=basicmotions",), ("data=r8", "preprocessing.max_length=100", "embedding.dim=64")
CHARACTERS = ("data=r8", "preprocessing=characters", "preprocessing.max_length=200", "embedding.dim=64")
#: Task: a model (with data if a model has several tasks) or a recipe -> overrides of its training.
TASKS: dict[str, tuple[str, ...]] = {
    **{name: (*SERIES, *SHORT) for name in ("fcn", "inception_time", "lite_time", "mlp", "resnet", "tcn", "linear")},
    **{name: (*SERIES, "split.validation=none") for name in ("hydra", "hydra_mini", "mini_rocket")},
    "cnn1d": ("data=pickupgesturewiimotez", *SHORT),
    "m5": ("data=acsf1", *SHORT),
    **{name: ("data=digits", *SHORT) for name in ("cnn2d", "mobile2d", "resnet2d")},
    **{name: ("data=brain_structures", *SHORT) for name in ("cnn3d", "resnet3d")},
    **{name: (*TEXT, *SHORT) for name in ("text_cnn", "fast_text", "dpcnn")},
    **{name: (*CHARACTERS, *SHORT) for name in ("char_cnn", "char_cnn_large")},
    "linear_r8": (*TEXT, "split.validation=none", "model=linear"),
    "watch": ("experiment=watch", "split.folds=0"),
    "mnist_5k": ("experiment=mnist_5k", "training.epochs=6"),
}
#: Tasks that are trained fully and exported with every quantization.
TRAINED = ("watch", "mnist_5k")
PLAIN = (("saved_model", ""), ("onnx", ""), ("litert", ""))
QUANTIZED = (("litert", "float16"), ("litert", "int8"), ("litert", "int16x8"))
CERTIFIED = ("samples", "same_class", "ties", "largest_difference", "accuracy_before", "accuracy_after", "latency_ms")
SIZES = ("size_bytes", "arena_bytes", "multiply_adds")


def groups(settings: BenchmarkSettings) -> list[list[Case]]:
    """Return a group for each task: every format, and every quantization for TRAINED.

    Raises:
        ConfigError: an unknown task.
    """
    for name in settings.models or ():
        if name not in TASKS:
            raise ConfigError(
                f"unknown task {name}", key="models", value=name, remedy=f"choose one of {', '.join(TASKS)}"
            )
    return [_group(name) for name in settings.models or TASKS]


def _group(task: str) -> list[Case]:
    from hydra import compose
    from omegaconf import OmegaConf

    own_model = [] if task in (*TRAINED, "linear_r8") else [f"model={task}"]
    config = compose("train", [*TASKS[task], *own_model, "tracking.enabled=false"])
    names = {"model": config.model.name, "data": config.data.name}
    values = {"task": task, "settings": OmegaConf.to_yaml(config)}
    ways = PLAIN + (QUANTIZED if task in TRAINED else ())
    return [
        Case(
            {**names, "recipe": task, "format": name, "quantize": quantize, "library": "convpipe"},
            values | {"format": name, "quantize": quantize},
        )
        for name, quantize in ways
    ]


def measure(values: dict, seed: int) -> dict:
    """Export a network. Train it first if that has not been done.

    Args:
        values: `task`, `settings` (YAML), `format` and `quantize`.
        seed: of the training.

    Returns:
        `status` (passed, failed, refused or quantized), the `reason` of a refusal, the values of the certificate, and
        the sizes.

    Raises:
        ConvpipeError: the training fails, a package is missing, or the classifier or its data cannot be used.
    """
    from convpipe.experiment.run import run
    from convpipe.experiment.run_folder import read_result

    folder = paths.HOME / "runs" / "export" / f"{values['task']}_{seed}"
    if read_result(folder).get("status") != "finished":
        shutil.rmtree(folder, ignore_errors=True)  # a run that failed or was killed
        run(replace(read_text(values["settings"]), seed=seed), folder)
    from convpipe.inference.export.export import export
    from convpipe.inference.export.formats import FormatError, check_format

    quantize = values["quantize"] or None
    target = check_format(values["format"], quantize)
    try:
        done = export(folder / "classifier", target, quantize, report=lambda line: None)
    except FormatError as error:
        return {"status": "refused", "reason": str(error)}
    assert done.certificate is not None
    results = done.certificate.as_json() | done.sizes
    status = "quantized" if quantize else "passed" if done.passed else "failed"
    about = {"status": status, "reason": "", "runtime": done.certificate.runtime}
    return about | {name: results[name] for name in CERTIFIED + SIZES}


def columns(measured: list[dict]) -> dict:
    """The results of the first measurement; in the others only the latency would differ."""
    first: dict[str, Any] = measured[0]
    names = ("status", "reason", *CERTIFIED, *SIZES, "runtime")
    return {name: "" if first.get(name) is None else first[name] for name in names}


def summary(measured: dict) -> str:
    """Return the results of one measurement as a short text."""
    if measured["status"] == "refused":
        return measured["reason"]
    same = f"same class for {measured['same_class']} of {measured['samples']} samples"
    return f"{measured['status']}, {same}, differences up to {measured['largest_difference']:.0e}"


def lines(rows: list[dict]) -> list[str]:
    """The rows as a table for a terminal."""
    heads, body = ["recipe", "format", "status", "same class", "difference", "ms", "kB"], []
    for row in (row for row in rows if not row["error"]):
        way = " ".join(filter(None, (row["format"], row["quantize"])))
        if row["status"] == "refused":
            body.append([row["recipe"], way, row["status"], "", "", "", ""])
            continue
        same = f"{row['same_class']}/{row['samples']}"
        size, difference = f"{int(row['size_bytes']) / 1000:.0f}", f"{float(row['largest_difference']):.0e}"
        body.append([row["recipe"], way, row["status"], same, difference, f"{float(row['latency_ms']):.2f}", size])
    return text_lines([(heads, body, 3)])


def figure(rows: list[dict]):
    """None: this suite has no figure."""
    return None
