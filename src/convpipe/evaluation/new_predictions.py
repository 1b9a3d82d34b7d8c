"""Predictions for new samples, which are read, predicted and written in chunks."""

import sys
import time
from collections.abc import Callable, Iterator
from itertools import chain, islice
from pathlib import Path
from queue import Queue
from threading import Thread

import numpy as np

from convpipe.data.new_samples import each_line_once
from convpipe.errors import ConvpipeError
from convpipe.evaluation.prediction_file import columns_of, prediction_file, rows_of
from convpipe.inference.classifier import Classifier, Predictions
from convpipe.inference.new_samples import NewSamples, read_new
from convpipe.metrics import log_loss
from convpipe.preprocessing.warned import Warnings
from convpipe.training.progress import duration

#: Seconds between two lines of progress.
REPORT_EVERY = 10.0


def predict_new(
    folder: Path,
    inputs: list[str],
    output: Path | None,
    probabilities: bool,
    windows: bool,
    say: Callable[[str], None],
) -> None:
    """Predict the samples in files and folders, and write the predictions.

    Args:
        folder: of the classifier.
        inputs: files, folders, or "-".
        output: the file; None for standard output.
        probabilities: whether to write a column for each class.
        windows: whether to write a row for each window of a recording.
        say: called with each line for the user.

    Raises:
        ConvpipeError: a problem that the user can solve; the output file is then unchanged.
    """
    _check_output(output, inputs)
    classifier = Classifier.load(folder)
    columns, score, progress = columns_of(classifier.class_names, probabilities), _Score(classifier), _Progress(say)
    warnings = Warnings(say)
    with prediction_file(output, columns) as write:
        pieces = _ahead(read_new(classifier, inputs, each_line_once(say)))
        first = list(islice(pieces, 2))
        several = len(first) > 1
        for piece in chain(first, pieces):
            about = {"windows": windows, "repeated": several}
            predictions = classifier.predict(piece.inputs, piece.sample_ids, sampling_rate=piece.sampling_rate, **about)
            warnings.add(predictions.warnings)
            write(rows_of(predictions, probabilities))
            score.add(piece, predictions)
            progress.add(len(piece), piece.share)
    progress.end()
    warnings.end()
    for line in score.lines():
        say(line)
    if output is not None:
        say(f"wrote {output}: predictions of {progress.done:,} samples")


def _check_output(output: Path | None, inputs: list[str]) -> None:
    """Refuse an output that would overwrite an input, or that the next prediction would read as one.

    Raises:
        ConvpipeError: the output is an input, or is in an input folder.
    """
    for place in inputs:
        if (
            output is not None
            and place != "-"
            and Path(place).resolve() in (output.resolve(), *output.resolve().parents)
        ):
            message = "is in an input folder" if Path(place).is_dir() else "is an input file"
            raise ConvpipeError(message, file=output, key="--output", value=str(output), remedy="choose another file")


def _ahead(pieces: Iterator[NewSamples]) -> Iterator[NewSamples]:
    """Yield the chunks; a thread reads the next one while the current one is predicted."""
    waiting: Queue = Queue(1)

    def read() -> None:
        try:
            for piece in pieces:
                waiting.put((piece, None))
            waiting.put((None, None))
        except BaseException as error:
            waiting.put((None, error))

    Thread(target=read, daemon=True).start()
    while True:
        piece, error = waiting.get()
        if error is not None:
            raise error
        if piece is None:
            return
        yield piece


class _Score:
    """Accuracy and log loss over the labeled samples."""

    def __init__(self, classifier: Classifier):
        self.index = {name: number for number, name in enumerate(classifier.class_names)}
        self.count, self.correct, self.loss = 0, 0, 0.0

    def add(self, piece: NewSamples, predictions: Predictions) -> None:
        """Add a chunk; skipped if each window has its own row."""
        rows = [row for row, label in enumerate(piece.labels) if label is not None]
        if not rows or len(predictions) != len(piece):
            return
        labels = np.array([self.index[str(piece.labels[row])] for row in rows])
        probabilities = predictions.probabilities[rows].astype(np.float64)
        self.correct += int((probabilities.argmax(axis=1) == labels).sum())
        self.loss += len(rows) * log_loss(labels, probabilities)
        self.count += len(rows)

    def lines(self) -> Iterator[str]:
        """Yield one line if any sample is labeled."""
        if self.count:
            accuracy, loss = self.correct / self.count, self.loss / self.count
            yield f"{self.count:,} labeled samples: accuracy {accuracy:.3f}, log loss {loss:.3f}"


class _Progress:
    """Report the number of predicted samples: on a terminal in one changing line, else every `REPORT_EVERY` seconds."""

    def __init__(self, say: Callable[[str], None]):
        self.say, self.live = say, sys.stderr.isatty()
        self.done, self.started, self.reported = 0, time.perf_counter(), time.perf_counter()

    def add(self, count: int, share: float | None) -> None:
        """Add samples.

        Args:
            count: number of samples.
            share: the fraction of all work that is done after them; None if unknown.
        """
        self.done += count
        now = time.perf_counter()
        line = f"{self.done:,} samples, {self.done / (now - self.started):,.0f} per second"
        if share:
            line += f", {duration((now - self.started) * (1 - share) / share)} left"
        if self.live:
            print(f"\r\x1b[2K{line}", end="", file=sys.stderr, flush=True)
        elif now - self.reported > REPORT_EVERY:
            self.reported = now
            self.say(line)

    def end(self) -> None:
        """Erase the line."""
        if self.live and self.done:
            print("\r\x1b[2K", end="", file=sys.stderr, flush=True)
