"""The tasks of the suite `training`."""

import numpy as np
import pytest

from convpipe import models
from convpipe.experiment.benchmark import training
from convpipe.experiment.benchmark.training import STEPS, TASKS
from convpipe.registry import MODELS


@pytest.mark.parametrize("name", TASKS)
def test_a_task_has_the_number_of_parameters_of_its_network(name):
    task = TASKS[name]
    network = models.build(MODELS[task.model].settings(), task.spec)
    assert sum(int(np.prod(each.shape)) for each in network.trainable_variables) == task.parameters


@pytest.mark.parametrize("name", sorted(set(TASKS) - set(training.WITHOUT_TWIN)))
def test_torch_counterparts_have_the_same_number_of_parameters_and_return_logits(name):
    torch = pytest.importorskip("torch")
    from convpipe.experiment.benchmark.torch_twins import twin_of

    task = TASKS[name]
    twin = twin_of(task.model, task.spec)
    assert sum(each.numel() for each in twin.parameters()) == task.parameters
    few = torch.from_numpy(task.samples().inputs[:2])
    assert twin(few).shape == (2, task.spec.classes)


@pytest.mark.parametrize("name, padding", [("fcn", None), ("fcn_unequal", np.nan), ("text_cnn", 0)])
def test_samples_have_the_shape_of_the_task_and_unequal_ones_end_in_padding(name, padding):
    task = TASKS[name]
    inputs = task.samples().inputs
    assert len(inputs) == STEPS * task.batch_size
    padded = np.isnan(inputs).all(axis=-1) if inputs.ndim == 3 else inputs == 0
    assert padded.any() == (padding is not None) and not padded[:, 0].any()
    assert not (padded[:, :-1] & ~padded[:, 1:]).any(), "padding stands at the end"


def test_columns_and_table():
    measured = [
        {"seconds_a_step": value, "parameters": 1234, "batch_size": 4, "steps": 9, "channels": 1}
        for value in (0.2, 0.1, 0.3)
    ]
    row = training.columns(measured) | {"model": "fcn", "library": "keras", "error": ""}
    assert (row["seconds_a_step"], row["seconds_a_step_lowest"], row["seconds_a_step_highest"]) == (0.2, 0.1, 0.3)
    (_, line) = training.lines([row])
    assert line.split() == ["fcn", "keras", "200.0", "100.0", "300.0", "1,234"]
