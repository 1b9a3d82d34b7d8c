"""A toy problem and a network that trains in a fraction of a second."""

import numpy as np
import pytest

from convpipe import config, models
from convpipe.backend import seeded
from convpipe.input_spec import InputSpec
from convpipe.models.conv1d.cnn1d import Cnn1dSettings
from convpipe.training.batches import Arrays
from convpipe.training.fit import fit


class Toy:
    """Noisy rising and falling lines of 12 steps, and trainings of two steps per epoch."""

    model = Cnn1dSettings(filters=[4], kernel_sizes=[3], strides=[1], pooling=[1], dropout=0.3)
    #: Learns the problem in a few epochs.
    quick_model = Cnn1dSettings(filters=[8], kernel_sizes=[3], strides=[1], pooling=[1], dropout=0.0)
    noise = config.Augmentation(jitter=0.1, window_slice=0.2, mixup=0.3)
    still = config.Augmentation()

    def arrays(self, n=18, seed=0, unequal=True) -> Arrays:
        """Return labeled series; if `unequal`, a third of them are shorter."""
        random = np.random.default_rng(seed)
        labels = np.arange(n) % 2
        line = np.linspace(-1, 1, 12)[None, :, None] * (2 * labels - 1)[:, None, None]
        inputs = (line + random.normal(0, 0.3, (n, 12, 1))).astype("float32")
        for row in range(0, n, 3) if unequal else ():
            inputs[row, 9:] = np.nan
        return Arrays(inputs, labels, 2)

    def validation(self) -> Arrays:
        return self.arrays(9, seed=1)

    def network(self, model=None, precision="float32", seed=3):
        with seeded(seed, precision):
            return models.build(model or self.model, InputSpec((12,), 1, 2, masked=True))

    def settings(self, **changes) -> config.Training:
        defaults = {"epochs": 3, "batch_size": 9, "learning_rate": 0.01, "validation_freq": 1}
        return config.Training(**(defaults | changes))

    def train(self, settings, folder=None, callbacks=(), network=None, validated=True, still=False, data=None, **more):
        """Return a trained network and the result of `fit`."""
        network = network or self.network(precision=settings.precision)
        validation, augmentation = self.validation() if validated else None, self.still if still else self.noise
        run = config.Settings(training=settings, augmentation=augmentation, seed=5)
        return network, fit(network, data or self.arrays(), validation, run, callbacks, folder, **more)

    def variables(self, network) -> list[np.ndarray]:
        import keras

        return [keras.ops.convert_to_numpy(variable).copy() for variable in network.variables]

    def assert_same(self, one: list[np.ndarray], other: list[np.ndarray]) -> None:
        """Assert that all arrays are equal to the bit."""
        for first, second in zip(one, other, strict=True):
            np.testing.assert_array_equal(first, second)


@pytest.fixture(scope="session")
def toy() -> Toy:
    return Toy()


@pytest.fixture(scope="module")
def all_eager():
    """Run the tests of a module without compilation, which would triple the time of trainings of a few steps."""
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.fixture
def compiling(all_eager):
    """Turn compilation on for one test of such a module."""
    import tensorflow as tf

    tf.config.run_functions_eagerly(False)
    yield
    tf.config.run_functions_eagerly(True)


@pytest.fixture
def steer(toy, monkeypatch):
    """`steer([0.5, 0.2])` sets the losses of the validations; the returned list collects the weights at each."""

    def set_losses(losses: list[float]) -> list[list[np.ndarray]]:
        seen = []

        def steered(network, inputs, repeated):
            probability = np.exp(-losses[len(seen)])
            seen.append(toy.variables(network))
            labels = toy.validation().labels
            logits = np.log([[probability, 1 - probability]] * len(labels))
            return np.where(labels[:, None] == 0, logits, logits[:, ::-1]).astype("float32")

        monkeypatch.setattr("convpipe.training.fit.predict_logits", steered)
        return seen

    return set_losses
