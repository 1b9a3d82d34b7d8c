"""From a split to a classifier: preprocessing, the choice of epochs, one network or several."""

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

#: Folds inside the training part when epochs are chosen by cross-validation.
CHOOSING_FOLDS = 3
#: Networks of an ensemble have seeds this far apart, so that neighboring runs share none.
MEMBER_STRIDE = 1000

#: Training takes 0.75 to 1.06 of the memory of all layers' outputs; less than this fraction it never takes.
SURE = 0.7

#: Gives the Keras callbacks that watch one training, from its title, its epochs and its name (such as "network_0").
Watchers = Callable[[str, int, str], Sequence]


@dataclass(frozen=True)
class TrainingResult:
    """A trained classifier.

    Args:
        classifier: the networks with their preprocessing.
        fitted: how each network was trained.
        costs: what each network costs.
        validation: metrics on the validation part, or None.
        calibration: as `convpipe.training.calibration.calibrate` gives it, or None.
    """

    classifier: Classifier
    fitted: list[FitResult]
    costs: list[ModelCost]
    validation: dict | None
    calibration: dict | None = None


@dataclass(frozen=True)
class PreparedData:
    """Preprocessing fitted on a training part, with the arrays of that part and of the held-out part (or None)."""

    preprocessing: Preprocessing
    train: Arrays
    held_out: Arrays | None


class Trainer:
    """Trains the classifier of one split and predicts its test part.

    All parts are transformed here, so that a broken sample is found before hours of training, and stay in memory as
    arrays. No sample is read twice; choosing epochs by cross-validation transforms those of the training part anew.

    Args:
        dataset: what was read.
        split: its parts.
        settings: of the run.
        report: is handed each line that the user should see.

    Raises:
        DataError, ConfigError: samples that cannot be used, or settings or a network that do not fit them.
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

    def train(self, watchers: Watchers, folder: Path) -> TrainingResult:
        """Train on the training part, choose on the validation part.

        Args:
            watchers: what watches each training.
            folder: where checkpoints are kept; a training whose checkpoint is found there goes on from it.

        Raises:
            TrainingError: the loss is not a number.
            KeyboardInterrupt: Ctrl-C, with everything that is needed to go on in `folder`.
        """
        self.watchers, self.folder = watchers, folder
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
        """The metrics on the validation part, after the temperature was fitted there where that is asked for."""
        sample_ids, rows = self.dataset.subset(self.split.validation).sample_ids, np.arange(len(held_out))
        predictions, calibration = classifier.predict_prepared([(rows, held_out.inputs)], len(rows), sample_ids), None
        if self.settings.training.calibrate:
            calibration = calibrate(predictions.probabilities, held_out.labels)
            classifier.temperature = calibration["temperature"]
            probabilities = scaled(predictions.probabilities, classifier.temperature)
            predictions = replace(predictions, probabilities=probabilities)
        return self.measure(held_out.labels, predictions), calibration

    def predict_test(self, classifier: Classifier) -> Predictions:
        """What a classifier predicts for the test part.

        Raises:
            DataError: samples of a number of steps that its network cannot take.
        """
        return classifier.predict_prepared(self.prepared_test, len(self.test), self.test.sample_ids)

    def measure(self, labels: np.ndarray, predictions: Predictions) -> dict:
        """The metrics of the run for some predictions."""
        return measure(labels, predictions.probabilities, self.settings.evaluation.metrics)

    def _training_shape(self) -> TrainingShape:
        """What the training samples look like; they are held in memory at this time."""
        window, inputs = self.settings.window, self.dataset.subset(self.split.train).inputs
        is_cut = window.seconds is not None and self.dataset.modality == "series"
        cut = steps_and_stride(self.dataset, window) if is_cut else None
        return TrainingShape.of(inputs, self.dataset.modality, self.dataset.channel_names, cut)

    def _classifier(self, networks: list, weights: list[float] | None) -> Classifier:
        model, dataset = self.settings.model.name, self.dataset
        plugins = dict.fromkeys([MODELS.plugin_of(model), MODALITIES.plugin_of(dataset.modality)])
        about = (dataset.class_names, dataset.sampling_rate, weights, tuple(name for name in plugins if name))
        reader = {
            key: value for key, value in asdict(dataset.settings or self.settings.data).items() if key not in PATHS
        }
        return Classifier(self.prepared.preprocessing, networks, *about, self.training_shape, reader)

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
        """A new network."""
        with seeded(settings.seed, settings.training.precision):
            network = models.build(settings.model, prepared.preprocessing.spec(prepared.train.classes))
        # A kernel larger than the shortest series would leave nothing of it: better said now than in training.
        model_cost(network, prepared.preprocessing.smallest_input_shape)
        return network

    def _check_memory(self) -> None:
        """Refuse batches whose activations, or features of fixed kernels that, surely do not fit into memory.

        Raises:
            ConfigError: the remedy is a number that fits, if there is one.
        """
        free = memory.available()
        if free is None:
            return
        if MODELS[self.settings.model.name].solver == "linear":
            return self._check_features(free)
        batch_size = resolve_schedule(self.settings.training, len(self.prepared.train)).batch_size
        half = self.settings.training.precision != "float32"
        a_sample = model_cost(self.network, self.prepared.preprocessing.input_shape).activation_bytes // (1 + half)
        if SURE * batch_size * a_sample <= free:
            return
        needed = memory.gigabytes(batch_size * a_sample)
        message = (
            f"a batch of {batch_size} samples takes about {needed}, but {memory.gigabytes(free)} of memory are free"
        )
        fitting = int(SURE * free / a_sample)
        remedy = f"set training.batch_size={fitting}" if fitting else "use smaller samples or a smaller network"
        raise ConfigError(message, key="training.batch_size", value=batch_size, remedy=remedy)

    def _check_features(self, free: int) -> None:
        if not fixed_kernels(self.network):
            return
        count, samples = self.network.get_layer("standardization").input.shape[-1], len(self.prepared.train)
        needed = bytes_needed(samples, count)
        if SURE * needed > free:
            key = "model.features" if hasattr(self.settings.model, "features") else "model.groups"
            value = getattr(self.settings.model, key.partition(".")[2])
            message = f"{count:,} features of {samples:,} samples take about {memory.gigabytes(needed)}"
            message += f", but {memory.gigabytes(free)} of memory are free"
            raise ConfigError(message, key=key, value=value, remedy=f"set {key} to a smaller number")

    def _fit(
        self, network, data: PreparedData, settings: Settings, title: str, name: str, stop_after: int | None = None
    ) -> FitResult:
        """Train a network that `_build` made by the same settings."""
        with seeded(settings.seed, settings.training.precision):
            if MODELS[settings.model.name].solver == "linear":
                return fit_linear(network, data.train, data.held_out, settings, self.watchers(title, 1, name))
            epochs = stop_after or resolve_schedule(settings.training, len(data.train)).epochs
            watchers = self.watchers(title, epochs, name)
            return fit(network, data.train, data.held_out, settings, watchers, self.folder / name, stop_after)

    def _choose_epochs(self) -> tuple[int, dict]:
        """The epochs with the lowest mean validation loss over folds of the training part, and the metrics of the
        held-out folds at that epoch, which are slightly optimistic because the epoch was chosen on them."""
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
        measured = {"n": sum(counts), "accuracy": float(accuracies[best]), "log_loss": float(losses[best])}
        return best + 1, measured
