"""The classifier: preprocessing, networks and class names in one folder. Samples in, names and probabilities out."""

import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from convpipe import __version__
from convpipe.convolution.arithmetic import model_cost
from convpipe.data.ragged import Ragged
from convpipe.data.samples import Chosen
from convpipe.errors import ConfigError, ConvpipeError, DataError
from convpipe.models import import_layers
from convpipe.preprocessing import Preprocessing, named, of_kind
from convpipe.training.devices import start_backend

start_backend()  # before what follows imports Keras, whose backend is noisy unless it is started with care

import keras  # noqa: E402

from convpipe.models.blocks import most_steps  # noqa: E402
from convpipe.training.fit import scores  # noqa: E402

#: Raised when the folder's content changes in a way that older code cannot read.
FORMAT = 3


@dataclass(frozen=True)
class Predictions:
    """What a classifier says of n samples: names (n strings), probabilities (n, classes) float32 in its class order."""

    names: list[str]
    probabilities: np.ndarray

    def __len__(self) -> int:
        return len(self.names)


@dataclass
class Classifier:
    """One network, or several that vote, with all that raw samples need before them.

    Args:
        preprocessing: fitted on the training part.
        networks: Keras models that give logits (batch, classes).
        class_names: in the order of the logits.
        sampling_rate: steps a second (Hz) of the series that it was trained on, None where unknown.
        votes: the weight of each network, None where all count alike.

    >>> classifier = Classifier.load("runs/2026-11-22/14-00-00-000000/classifier")   # doctest: +SKIP
    >>> classifier.predict([recording]).names                                        # doctest: +SKIP
    ['row']
    """

    preprocessing: Preprocessing
    networks: list
    class_names: tuple[str, ...]
    sampling_rate: float | None = None
    votes: list[float] | None = None

    def predict(self, inputs: Sequence, origins: Sequence[str] | None = None) -> Predictions:
        """Names and probabilities of raw samples.

        Args:
            inputs: n samples of the kind that it was trained on: series (steps, channels), or (steps,) for one
                channel, which may differ in steps; texts; images (height, width, channels) of any size; volumes.
            origins: what to call each in an error; its kind and number by default.

        Returns:
            Predictions; the probabilities are the mean over the networks, weighed by their votes.

        Raises:
            DataError: a single sample instead of several; or one that this classifier cannot take, such as one of the
                wrong channels, with missing values where they are refused, or of a number of steps that the network
                cannot take.
        """
        preprocessing = self.preprocessing
        inputs = _by_position(inputs)
        _refuse_single(inputs, preprocessing)
        origins = named(preprocessing.kind, len(inputs)) if origins is None else origins
        probabilities = np.zeros((len(inputs), len(self.class_names)), np.float32)
        for rows in preprocessing.together(inputs, origins):
            these, names = Chosen(inputs, rows), Chosen(origins, rows)
            prepared = preprocessing.transform(these, names)
            self._check_steps(prepared, names)
            probabilities[rows] = self.voted([softmax(scores(network, prepared)) for network in self.networks])
        return Predictions([self.class_names[i] for i in probabilities.argmax(axis=1)], probabilities)

    def voted(self, answers: Sequence[np.ndarray]) -> np.ndarray:
        """The mean of what each network answers, an array each, weighed by its vote."""
        return np.average(answers, axis=0, weights=self.votes)

    def _check_steps(self, prepared: np.ndarray | Ragged, origins: Sequence[str]) -> None:
        """Refuse samples of more steps than the network takes, or so few that its kernels would leave nothing."""
        network, smallest = self.networks[0], self.preprocessing.smallest_input_shape
        most = most_steps(network)
        steps = prepared.steps if isinstance(prepared, Ragged) else np.full(len(prepared), prepared.shape[1])
        if most is not None and steps.max() > most:
            at = int(steps.argmax())
            raise DataError(f"{origins[at]}: {steps[at]} steps, but this network takes at most {most}")
        if steps.min() < smallest[0]:
            at = int(steps.argmin())
            try:
                model_cost(network, (int(steps[at]), *smallest[1:]))
            except ConfigError as error:
                reason = str(error).rpartition("; ")[2]
                raise DataError(f"{origins[at]}: {steps[at]} steps are too few for this network; {reason}") from None

    def save(self, folder: Path | str) -> None:
        """Write everything into `folder`, which is there whole or not at all; an older one is replaced."""
        folder = Path(folder)
        partial = folder.with_name(folder.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        try:
            self._write(partial)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(partial, folder)

    def _write(self, folder: Path) -> None:
        for number, network in enumerate(self.networks):
            network.save(folder / f"network_{number}.keras")
        about = {
            "format": FORMAT,
            "convpipe": __version__,
            "keras": keras.__version__,
            "class_names": list(self.class_names),
            "sampling_rate": self.sampling_rate,
            "networks": len(self.networks),
            "votes": self.votes,
            "kind": self.preprocessing.kind,
        }
        self.preprocessing.save(folder)
        (folder / "classifier.json").write_text(json.dumps(about, indent=2) + "\n")

    @classmethod
    def load(cls, folder: Path | str) -> "Classifier":
        """The classifier in `folder`, as `save` left it.

        Raises:
            ConvpipeError: there is no classifier, it is broken, or it was written by a newer version.
        """
        folder = Path(folder)
        try:
            about = json.loads((folder / "classifier.json").read_text())
            if about["format"] > FORMAT:
                raise ConfigError(
                    f"{folder} was written by convpipe {about['convpipe']}; this is {__version__}: update"
                )
            if about["format"] < FORMAT:
                raise ConfigError(f"{folder} was written by an older convpipe, which this one cannot read: train anew")
            import_layers()
            networks = [keras.models.load_model(folder / f"network_{n}.keras") for n in range(about["networks"])]
            preprocessing = of_kind(about["kind"]).load(folder)
            return cls(preprocessing, networks, tuple(about["class_names"]), about["sampling_rate"], about["votes"])
        except FileNotFoundError:
            raise ConvpipeError(
                f"{folder} holds no classifier; name the folder classifier/ of a finished run"
            ) from None
        except (KeyError, TypeError, ValueError, OSError, BadZipFile) as error:
            reason = str(error).split("\n")[0]
            raise ConvpipeError(f"{folder} holds no classifier that can be read ({reason})") from None


def softmax(logits: np.ndarray) -> np.ndarray:
    """Logits (n, classes) to probabilities.

    >>> softmax(np.array([[0.0, 0.0]])).tolist()
    [[0.5, 0.5]]
    """
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def _by_position(inputs) -> Sequence:
    """What is asked, found by its place: a column of a table, which pandas finds by its label, becomes a list."""
    if isinstance(inputs, (str, bytes, Mapping, Set)) or not isinstance(inputs, Iterable):
        raise DataError(f"predict takes a list of samples, not a {type(inputs).__name__}; put a single one in brackets")
    return inputs if isinstance(inputs, (Sequence, np.ndarray, Ragged)) else list(inputs)


def _refuse_single(inputs, preprocessing: Preprocessing) -> None:
    """An array that is a sample by itself would be taken for as many samples as it has rows."""
    if not isinstance(inputs, np.ndarray) or inputs.dtype.kind not in "buif" or not len(inputs):
        return
    axes, last = len(preprocessing.input_shape), {getattr(preprocessing, "channels", 1)}
    if preprocessing.kind == "image":
        last |= {1, 3, 4}  # grey, colour, with transparent parts; no image is so narrow
    if inputs.ndim < axes or (inputs.ndim == axes and inputs.shape[-1] in last):
        raise DataError(
            f"predict takes a list of samples, not one of shape {inputs.shape}; put a single one in brackets"
        )
