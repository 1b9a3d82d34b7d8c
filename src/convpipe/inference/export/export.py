"""Export a classifier: convert it, certify it, describe it, in a folder that is there whole or not at all."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from convpipe.cost.model_cost import model_cost
from convpipe.data.splits import make_splits
from convpipe.errors import ConfigError, ConvpipeError
from convpipe.inference.classifier import Classifier
from convpipe.inference.evaluation_part import EvaluationPart, evaluation_parts, record_of
from convpipe.inference.export.certificate import Certificate, certify
from convpipe.inference.export.conversion import Guarded, convert
from convpipe.inference.export.description import description, size_of, versions, write_beside, write_json
from convpipe.inference.export.entry import Entry, entry_of, with_fixed_steps
from convpipe.inference.export.formats import INTEGERS, Format
from convpipe.inference.export.litert_file import arena_bytes
from convpipe.inference.export.runtimes import LiteRt, whole_numbers
from convpipe.inference.fixed_features import fixed_kernels
from convpipe.schemas import read_settings

#: Samples of the training part from which the ranges of whole numbers are learned.
REPRESENTATIVE = 300


@dataclass(frozen=True)
class Export:
    """What came of an export.

    Args:
        folder: with everything; it is there unless the certificate failed.
        certificate: None where none was asked for.
        sizes: size_bytes, multiply_adds and arena_bytes (None where it cannot be had).
        passed: False where a file of floating point gives other classes than the classifier.
    """

    folder: Path
    certificate: Certificate | None
    sizes: dict[str, int | None]
    passed: bool


def export(
    folder: Path,
    chosen: Format,
    quantize: str | None = None,
    output: Path | None = None,
    certified: bool = True,
    report: Callable[[str], None] = print,
    watch: Callable[[float], None] = lambda share: None,
) -> Export:
    """Export the classifier in `folder`.

    Args:
        folder: of the classifier.
        chosen, quantize: the format, and how it is quantized.
        output: folder that receives everything; None: beside the classifier, by the name of the format.
        certified: whether the file is compared with the classifier on the part that its run was evaluated on.
        report: is handed each line that the user should see.
        watch: is handed the share of the samples that were compared.

    Raises:
        ConvpipeError: the classifier, its data or the output cannot be used, or the format cannot hold the network;
            nothing is written then.
    """
    beside = folder.parent / "_".join(filter(None, ("export", chosen.name, quantize)))
    output = (output or beside).absolute()
    _check_output(output)
    classifier = Classifier.load(folder)
    entry = entry_of(classifier.preprocessing, chosen, quantize)
    if chosen.name == "litert" and any(map(fixed_kernels, classifier.networks)):
        entry = with_fixed_steps(entry, classifier.preprocessing)
    part = _part(folder, certified, quantize)
    samples = _representative(folder, part, entry) if part and quantize in INTEGERS else []
    partial = output.with_name(output.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        path = partial / chosen.file
        report(f"converting to {chosen.name}" + (f", {quantize}" if quantize else ""))
        convert(classifier, entry, chosen, quantize, path, lambda: iter(samples))
        found, sizes = _measured(classifier, entry, chosen, path, part if certified else None, report, watch)
        done = Export(output, found, sizes, passed=quantize is not None or found is None or found.exact)
        if done.passed:
            _write(classifier, entry, chosen, quantize, partial, done, _source(folder))
            shutil.rmtree(output, ignore_errors=True)
            partial.rename(output)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return done


def _check_output(output: Path) -> None:
    """Refuse a place that holds something else than an older export."""
    if output.exists() and not (output / "description.json").is_file():
        message, remedy = "is there already, and is no export", "name another folder by --output"
        raise ConfigError(message, file=output, key="--output", value=str(output), remedy=remedy)


def _part(folder: Path, certified: bool, quantize: str | None) -> EvaluationPart | None:
    """What the run was evaluated on; None where it is not needed."""
    if not certified and quantize not in INTEGERS:
        return None
    try:
        (part,) = evaluation_parts(str(folder))
        return part
    except ConvpipeError as error:
        without = "add --no-certificate to export without one"
        if quantize in INTEGERS:
            without = "whole numbers need samples of the training part; leave out --quantize"
        raise type(error)(error.message, file=error.file, key=error.key, value=error.value, remedy=without) from None


def _representative(folder: Path, part: EvaluationPart, entry: Entry) -> list[np.ndarray]:
    """Samples of the training part, evenly spaced."""
    splits = make_splits(part.dataset, read_settings(record_of(folder) / "config.yaml").split)
    rows = splits[part.fold - 1 if part.fold else 0].train
    some = rows[np.unique(np.linspace(0, len(rows) - 1, REPRESENTATIVE).astype(int))]
    inputs, ids = part.dataset.inputs, part.dataset.sample_ids
    return [entry.outside(inputs[int(row)], ids[int(row)]) for row in some]


def _measured(classifier, entry: Entry, chosen: Format, path: Path, part: EvaluationPart | None, report, watch):
    """The certificate (None without a part), and the sizes."""
    sizes: dict[str, int | None] = {"size_bytes": size_of(path), "arena_bytes": None}
    shape = classifier.preprocessing.input_shape
    sizes["multiply_adds"] = sum(model_cost(network, shape).multiply_adds for network in classifier.networks)
    if part is None:
        return None, sizes
    first = int(part.rows[0])
    sample = entry.outside(part.dataset.inputs[first], part.dataset.sample_ids[first])
    run = Guarded(chosen, path)
    report(f"comparing {len(part.rows):,} samples of the {part.name} part in {run.name}")
    if run.taken is not None:
        sizes["arena_bytes"] = arena_bytes(path, whole_numbers(sample[None], run.taken))
    return certify(classifier, entry, run, part, watch), sizes


def _source(folder: Path) -> dict[str, Any]:
    """The run that left the classifier and the hash of its data, as far as its files say."""
    source: dict[str, Any] = {"classifier": str(folder)}
    try:
        result = json.loads((record_of(folder) / "result.json").read_text(encoding="utf-8"))
        return source | {key: result[key] for key in ("run_id", "data", "model", "data_sha256") if key in result}
    except (OSError, ValueError):
        return source


def _write(classifier, entry: Entry, chosen: Format, quantize, partial: Path, done: Export, source: dict) -> None:
    """Everything beside the file of the graph."""
    numbers = _whole_numbers(partial / chosen.file) if quantize in INTEGERS else {}
    write_json(partial / "description.json", description(classifier, entry, chosen, quantize, numbers, source))
    write_beside(classifier, partial)
    if done.certificate:
        about = {"format": chosen.name, "quantized": quantize} | done.certificate.as_json() | done.sizes
        write_json(partial / "certificate.json", about | {"source": source, "versions": versions()})


def _whole_numbers(path: Path) -> dict[str, dict]:
    """Type, scale and zero point of the input and the output of a file of whole numbers."""
    run, found = LiteRt(path), {}
    for name, about in (("input", run.taken), ("output", run.given)):
        scale, zero = about["quantization"]
        if scale:
            found[name] = {"dtype": np.dtype(about["dtype"]).name, "scale": float(scale), "zero_point": int(zero)}
    return found
