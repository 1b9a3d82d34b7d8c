"""Train the classifier of a split: preprocessing, number of epochs, one network or an ensemble."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from convpipe import memory, models, preprocessing
from convpipe.backend import seeded
from convpipe.config import Augmentation, Settings
from convpipe.config.data import PATHS
from convpipe.cost.model_cost import ModelCost, model_cost
from convpipe.data.dataset import Dataset, Subset
from convpipe.data.splits import Split, folds_of
from convpipe.data.windows import steps_and_stride
from convpipe.errors import ConfigError
from convpipe.inference.classifier import Classifier, Predictions, prepare
from convpipe.inference.fixed_features import fixed_kernels
from convpipe.inference.temperature import scaled
from convpipe.inference.training_shape import TrainingShape
from convpipe.metrics import measure
from convpipe.models.linear import LinearSettings
from convpipe.preprocessing import Preprocessing
from convpipe.registry import MODALITIES, MODELS
from convpipe.training.batches import Arrays
from convpipe.training.calibration import calibrate
from convpipe.training.fit import FitResult, fit, resolve_schedule
from convpipe.training.linear_solver import bytes_needed, fit_linear
from convpipe.training.read_once import ReadOnce

#: Folds inside the training part when cross-validation chooses the number of epochs.
CHOOSING_FOLDS = 3
#: Difference between the seeds of an ensemble's networks, so that runs with neighboring seeds share none.
MEMBER_STRIDE = 1000

#: Training takes 0.75 to 1.06 times the memory of all layers' outputs, and never less than this fraction.
LEAST_MEMORY = 0.7

#: Returns the Keras callbacks of one training, given its title, its epochs and its name (such as "network_0").
CallbackFactory = Callable[[str, int, str], Sequence]


@dataclass(frozen=True)
class TrainingResult:
    """A trained classifier.

    Args:
        classifier: the networks with their preprocessing.
        fitted: the result of training each network.
        costs: the cost of each network.
        validation: metrics on the validation part, or None.
        calibration: result of `convpipe.training.calibration.calibrate`, or None.
    """

    classifier: Classifier
    fitted: list[FitResult]
    costs: list[ModelCost]
    validation: dict | None
    calibration: dict | None = None


@dataclass(frozen=True)
class PreparedData:
    """Preprocessing fitted on a training part, and the arrays of this part and of the held-out part (or None)."""

    preprocessing: Preprocessing
    train: Arrays
    held_out: Arrays | None


class Trainer:
    """Trains the classifier of one split and predicts its test part.

    The constructor transforms all parts, so that a broken sample is found before hours of training, and keeps them in
    memory as arrays. No sample is read twice, although cross-validation inside the training part transforms its
    samples again.

    Args:
        dataset: the dataset.
        split: its split.
        settings: settings of the run.
        report: called with each line that the user should see.

    Raises:
        DataError, ConfigError: unusable samples, or settings or a network that do not fit the samples.
    """

    def __init__(self, dataset: Dataset, split: Split, settings: Settings, report: Callable[[str], None] = print):
        self.split, self.settings, self.report = split, settings, report
        self.inputs = ReadOnce(dataset.inputs)
        self.dataset = replace(dataset, inputs=self.inputs)
        self.test = self.dataset.subset(split.test)
        self.prepared = self._prepare(split.train, split.validation)
        self.prepared_test = list(prepare(self.prepared.preprocessing, self.test.inputs, self.test.sample_ids))
        self.network = self._build(self.prepared, settings)
        self._check_memory()
        self.training_shape = self._training_shape()
        if not split.cross_validate:
            self.inputs.release()

    def train(self, make_callbacks: CallbackFactory, folder: Path) -> TrainingResult:
        """Train on the training part, and select the weights on the validation part.

        Args:
            make_callbacks: returns the callbacks of each training.
            folder: folder of the checkpoints; each training continues from its checkpoint there, if it has one.

        Raises:
            TrainingError: the loss is not a number.
            KeyboardInterrupt: Ctrl-C; `folder` then contains everything that is needed to continue.
        """
        self.make_callbacks, self.folder = make_callbacks, folder
        stop_after, validation = self._choose_epochs() if self.split.cross_validate else (None, None)
        self.inputs.release()
        size, networks, fitted, weights = self.settings.ensemble.size, [], [], None
        for member in range(size):
            title = f"network {member + 1} of {size}" if size > 1 else ""
            settings = replace(self.settings, seed=self.settings.seed + MEMBER_STRIDE * member)
            networks.append(self._build(self.prepared, settings) if member else self.network)
            fitted.append(self._fit(networks[-1], self.prepared, settings, title, f"network_{member}", stop_after))
        if self.settings.ensemble.linear and self.settings.model.name != "linear":
            settings = replace(self.settings, model=LinearSettings(), augmentation=Augmentation())
            networks.append(self._build(self.prepared, settings))
            fitted.append(self._fit(networks[-1], self.prepared, settings, "the linear network", "linear"))
            weights = [0.5 / size] * size + [0.5]
        classifier, calibration = self._classifier(networks, weights), None
        if self.prepared.held_out is not None:
            validation, calibration = self._validate(classifier, self.prepared.held_out)
        costs = [model_cost(network, self.prepared.preprocessing.input_shape) for network in networks]
        return TrainingResult(classifier, fitted, costs, validation, calibration)

    def _validate(self, classifier: Classifier, held_out: Arrays) -> tuple[dict, dict | None]:
        """Return the metrics on the validation part, and the calibration, which is fitted first if it is on."""
        sample_ids, rows = self.dataset.subset(self.split.validation).sample_ids, np.arange(len(held_out))
        predictions, calibration = classifier.predict_prepared([(rows, held_out.inputs)], len(rows), sample_ids), None
        if self.settings.training.calibrate:
            calibration = calibrate(predictions.probabilities, held_out.labels)
            classifier.temperature = calibration["temperature"]
            probabilities = scaled(predictions.probabilities, classifier.temperature)
            predictions = replace(predictions, probabilities=probabilities)
        return self.measure(held_out.labels, predictions), calibration

    def predict_test(self, classifier: Classifier) -> Predictions:
        """Return the predictions of a classifier for the test part.

        Raises:
            DataError: the network cannot take the number of steps of a sample.
        """
        return classifier.predict_prepared(self.prepared_test, len(self.test), self.test.sample_ids)

    def measure(self, labels: np.ndarray, predictions: Predictions) -> dict:
        """Return the metrics of the run for `predictions`."""
        return measure(labels, predictions.probabilities, self.settings.evaluation.metrics)

    def _training_shape(self) -> TrainingShape:
        """Return sizes and value ranges of the training samples, which are still in memory."""
        window, inputs = self.settings.window, self.dataset.subset(self.split.train).inputs
        has_windows = window.seconds is not None and self.dataset.modality == "series"
        windows = steps_and_stride(self.dataset, window) if has_windows else None
        return TrainingShape.of(inputs, self.dataset.modality, self.dataset.channel_names, windows)

    def _classifier(self, networks: list, weights: list[float] | None) -> Classifier:
        model, dataset = self.settings.model.name, self.dataset
        plugins = dict.fromkeys([MODELS.plugin_of(model), MODALITIES.plugin_of(dataset.modality)])
        arguments = (dataset.class_names, dataset.sampling_rate, weights, tuple(name for name in plugins if name))
        reader = {
            key: value for key, value in asdict(dataset.settings or self.settings.data).items() if key not in PATHS
        }
        return Classifier(self.prepared.preprocessing, networks, *arguments, self.training_shape, reader)

    def _prepare(self, train_rows: np.ndarray, held_out_rows: np.ndarray) -> PreparedData:
        train, held_out = self.dataset.subset(train_rows), self.dataset.subset(held_out_rows)
        fitted = preprocessing.fit(train, self.settings, self.report)

        def arrays(subset: Subset) -> Arrays:
            inputs = fitted.transform(subset.inputs, subset.sample_ids)
            return Arrays(inputs, subset.labels, len(self.dataset.class_names))

        if len(held_out):
            fitted = fitted.admitting(held_out.inputs, held_out.sample_ids)
        prepared = arrays(train)
        return PreparedData(fitted, prepared, arrays(held_out) if len(held_out) else None)

    def _build(self, prepared: PreparedData, settings: Settings):
        """Build a new network."""
        with seeded(settings.seed, settings.training.precision):
            network = models.build(settings.model, prepared.preprocessing.spec(prepared.train.classes))
        # Raise before training if a kernel is larger than the shortest series.
        model_cost(network, prepared.preprocessing.smallest_input_shape)
        return network

    def _check_memory(self) -> None:
        """Refuse batches or features of fixed kernels that certainly do not fit into memory.

        Raises:
            ConfigError: they do not fit; the remedy is a batch size that does, if there is one.
        """
        free = memory.available()
        if free is None:
            return
        if MODELS[self.settings.model.name].solver == "linear":
            return self._check_features(free)
        batch_size = resolve_schedule(self.settings.training, len(self.prepared.train)).batch_size
        half = self.settings.training.precision != "float32"
        per_sample = model_cost(self.network, self.prepared.preprocessing.input_shape).activation_bytes // (1 + half)
        if LEAST_MEMORY * batch_size * per_sample <= free:
            return
        message = f"a batch of {batch_size} samples needs about {memory.gigabytes(batch_size * per_sample)} of memory"
        message += f", but {memory.gigabytes(free)} are free"
        fitting = int(LEAST_MEMORY * free / per_sample)
        remedy = f"set training.batch_size={fitting}" if fitting else "use smaller samples or a smaller network"
        raise ConfigError(message, key="training.batch_size", value=batch_size, remedy=remedy)

    def _check_features(self, free: int) -> None:
        if not fixed_kernels(self.network):
            return
        count, samples = self.network.get_layer("standardization").input.shape[-1], len(self.prepared.train)
        needed = bytes_needed(samples, count)
        if LEAST_MEMORY * needed > free:
            key = "model.features" if hasattr(self.settings.model, "features") else "model.groups"
            value = getattr(self.settings.model, key.partition(".")[2])
            message = f"{count:,} features of {samples:,} samples need about {memory.gigabytes(needed)} of memory"
            message += f", but {memory.gigabytes(free)} are free"
            raise ConfigError(message, key=key, value=value, remedy=f"set {key} to a smaller number")

    def _fit(
        self, network, data: PreparedData, settings: Settings, title: str, name: str, stop_after: int | None = None
    ) -> FitResult:
        """Train a network that `_build` made with the same settings."""
        with seeded(settings.seed, settings.training.precision):
            if MODELS[settings.model.name].solver == "linear":
                return fit_linear(network, data.train, data.held_out, settings, self.make_callbacks(title, 1, name))
            epochs = stop_after or resolve_schedule(settings.training, len(data.train)).epochs
            callbacks = self.make_callbacks(title, epochs, name)
            return fit(network, data.train, data.held_out, settings, callbacks, self.folder / name, stop_after)

    def _choose_epochs(self) -> tuple[int, dict]:
        """Return the number of epochs with the lowest mean validation loss over folds of the training part.

        Also return the metrics of the held-out folds at that epoch, which are slightly optimistic: the folds chose it.
        """
        split, labels = self.split, self.dataset.labels[self.split.train]
        groups = None if self.dataset.groups is None else self.dataset.groups[split.train]
        folds = folds_of(labels, groups, CHOOSING_FOLDS, self.settings.split.seed)
        schedule = vars(resolve_schedule(self.settings.training, len(labels)))
        training = replace(self.settings.training, **schedule, restore_best_weights=False, early_stopping_patience=0)
        settings, histories = replace(self.settings, training=training), []
        for number, (train_idx, held_out) in enumerate(folds, 1):
            prepared = self._prepare(split.train[train_idx], split.train[held_out])
            title = f"choosing epochs, fold {number} of {len(folds)}"
            network = self._build(prepared, settings)
            histories.append(self._fit(network, prepared, settings, title, f"choosing_{number}").history)
        counts = [len(held_out) for _, held_out in folds]
        losses = np.average([history["val_loss"] for history in histories], axis=0, weights=counts)
        accuracies = np.average([history["val_accuracy"] for history in histories], axis=0, weights=counts)
        best = int(np.nanargmin(losses))
        metrics = {"n": sum(counts), "accuracy": float(accuracies[best]), "log_loss": float(losses[best])}
        return best + 1, metrics
