"""From a split to a classifier: preprocessing, the choice of epochs, one network or several."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from convpipe import config, models, preprocessing
from convpipe.classifier import Classifier
from convpipe.config import Settings
from convpipe.convolution.arithmetic import ModelCost, model_cost
from convpipe.data.batches import Arrays
from convpipe.data.samples import Part, Samples
from convpipe.data.splits import Split, folds_of
from convpipe.evaluation.metrics import measure
from convpipe.preprocessing import Preprocessing
from convpipe.training.closed_form import fit_closed_form
from convpipe.training.devices import seeded
from convpipe.training.fit import Fitted, fit, plan

#: Folds inside the training part when epochs are chosen by cross-validation.
CHOOSING_FOLDS = 3
#: Networks of an ensemble have seeds this far apart, so that neighbouring runs share none.
MEMBER_STRIDE = 1000

#: Gives the Keras callbacks that watch one training, from its title, its epochs and its name (such as "network_0").
Watchers = Callable[[str, int, str], Sequence]


@dataclass(frozen=True)
class Trained:
    """A classifier, how its networks were found, what each of them costs, and the figures of the validation or None."""

    classifier: Classifier
    fitted: list[Fitted]
    costs: list[ModelCost]
    validation: dict | None


@dataclass(frozen=True)
class Prepared:
    """Preprocessing fitted on a training part, with the arrays of that part and of the one that watches (or None)."""

    preprocessing: Preprocessing
    train: Arrays
    held: Arrays | None


class Trainer:
    """Trains the classifier of one split.

    Args:
        samples: what was read.
        split: its parts; the test part is checked, so that a broken series is found before hours of training, and
            nothing else.
        settings: of the run.
        report: is handed each line that the user should see.

    Raises:
        DataError, ConfigError: samples that cannot be used, or settings or a network that do not fit them.
    """

    def __init__(self, samples: Samples, split: Split, settings: Settings, report: Callable[[str], None] = print):
        self.samples, self.split, self.settings, self.report = samples, split, settings, report
        self.prepared = self._prepare(samples.take(split.train), samples.take(split.validation))
        test = samples.take(split.test)
        self.prepared.preprocessing.check(test.inputs, test.origins)
        self._network(self.prepared, settings, settings.seed)

    def train(self, watchers: Watchers, folder: Path) -> Trained:
        """Train on the training part, choose on the validation part.

        Args:
            watchers: what watches each training.
            folder: where states for resuming are kept; a training whose state is found there goes on from it.

        Raises:
            TrainingError: the loss is not a number.
            KeyboardInterrupt: Ctrl-C, with everything that is needed to go on in `folder`.
        """
        self.watchers, self.folder = watchers, folder
        stop_after, measured = self._choose_epochs() if self.split.cross else (None, None)
        size, members, votes = self.settings.ensemble.size, [], None
        for member in range(size):
            title = f"network {member + 1} of {size}" if size > 1 else ""
            seed = self.settings.seed + MEMBER_STRIDE * member
            members.append(self._fit(self.prepared, self.settings, seed, title, f"network_{member}", stop_after))
        if self.settings.ensemble.linear and self.settings.model.name != "linear":
            linear = replace(self.settings, model=config.Linear(), augmentation=config.Augmentation())
            members.append(self._fit(self.prepared, linear, linear.seed, "the linear network", "linear", None))
            votes = [0.5 / size] * size + [0.5]
        networks, fitted = zip(*members, strict=True)
        samples, prepared = self.samples, self.prepared
        classifier = Classifier(
            prepared.preprocessing, list(networks), samples.class_names, samples.sampling_rate, votes
        )
        validation = samples.take(self.split.validation)
        if len(validation):
            predictions = classifier.predict(validation.inputs, validation.origins)
            measured = measure(validation.labels, predictions.probabilities)
        costs = [model_cost(network, prepared.preprocessing.input_shape) for network in networks]
        return Trained(classifier, list(fitted), costs, measured)

    def _prepare(self, train: Part, held: Part) -> Prepared:
        fitted = preprocessing.fit(train, self.settings, self.report)

        def arrays(part: Part) -> Arrays | None:
            if not len(part):
                return None
            inputs = fitted.transform(part.inputs, part.origins)
            return Arrays(inputs, part.labels, len(self.samples.class_names))

        return Prepared(fitted, arrays(train), arrays(held))

    def _network(self, prepared: Prepared, settings: Settings, seed: int):
        """A new network."""
        with seeded(seed, settings.training.precision):
            network = models.build(settings.model, prepared.preprocessing.shape(prepared.train.classes))
        # A kernel larger than the shortest series would leave nothing of it: better said now than in training.
        model_cost(network, prepared.preprocessing.smallest_input_shape)
        return network

    def _fit(self, prepared: Prepared, settings: Settings, seed: int, title: str, name: str, stop_after: int | None):
        """One network, built and trained from its seed, and how it was found."""
        solved = settings.model.name in models.SOLVED
        epochs = 1 if solved else stop_after or plan(settings.training, len(prepared.train)).epochs
        network = self._network(prepared, settings, seed)
        find = fit_closed_form if solved else fit
        with seeded(seed, settings.training.precision):
            fitted = find(
                network,
                prepared.train,
                prepared.held,
                settings.training,
                settings.augmentation,
                seed,
                self.watchers(title, epochs, name),
                self.folder / name,
                stop_after,
            )
        return network, fitted

    def _choose_epochs(self) -> tuple[int, dict]:
        """The epochs with the lowest mean validation loss over folds of the training part, and the figures of the
        held-out folds at that epoch: a little too good, since it was chosen on them."""
        split, labels = self.split, self.samples.labels[self.split.train]
        groups = None if self.samples.groups is None else self.samples.groups[split.train]
        folds = folds_of(labels, groups, CHOOSING_FOLDS, self.settings.split.seed)
        decided = plan(self.settings.training, len(labels))
        training = replace(
            self.settings.training,
            epochs=decided.epochs,
            batch_size=decided.batch_size,
            validate_every=decided.validate_every,
            best_weights=False,
            patience=0,
        )
        settings, histories = replace(self.settings, training=training), []
        for number, (kept, held) in enumerate(folds, 1):
            prepared = self._prepare(self.samples.take(split.train[kept]), self.samples.take(split.train[held]))
            title = f"choosing epochs, fold {number} of {len(folds)}"
            _, fitted = self._fit(prepared, settings, settings.seed, title, f"choosing_{number}", None)
            histories.append(fitted.history)
        return _best_epoch(histories, [len(held) for _, held in folds])


def _best_epoch(histories: list[dict], counts: list[int]) -> tuple[int, dict]:
    """The best epoch, counted from 1, of the mean course of several trainings, each weighed by its samples."""
    losses = np.average([history["val_loss"] for history in histories], axis=0, weights=counts)
    accuracies = np.average([history["val_accuracy"] for history in histories], axis=0, weights=counts)
    best = int(np.nanargmin(losses))
    return best + 1, {"n": sum(counts), "accuracy": float(accuracies[best]), "log_loss": float(losses[best])}
