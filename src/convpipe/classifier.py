"""The classifier: preprocessing, networks and class names in one folder. Raw series in, names and probabilities out."""

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from convpipe import __version__
from convpipe.convolution.arithmetic import model_cost
from convpipe.errors import ConfigError, ConvpipeError, DataError
from convpipe.models import import_layers
from convpipe.preprocessing.series import SeriesPreprocessing, as_series
from convpipe.training.devices import start_backend

start_backend()  # before what follows imports Keras, whose backend is noisy unless it is started with care

import keras  # noqa: E402

from convpipe.models.blocks import most_steps  # noqa: E402
from convpipe.training.fit import scores  # noqa: E402

#: Raised when the folder's content changes in a way that older code cannot read.
FORMAT = 1


@dataclass(frozen=True)
class Predictions:
    """What a classifier says of n series: names (n strings), probabilities (n, classes) float32 in its class order."""

    names: list[str]
    probabilities: np.ndarray

    def __len__(self) -> int:
        return len(self.names)


@dataclass
class Classifier:
    """One network, or several that vote, with all that raw series need before them.

    Args:
        preprocessing: fitted on the training part.
        networks: Keras models that give logits (batch, classes).
        class_names: in the order of the logits.
        sampling_rate: steps a second (Hz) of the series that it was trained on, None where unknown.

    >>> classifier = Classifier.load("runs/2026-11-22/14-00-00-000000/classifier")   # doctest: +SKIP
    >>> classifier.predict([recording]).names                                        # doctest: +SKIP
    ['row']
    """

    preprocessing: SeriesPreprocessing
    networks: list
    class_names: tuple[str, ...]
    sampling_rate: float | None = None

    def predict(self, series: Sequence, origins: Sequence[str] | None = None) -> Predictions:
        """Names and probabilities of raw series.

        Args:
            series: n arrays of shape (steps, channels), or (steps,) for one channel; they may differ in steps.
            origins: what to call each in an error; its number by default.

        Returns:
            Predictions; the probabilities are the mean over the networks.

        Raises:
            DataError: a series of the wrong channels, with missing values where they are refused, or of a number of
                steps that the network cannot take.
        """
        series = list(series)
        origins = [f"series {number}" for number in range(len(series))] if origins is None else list(origins)
        probabilities = np.zeros((len(series), len(self.class_names)), np.float32)
        for rows in self._batchable(series, origins):
            inputs = self.preprocessing.transform([series[i] for i in rows], [origins[i] for i in rows])
            probabilities[rows] = np.mean([softmax(scores(network, inputs)) for network in self.networks], axis=0)
        return Predictions([self.class_names[i] for i in probabilities.argmax(axis=1)], probabilities)

    def _batchable(self, series: list, origins: list) -> list[np.ndarray]:
        """Rows that may share a batch: all of them behind a mask, else those of equal steps."""
        steps = np.array([len(as_series(each, origin)) for each, origin in zip(series, origins, strict=True)])
        most = most_steps(self.networks[0])
        if most is not None and (steps > most).any():
            wrong = int(np.argmax(steps > most))
            raise DataError(f"{origins[wrong]}: {steps[wrong]} steps, but this network takes at most {most}")
        if len(steps) and steps.min() < self.preprocessing.shortest:
            self._check_few(int(steps.min()), origins[int(steps.argmin())])
        if self.preprocessing.masked and len(steps):
            return [np.arange(len(steps))]
        return [np.flatnonzero(steps == number) for number in np.unique(steps)]

    def _check_few(self, steps: int, origin: str) -> None:
        """Refuse a series, shorter than any that trained, of which the network's kernels would leave nothing."""
        try:
            model_cost(self.networks[0], (steps, self.preprocessing.width))
        except ConfigError as error:
            reason = str(error).rpartition("; ")[2]
            raise DataError(f"{origin}: {steps} steps are too few for this network; {reason}") from None

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
            "preprocessing": self.preprocessing.to_dict(),
        }
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
            import_layers()
            networks = [keras.models.load_model(folder / f"network_{n}.keras") for n in range(about["networks"])]
            preprocessing = SeriesPreprocessing(**about["preprocessing"])
            return cls(preprocessing, networks, tuple(about["class_names"]), about["sampling_rate"])
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
