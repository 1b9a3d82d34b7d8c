"""The certificate of an exported file: a comparison of its predictions with the classifier's on the test part."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

import numpy as np

from convpipe.data.dataset import IndexedSequence
from convpipe.inference.classifier import Classifier, prepare
from convpipe.inference.evaluation_part import EvaluationPart
from convpipe.inference.export.entry import Entry
from convpipe.inference.export.runtimes import Runtime

#: Two classes are a tie if their probabilities differ by less.
TIE = 1e-5
#: Batch size for files that take several samples.
BATCH = 16
#: Maximum number of timed passes of one sample, and of seconds for all of them.
PASSES, SECONDS = 60, 5.0


@dataclass(frozen=True)
class Certificate:
    """The comparison of an exported file with its classifier.

    Args:
        part: of the comparison: "test" or "validation".
        samples: number of samples in the part.
        same_class: number of samples for which both predict the same class.
        ties: number of other samples for which the classifier gives both classes the same probability.
        largest_difference: of two probabilities, in absolute value.
        accuracy_before: of the classifier.
        accuracy_after: of the exported file.
        latency_ms: median time of one sample.
        timing: how the time was measured.
        runtime: that ran the file.
    """

    part: str
    samples: int
    same_class: int
    ties: int
    largest_difference: float
    accuracy_before: float
    accuracy_after: float
    latency_ms: float
    timing: str
    runtime: str

    @property
    def exact(self) -> bool:
        """Whether every sample has the same class, apart from ties."""
        return self.same_class + self.ties == self.samples

    def as_json(self) -> dict[str, Any]:
        """Return the fields as a dictionary for JSON."""
        return asdict(self)


def certify(
    classifier: Classifier,
    entry: Entry,
    run: Runtime,
    part: EvaluationPart,
    watch: Callable[[float], None] = lambda share: None,
) -> Certificate:
    """Compare an exported file with its classifier on all samples of a part.

    Args:
        classifier: that was exported.
        entry: input of the file.
        run: the file in its runtime.
        part: samples and labels.
        watch: called with the fraction of samples that have been compared.
    """
    inputs = IndexedSequence(part.dataset.inputs, part.rows)
    ids, labels = IndexedSequence(part.dataset.sample_ids, part.rows), part.dataset.labels[part.rows]
    prepared = prepare(classifier.preprocessing, inputs, ids)
    before = classifier.predict_prepared(prepared, len(inputs), ids).probabilities
    after = np.zeros_like(before)
    for rows, batch in _batches(entry, inputs, ids):
        after[rows] = run(batch)
        watch((rows[-1] + 1) / len(inputs))
    same, tied = compared(before, after)
    latency, passes = _latency(entry, inputs, ids, run)
    load = f"load average {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "load unknown"
    return Certificate(
        part=part.name,
        samples=len(inputs),
        same_class=int(same.sum()),
        ties=int((tied & ~same).sum()),
        largest_difference=float(np.abs(after - before).max()),
        accuracy_before=float((before.argmax(1) == labels).mean()),
        accuracy_after=float((after.argmax(1) == labels).mean()),
        latency_ms=latency,
        timing=f"median of {passes} passes of one sample; {os.cpu_count()} cores, {load}",
        runtime=run.name,
    )


def compared(before: np.ndarray, after: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return which samples have the same class, and which have a tie between both classes.

    Args:
        before, after: probabilities (n, classes) of the classifier and of the exported file.

    >>> same, tied = compared(np.array([[0.9, 0.1], [0.5, 0.5]]), np.array([[0.2, 0.8], [0.4, 0.6]]))
    >>> same.tolist(), tied.tolist()
    ([False, False], [False, True])
    """
    first, second = before.argmax(1), after.argmax(1)
    rows = np.arange(len(before))
    return first == second, before[rows, first] - before[rows, second] < TIE


def _batches(entry: Entry, inputs: Sequence, ids: Sequence[str]) -> Iterator[tuple[list[int], np.ndarray]]:
    """Rows, and their samples as one array. Without padding, only samples of equal shape share a batch."""
    rows: list[int] = []
    samples: list[np.ndarray] = []
    for row, (values, sample_id) in enumerate(zip(inputs, ids, strict=True)):
        sample = entry.outside(values, sample_id)
        if samples and (len(samples) == BATCH or (entry.padding is None and sample.shape != samples[0].shape)):
            yield rows, entry.batch(samples)
            rows, samples = [], []
        rows.append(row)
        samples.append(sample)
    if samples:
        yield rows, entry.batch(samples)


def _latency(entry: Entry, inputs: Sequence, ids: Sequence[str], run: Runtime) -> tuple[float, int]:
    """The median time of one sample in milliseconds, and the number of passes."""
    some = range(min(10, len(inputs)))
    samples = [entry.batch([entry.outside(inputs[row], ids[row])]) for row in some]
    for each in samples:
        run(each)
    times: list[float] = []
    began = time.perf_counter()
    while len(times) < PASSES and (time.perf_counter() - began < SECONDS or not times):
        started = time.perf_counter()
        run(samples[len(times) // 6 % len(samples)])  # several passes in a row have the same shape
        times.append(time.perf_counter() - started)
    return 1000 * median(times), len(times)
