"""The classifier: preprocessing, networks and class names in one folder, from raw samples to probabilities."""

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from convpipe import __version__
from convpipe.backend import start_backend
from convpipe.cost.model_cost import model_cost
from convpipe.data.dataset import IndexedSequence
from convpipe.data.ragged import Ragged
from convpipe.errors import ConfigError, ConvpipeError, DataError, PluginError
from convpipe.models.layers import import_all
from convpipe.plugins import require
from convpipe.preprocessing import Preprocessing, default_ids, module_of
from convpipe.preprocessing.series import as_series

start_backend()  # before the following imports: they import Keras, whose backend would print messages

import keras  # noqa: E402

from convpipe.inference.logits import predict_logits  # noqa: E402
from convpipe.inference.network_file import load_network  # noqa: E402
from convpipe.inference.stored import check_about, check_networks  # noqa: E402
from convpipe.inference.temperature import scaled  # noqa: E402
from convpipe.inference.training_shape import TrainingShape, resampled, windows_of  # noqa: E402
from convpipe.models.layers.masking import most_steps  # noqa: E402

#: Version of the folder's format; increased when older code cannot read the new content.
FORMAT = 5

SINGLE = "put a single sample in brackets"


@dataclass(frozen=True)
class Predictions:
    """Predictions of n samples.

    Args:
        names: the predicted classes.
        probabilities: (n, classes) float32, in the order of the classifier's classes.
        sample_ids: id of each sample.
        warnings: a line for each way in which samples differ from the training samples or were converted.
    """

    names: list[str]
    probabilities: np.ndarray
    sample_ids: Sequence[str] = ()
    warnings: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.names)


#: Rows of several samples, and the network's input for them.
Prepared = tuple[np.ndarray, np.ndarray | Ragged]


def prepare(preprocessing: Preprocessing, inputs: Sequence, sample_ids: Sequence[str]) -> Iterator[Prepared]:
    """Transform samples in pieces, so that only one piece is in memory at a time.

    Args:
        preprocessing: fitted.
        inputs: n raw samples.
        sample_ids: id of each sample for error messages.

    Yields:
        Rows, and their transformed samples.

    Raises:
        DataError: a sample cannot be used.
    """
    for rows in preprocessing.batchable(inputs, sample_ids):
        yield rows, preprocessing.transform(IndexedSequence(inputs, rows), IndexedSequence(sample_ids, rows))


