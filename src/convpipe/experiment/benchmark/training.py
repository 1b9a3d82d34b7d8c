"""The time of a training step: in convpipe, in the plain `fit` of Keras, and in PyTorch.

All train on the same random samples and batch size, with AdamW and cross-entropy. The Keras network is the same, except
that it uses Keras' own batch normalization; `compile`, `fit` and the memory allocator have their defaults. The PyTorch
modules have the same layers and number of parameters, and run eagerly. A process trains several rounds of steps; the
result is their median without the first round, which compiles.
"""

import time
from dataclasses import dataclass, replace

import numpy as np

from convpipe.errors import ConfigError, TrainingError, nearest
from convpipe.experiment.benchmark.case import Case, read_text, spread
from convpipe.experiment.benchmark.settings import BenchmarkSettings
from convpipe.experiment.benchmark.table import text_lines
from convpipe.experiment.comparison.profiling import ROUNDS, STEPS, clock, seconds_a_step
from convpipe.input_spec import InputSpec, TokenTable
from convpipe.training.batches import Arrays

#: Rows and columns of the matrices whose product measures the speed of the cores.
MATRIX = 2048
PEERS = {"keras": ("keras",), "torch": ("torch",)}


@dataclass(frozen=True)
class Task:
    """A model and the random samples that it is trained on; their values do not change the time of a step.

    Args:
        model: name of the model in convpipe.
        spec: of the samples.
        batch_size: samples per step.
        parameters: number of trainable parameters in every library.
    """

    model: str
    spec: InputSpec
    batch_size: int
    parameters: int

    def samples(self) -> Arrays:
        """Samples for `STEPS` training steps: series or token ids. Masked ones have a third to all of the steps."""
        spec, count, random = self.spec, STEPS * self.batch_size, np.random.default_rng(0)
        if spec.tokens:
            inputs = random.integers(2, spec.tokens.count, (count, spec.steps)).astype(np.int32)
        else:
            inputs = random.normal(size=(count, spec.steps, spec.channels)).astype(np.float32)
        if spec.masked:
            ends = random.integers(spec.steps // 3, spec.steps + 1, count)
            inputs[np.arange(spec.steps) >= ends[:, None]] = 0 if spec.tokens else np.nan
        return Arrays(inputs, random.integers(0, spec.classes, count), spec.classes)


#: The sizes of OSULeaf, and of a dataset of questions with shorter token vectors than in Kim (2014).
SERIES = InputSpec((427,), 1, 6)
TEXTS = InputSpec((40,), 128, 6, masked=True, tokens=TokenTable("random", 10_000, 10_000, 128))
TASKS = {
    "fcn": Task("fcn", SERIES, 16, 265_478),
    "fcn_unequal": Task("fcn", replace(SERIES, masked=True), 16, 265_478),
    "inception_time": Task("inception_time", SERIES, 16, 420_966),
    "text_cnn": Task("text_cnn", TEXTS, 64, 1_435_706),
}
#: Tasks whose masks have no counterpart in PyTorch.
WITHOUT_TWIN = ("fcn_unequal",)


def groups(settings: BenchmarkSettings) -> list[list[Case]]:
    """Return a group for each task: convpipe, then its peers.

    Raises:
        ConfigError: an unknown task.
    """
    from hydra import compose
    from omegaconf import OmegaConf

    found = []
    for name in settings.models or TASKS:
        if name not in TASKS:
            remedy = nearest(name, TASKS)
            raise ConfigError(f"suite=training has no model {name}", key="models", value=name, remedy=remedy)
        task = TASKS[name]
        written = OmegaConf.to_yaml(compose("train", [f"model={task.model}", f"training.batch_size={task.batch_size}"]))
        values = {"task": name, "settings": written, "threads": settings.used_threads}
        libraries = [each for each in settings.libraries if each != "torch" or name not in WITHOUT_TWIN]
        found.append([Case({"model": name, "library": each}, values | {"library": each}) for each in libraries])
    return found


def measure(values: dict, seed: int) -> dict:
    """Train several steps in this process.

    Args:
        values: `task`, `settings` (YAML), `threads` and `library`.
        seed: of the initial weights.

    Returns:
        seconds_a_step, parameters, and the shape of the data.

    Raises:
        TrainingError: the number of parameters differs from that of the task.
    """
    task = TASKS[values["task"]]
    train = task.samples()
    limit = {}
    if values["library"] == "convpipe":
        limit = {"arithmetic_limit_seconds": _arithmetic_limit(task)}
    if values["library"] == "torch":
        seconds, parameters = _in_torch(values["task"], train, values["threads"], seed)
    else:
        seconds, parameters = _in_keras(values, train, seed)
    if parameters != task.parameters:
        message = f"{values['library']} trains {parameters:,} parameters, not {task.parameters:,}"
        raise TrainingError(message, key="models", value=values["task"])
    shape = {"batch_size": task.batch_size, "steps": task.spec.steps, "channels": task.spec.channels}
    return {"seconds_a_step": seconds, "parameters": parameters} | limit | shape


def _arithmetic_limit(task: Task) -> float:
    """The least time of a step in seconds: its multiply-adds at the speed of a large float32 matrix product.

    The gradients of weights and of inputs each take as many multiply-adds as the forward pass.
    """
    from convpipe.backend import start_backend

    start_backend()
    from keras import ops

    from convpipe import models
    from convpipe.cost.model_cost import model_cost
    from convpipe.registry import MODELS

    network = models.build(MODELS[task.model].settings(), task.spec)
    shape = (task.spec.steps,) if task.spec.tokens else (task.spec.steps, task.spec.channels)
    matrix, seconds = ops.ones((MATRIX, MATRIX), "float32"), []
    for _ in range(10):
        started = time.perf_counter()
        ops.convert_to_numpy(ops.matmul(matrix, matrix))
        seconds.append(time.perf_counter() - started)
    return 3 * task.batch_size * model_cost(network, shape).multiply_adds * min(seconds) / MATRIX**3


def _in_keras(values: dict, train: Arrays, seed: int) -> tuple[float, int]:
    """Seconds per step in convpipe's training or the plain `fit` of Keras, and the number of parameters."""
    from convpipe.backend import seeded, start_backend

    if values["library"] == "convpipe":  # a plain Keras script would not set TensorFlow's memory allocator
        start_backend()
    from convpipe import models

    task, settings = TASKS[values["task"]], replace(read_text(values["settings"]), seed=seed)
    with seeded(seed, settings.training.precision):
        network = models.build(settings.model, task.spec)
        if values["library"] == "convpipe":
            seconds = seconds_a_step(network, train, settings)["seconds_a_step"]
        else:
            seconds = _plain_fit(network, train, task.batch_size)
    return seconds, sum(int(np.prod(each.shape)) for each in network.trainable_variables)


def _plain_fit(network, train: Arrays, batch_size: int) -> float:
    import keras

    def plain(layer):
        normalizes = isinstance(layer, keras.layers.BatchNormalization)
        kind = keras.layers.BatchNormalization if normalizes else type(layer)
        return kind.from_config(layer.get_config())

    twin, watch = keras.models.clone_model(network, clone_function=plain), clock()
    twin.compile(keras.optimizers.AdamW(), keras.losses.CategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    twin.fit(train.inputs, train.targets, batch_size, ROUNDS, verbose=0, callbacks=[watch])
    return float(np.median(watch.seconds[1:]))


def _in_torch(name: str, train: Arrays, threads: int, seed: int) -> tuple[float, int]:
    """Seconds per step of a task's PyTorch counterpart, and its number of parameters."""
    import torch

    from convpipe.experiment.benchmark.torch_twins import twin_of

    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    task = TASKS[name]
    network = twin_of(task.model, task.spec).train()
    parameters = sum(each.numel() for each in network.parameters())
    inputs, labels = torch.from_numpy(train.inputs), torch.from_numpy(train.labels)
    optimizer, loss = torch.optim.AdamW(network.parameters()), torch.nn.CrossEntropyLoss()
    rounds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for rows in torch.randperm(len(inputs)).split(task.batch_size):
            optimizer.zero_grad()
            loss(network(inputs[rows]), labels[rows]).backward()
            optimizer.step()
        rounds.append((time.perf_counter() - started) / STEPS)
    return float(np.median(rounds[1:])), parameters


def columns(measured: list[dict]) -> dict:
    """The median, lowest and highest seconds per step, the number of parameters, and the shape of the data."""
    names = ("arithmetic_limit_seconds", "parameters", "batch_size", "steps", "channels")
    seconds = spread("seconds_a_step", [each["seconds_a_step"] for each in measured])
    return seconds | {name: measured[0].get(name, "") for name in names}


def summary(measured: dict) -> str:
    """Return the results of one measurement as a short text."""
    return f"{1000 * measured['seconds_a_step']:.1f} ms per step, {measured['parameters']:,} parameters"


def lines(rows: list[dict]) -> list[str]:
    """The rows as a table for a terminal."""
    heads, body = ["model", "library", "ms per step", "lowest", "highest", "parameters"], []
    for row in (row for row in rows if not row["error"]):
        names = ("seconds_a_step", "seconds_a_step_lowest", "seconds_a_step_highest")
        times = [f"{1000 * float(row[name]):.1f}" for name in names]
        body.append([row["model"], row["library"], *times, f"{int(row['parameters']):,}"])
    return text_lines([(heads, body, 2)])


def figure(rows: list[dict]):
    """None: this suite has no figure."""
    return None
