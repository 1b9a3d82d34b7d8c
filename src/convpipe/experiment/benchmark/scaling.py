"""How the time and the memory of fixed kernels grow with the number and the length of the series.

Each series is a random walk plus a slow wave whose frequency depends on the class. The network is fitted once, in a
fresh process; compilation and imports are included. Memory is the peak of the process.
"""

import time
from dataclasses import replace

import numpy as np

from convpipe.errors import ConfigError, nearest
from convpipe.experiment.benchmark.case import Case, read_text, spread
from convpipe.experiment.benchmark.settings import BenchmarkSettings
from convpipe.experiment.benchmark.table import text_lines
from convpipe.experiment.comparison.profiling import peak_memory_mb

PEERS: dict[str, tuple[str, ...]] = {}
MODELS = ("mini_rocket", "hydra", "hydra_mini")
CLASSES, CHANNELS = 6, 9
#: Numbers of series and of steps. The first size is small; the others have ten or a hundred times as many values.
SIZES = ((1_000, 128), (10_000, 128), (100_000, 128), (1_000, 1_280))


def groups(settings: BenchmarkSettings) -> list[list[Case]]:
    """Return a group for each model, with a case for each size.

    Raises:
        ConfigError: a model without fixed kernels.
    """
    from hydra import compose
    from omegaconf import OmegaConf

    found = []
    for name in settings.models or ["hydra_mini"]:
        if name not in MODELS:
            remedy = nearest(name, MODELS)
            raise ConfigError(f"suite=scaling has no model {name}", key="models", value=name, remedy=remedy)
        written = OmegaConf.to_yaml(compose("train", [f"model={name}"]))
        cases = []
        for series, steps in SIZES:
            key = {"model": name, "library": "convpipe", "series": str(series), "steps": str(steps)}
            cases.append(Case(key, {"settings": written, "series": series, "steps": steps}))
        found.append(cases)
    return found


def measure(values: dict, seed: int) -> dict:
    """Fit one network in this process.

    Args:
        values: `settings` (YAML), `series` and `steps`.
        seed: of the series and of the network.

    Returns:
        seconds of the fit, peak_memory_mb of the process, and data_mb, the size of the series.
    """
    from convpipe.backend import seeded, start_backend

    start_backend()
    from convpipe import models
    from convpipe.input_spec import InputSpec
    from convpipe.training.batches import Arrays
    from convpipe.training.linear_solver import fit_linear

    inputs, labels = _drawn(values["series"], values["steps"], seed)
    settings = replace(read_text(values["settings"]), seed=seed)
    with seeded(seed, settings.training.precision):
        network = models.build(settings.model, InputSpec((values["steps"],), CHANNELS, CLASSES))
        started = time.perf_counter()
        fit_linear(network, Arrays(inputs, labels, CLASSES), None, settings)
        seconds = time.perf_counter() - started
    return {"seconds": seconds, "peak_memory_mb": peak_memory_mb(), "data_mb": round(inputs.nbytes / 2**20)}


def _drawn(series: int, steps: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Series (n, steps, channels) float32 and labels (n,), made in pieces to limit memory."""
    random = np.random.default_rng(seed)
    labels, inputs = np.arange(series) % CLASSES, np.empty((series, steps, CHANNELS), np.float32)
    for start in range(0, series, 1000):
        piece = inputs[start : start + 1000]
        random.standard_normal(dtype=np.float32, out=piece)
        np.cumsum(piece, axis=1, out=piece)
        piece /= np.sqrt(steps)
        turns = (labels[start : start + 1000, None] + 2) * np.arange(steps) / steps
        piece += 0.3 * np.sin(2 * np.pi * turns)[..., None].astype(np.float32)
    return inputs, labels


def columns(measured: list[dict]) -> dict:
    """The median, lowest and highest seconds and memory, and the size of the data."""
    found: dict = {}
    for name in ("seconds", "peak_memory_mb"):
        found |= spread(name, [each[name] for each in measured])
    return found | {"data_mb": measured[0]["data_mb"]}


def summary(measured: dict) -> str:
    """Return the results of one measurement as a short text."""
    return f"{measured['seconds']:.1f} s, {measured['peak_memory_mb']:,.0f} MB"


def lines(rows: list[dict]) -> list[str]:
    """The rows as a table for a terminal; `times` is the ratio to the seconds of the model's first size."""
    heads, body = ["model", "series", "steps", "seconds", "times", "peak MB", "data MB"], []
    first: dict[str, float] = {}
    for row in (row for row in rows if not row["error"]):
        seconds = float(row["seconds"])
        times = seconds / first.setdefault(row["model"], seconds)
        sizes = [f"{int(row[name]):,}" for name in ("series", "steps")]
        memory = [f"{float(row[name]):,.0f}" for name in ("peak_memory_mb", "data_mb")]
        body.append([row["model"], *sizes, f"{seconds:.1f}", f"{times:.1f}", *memory])
    return text_lines([(heads, body, 1)])


def figure(rows: list[dict]):
    """None: this suite has no figure."""
    return None