@dataclass
class Classifier:
    """One network or an ensemble, with the preprocessing of raw samples.

    Args:
        preprocessing: fitted on the training part.
        networks: Keras models that return logits (batch, classes).
        class_names: in the order of the logits.
        sampling_rate: steps per second (Hz) of the training series, None if unknown.
        weights: of the networks in the mean of their probabilities; None: equal weights.
        plugins: names of the plugins that define its networks or its modality.
        training: steps, channels and ranges of the training samples.
        reader: settings of the reader of the training samples, without paths, to read new files in the same way. None
            if unknown.
        temperature: for scaling of the mean probabilities; 1 without calibration.

    >>> classifier = Classifier.load("runs/2026-11-22/14-00-00-000000/classifier")   # doctest: +SKIP
    >>> classifier.predict([recording]).names                                        # doctest: +SKIP
    ['row']
    """

    preprocessing: Preprocessing
    networks: list
    class_names: tuple[str, ...]
    sampling_rate: float | None = None
    weights: list[float] | None = None
    plugins: tuple[str, ...] = ()
    training: TrainingShape = field(default_factory=TrainingShape)
    reader: dict | None = None
    temperature: float = 1.0

    def predict(
        self,
        inputs: Sequence,
        sample_ids: Sequence[str] | None = None,
        *,
        sampling_rate: float | None = None,
        windows: bool = False,
        repeated: bool = False,
    ) -> Predictions:
        """Predict raw samples.

        If the training recordings were cut into windows, longer recordings are cut too; the result of a recording is
        the mean over its windows.

        Args:
            inputs: n samples of the classifier's modality: series (steps, channels), or (steps,) for one channel, of
                equal or different steps; texts; images (height, width, channels) of any size; volumes.
            sample_ids: id of each sample for error messages; default: modality and number.
            sampling_rate: steps per second (Hz) of the series. If it differs from that of training, they are resampled.
            windows: whether to return a prediction per window instead of one per recording.
            repeated: whether there will be many calls. The networks are compiled then, which takes about a second.

        Returns:
            Predictions. The probabilities are the mean over the networks, weighted by `weights`, scaled by
            `temperature`.

        Raises:
            DataError: a single sample instead of several, or a sample that this classifier cannot take, for example
                with a different number of channels, with missing values that are refused, or with too few or too many
                steps.
        """
        inputs = _as_sequence(inputs, self.preprocessing)
        modality = self.preprocessing.modality
        sample_ids = default_ids(modality, len(inputs)) if sample_ids is None else sample_ids
        warnings = []
        if modality == "series":
            inputs = [as_series(each, sample_id) for each, sample_id in zip(inputs, sample_ids, strict=True)]
            if sampling_rate is not None and self.sampling_rate and sampling_rate != self.sampling_rate:
                inputs = [resampled(each, sampling_rate, self.sampling_rate) for each in inputs]
                warnings.append(f"resampled from {sampling_rate:g} Hz to {self.sampling_rate:g} Hz")
        pieces, piece_ids, owners = self._cut(inputs, sample_ids)
        prepared = prepare(self.preprocessing, pieces, piece_ids)
        predictions = self.predict_prepared(prepared, len(pieces), piece_ids, repeated)
        warnings += self.training.warnings(pieces, modality, piece_ids)
        warnings += self.preprocessing.warnings(pieces, piece_ids)
        probabilities, ids = predictions.probabilities, piece_ids
        if len(pieces) > len(inputs) and not windows:
            starts = np.flatnonzero(np.diff(owners, prepend=-1))
            counts = np.diff(np.append(starts, len(owners)))
            means = np.add.reduceat(probabilities, starts, axis=0) / counts[:, None]
            probabilities, ids = means.astype(np.float32), sample_ids
        names = [self.class_names[i] for i in probabilities.argmax(axis=1)]
        return Predictions(names, probabilities, ids, tuple(warnings))

    def _cut(self, inputs: Sequence, sample_ids: Sequence[str]) -> tuple[Sequence, Sequence[str], np.ndarray]:
        """Cut recordings into windows as in training; return the pieces, their ids, and the recording of each."""
        size, stride = self.training.window_steps, self.training.window_stride
        if size is None or stride is None or not any(len(each) > size for each in inputs):
            return inputs, sample_ids, np.arange(len(inputs))
        places = [(row, at) for row, each in enumerate(inputs) for at in windows_of(len(each), size, stride)]
        pieces = [inputs[row][at : at + size] for row, at in places]
        ids = [
            f"{sample_ids[row]}, steps {at} to {at + len(piece)}"
            for (row, at), piece in zip(places, pieces, strict=True)
        ]
        return pieces, ids, np.array([row for row, _ in places])

    def predict_prepared(
        self,
        prepared: Iterable[Prepared],
        count: int,
        sample_ids: Sequence[str] | None = None,
        repeated: bool = False,
    ) -> Predictions:
        """Predict transformed samples.

        Args:
            prepared: as `prepare` yields them, `count` samples in total.
            count: number of samples.
            sample_ids: id of each sample for error messages; default: modality and number.
            repeated: as for `predict`.

        Raises:
            DataError: a sample has too few or too many steps for the network, or its values overflow in it.
        """
        sample_ids = default_ids(self.preprocessing.modality, count) if sample_ids is None else sample_ids
        probabilities = np.zeros((count, len(self.class_names)), np.float32)
        for rows, inputs in prepared:
            self._check_steps(inputs, IndexedSequence(sample_ids, rows))
            outputs = [predict_logits(network, inputs, repeated) for network in self.networks]
            probabilities[rows] = self.combined(outputs)
            _check_finite(probabilities[rows], IndexedSequence(sample_ids, rows))
        return Predictions([self.class_names[i] for i in probabilities.argmax(axis=1)], probabilities, sample_ids)

    def combined(self, logits: Sequence[np.ndarray]) -> np.ndarray:
        """Return the classifier's probabilities (n, classes) from the logits (n, classes) of each network."""
        return scaled(self.averaged([softmax(each) for each in logits]), self.temperature)

    def averaged(self, outputs: Sequence[np.ndarray]) -> np.ndarray:
        """Return the weighted mean of one array per network."""
        return np.average(outputs, axis=0, weights=self.weights)

    def _check_steps(self, prepared: np.ndarray | Ragged, sample_ids: Sequence[str]) -> None:
        """Refuse samples with more steps than the network takes, or too few steps for its kernels."""
        network, smallest = self.networks[0], self.preprocessing.smallest_input_shape
        most = most_steps(network)
        steps = prepared.steps if isinstance(prepared, Ragged) else np.full(len(prepared), prepared.shape[1])
        if most is not None and steps.max() > most:
            at = int(steps.argmax())
            found = f"{steps[at]} steps, but this network takes at most {most}"
            raise DataError(found, file=sample_ids[at], value=int(steps[at]))
        if steps.min() < smallest[0]:
            at = int(steps.argmin())
            try:
                model_cost(network, (int(steps[at]), *smallest[1:]))
            except ConfigError as error:
                found = f"{steps[at]} steps are too few for this network"
                raise DataError(found, file=sample_ids[at], value=int(steps[at]), remedy=error.remedy) from None

    def save(self, folder: Path | str) -> None:
        """Write the classifier into `folder`, completely or not at all. An existing folder is replaced."""
        about = {"format": FORMAT, "convpipe": __version__, "keras": keras.__version__}
        about |= {"class_names": self.class_names, "sampling_rate": self.sampling_rate, "networks": len(self.networks)}
        about |= {"weights": self.weights, "plugins": self.plugins, "modality": self.preprocessing.modality}
        about |= {"training": self.training.as_json(), "reader": self.reader, "temperature": self.temperature}
        folder = Path(folder)
        partial = folder.with_name(folder.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        try:
            for number, network in enumerate(self.networks):
                network.save(partial / f"network_{number}.keras")
            self.preprocessing.save(partial)
            (partial / "classifier.json").write_text(json.dumps(about, indent=2) + "\n")
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(partial, folder)

    @classmethod
    def load(cls, folder: Path | str) -> "Classifier":
        """Load the classifier that `save` wrote into `folder`.

        Raises:
            ConvpipeError: there is no classifier, or it is broken.
            ConfigError: it was written by a newer or a much older version.
            PluginError: it needs a plugin that the user did not name; the plugin is not imported.
        """
        folder = Path(folder)
        try:
            about = json.loads((folder / "classifier.json").read_text())
            if about["format"] != FORMAT:
                found = f"was written by convpipe {about['convpipe']}, which this convpipe {__version__} cannot read"
                remedy = "update convpipe" if about["format"] > FORMAT else "train again"
                raise ConfigError(found, file=folder, key="format", value=about["format"], remedy=remedy)
            check_about(about, folder)
            require(about["plugins"], str(folder))
            import_all()
            networks = [load_network(folder / f"network_{n}.keras") for n in range(about["networks"])]
            preprocessing = module_of(about["modality"]).load(folder)
            classes, plugins = tuple(about["class_names"]), tuple(about["plugins"])
            check_networks(networks, preprocessing, len(classes))
            training = TrainingShape.from_json(about.get("training"))
            more = {"plugins": plugins, "training": training, "reader": about.get("reader")}
            more |= {"temperature": float(about.get("temperature") or 1)}
            return cls(preprocessing, networks, classes, about["sampling_rate"], about["weights"], **more)
        except (PluginError, MemoryError):
            raise
        except FileNotFoundError:
            remedy = "use the folder classifier/ of a finished run"
            raise ConvpipeError("contains no classifier", file=folder, remedy=remedy) from None
        except Exception as error:  # Keras and tokenizers raise many types of errors for broken files
            if isinstance(error, ConvpipeError) and error.file is not None:
                raise
            reason = str(error).split("\n")[0] or type(error).__name__
            raise ConvpipeError(
                f"contains no readable classifier ({reason})", file=folder, remedy="train again"
            ) from None


def softmax(logits: np.ndarray) -> np.ndarray:
    """Convert logits (n, classes) to probabilities.

    >>> softmax(np.array([[0.0, 0.0]])).tolist()
    [[0.5, 0.5]]
    """
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def _check_finite(probabilities: np.ndarray, sample_ids: Sequence[str]) -> None:
    """Raise DataError if the probabilities of a sample (a row) are not finite."""
    wrong = np.flatnonzero(~np.isfinite(probabilities).all(axis=1))
    if len(wrong):
        message, remedy = "the output of the network is not finite", "check the values of the sample, or train again"
        raise DataError(message, file=sample_ids[int(wrong[0])], remedy=remedy)


def _as_sequence(inputs, preprocessing: Preprocessing) -> Sequence:
    """The inputs as a sequence indexed by position; a pandas Series is indexed by label, so it becomes a list."""
    if isinstance(inputs, (str, bytes, Mapping, Set)) or not isinstance(inputs, Iterable):
        kind = type(inputs).__name__
        raise DataError(f"predict takes a list of samples, not a {kind}", value=kind, remedy=SINGLE)
    if isinstance(inputs, np.ndarray) and inputs.dtype.kind in "buif" and len(inputs):
        # An array that is one sample would be read as one sample per row.
        axes, last = len(preprocessing.input_shape), {getattr(preprocessing, "channels", 1)}
        if preprocessing.modality == "image":
            last |= {1, 3, 4}  # gray, RGB, RGBA; no image is so narrow
        if inputs.ndim < axes or (inputs.ndim == axes and inputs.shape[-1] in last):
            found = f"predict takes a list of samples, not one of shape {inputs.shape}"
            raise DataError(found, value=inputs.shape, remedy=SINGLE)
    return inputs if isinstance(inputs, Sequence) else list(inputs)
