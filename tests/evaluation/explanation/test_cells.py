"""The positions of the cells of a feature map on the input."""

import numpy as np
import pytest

from convpipe.cost.model_cost import Field, Reach
from convpipe.evaluation.explanation.cells import field_of, spread


def on(scores, size, reach=None):
    field = reach and Field((reach,), (size,))
    return spread(np.array(scores, float)[:, None], field, (size,)).ravel()


def test_a_cell_that_pools_two_steps_is_spread_over_both():
    np.testing.assert_allclose(on([2, 4, 6], 6, Reach(0, 1, 2)), [1, 1, 2, 2, 3, 3])


def test_a_cell_is_at_the_center_of_its_receptive_field():
    np.testing.assert_allclose(on([1, 2], 6, Reach(0, 4, 1)), [0, 0, 1, 2, 0, 0])


def test_a_causal_cell_is_at_the_end_of_its_receptive_field():
    np.testing.assert_allclose(on([1, 2, 3], 3, Reach(-6, 0, 1)), [1, 2, 3])


def test_with_an_unknown_field_cells_divide_the_input_evenly():
    np.testing.assert_allclose(on([3, 6], 3), [2, 3, 4])


@pytest.mark.parametrize("reach", [Reach(0, 4, 3), Reach(-9, 9, 4), Reach(-30, 1, 5), Reach(20, 30, 2), None])
def test_the_sum_is_unchanged(reach):
    scores = np.random.default_rng(0).normal(size=(7, 5, 3))
    field = reach and Field((reach, Reach()), (20, 5))
    np.testing.assert_allclose(spread(scores, field, (20, 5)).sum((0, 1)), scores.sum((0, 1)))


def test_a_cell_is_where_its_gradient_is_largest(built, samples):
    """The oracle: the gradient of a cell is largest around the positions that it is spread over."""
    import tensorflow as tf

    from convpipe.evaluation.explanation.forward import forward_pass

    network, batch = built("cnn1d", "series", segments=1), samples("series", [40])[np.array([0])]
    with tf.GradientTape(persistent=True) as tape:
        inputs = tf.convert_to_tensor(batch)
        tape.watch(inputs)
        seen = forward_pass(network, inputs)
        features = next(step for step in seen.steps if step.operation.name == "average").inputs[0]
        cells = tf.unstack(tf.reduce_sum(features[0], axis=-1))
    maker = seen.made(features).operation
    for cell in range(1, len(cells) - 1):
        reached = np.flatnonzero(np.abs(tape.gradient(cells[cell], inputs)[0]).sum(-1))
        one = np.zeros((len(cells), 1))
        one[cell] = 1
        covered = np.flatnonzero(spread(one, field_of(network, (40, 2), maker), (40,)).ravel())
        if len(reached):  # the cell may be zero after a ReLU
            assert reached.min() <= covered.min() and covered.max() <= reached.max()
