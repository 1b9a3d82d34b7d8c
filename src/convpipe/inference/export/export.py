"""Export a classifier: convert, certify and describe it, in a folder that is written completely or not at all."""

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
from convpipe.inference.export.description import description, size_of, versions, write_json, write_preprocessing
from convpipe.inference.export.entry import Entry, entry_of, with_fixed_steps
from convpipe.inference.export.formats import INTEGERS, Format
from convpipe.inference.export.litert_file import arena_bytes
from convpipe.inference.export.runtimes import LiteRt, to_integers
from convpipe.inference.fixed_features import fixed_kernels
from convpipe.schemas import read_settings

#: Number of training samples for calibrating the ranges of integer quantization.
REPRESENTATIVE = 300


@dataclass(frozen=True)
class Export:
    """The result of an export.

    Args:
        folder: of the exported files; it exists unless the certificate failed.
        certificate: None if not requested.
        sizes: size_bytes, multiply_adds and arena_bytes (None if it cannot be measured).
        passed: False if a file that is not quantized predicts other classes than the classifier.
    """

    folder: Path
    certificate: Certificate | None
    sizes: dict[str, int | None]
    passed: bool


def export(
    folder: Path,
    target: Format,
    quantize: str | None = None,
    output: Path | None = None,
    certified: bool = True,
    report: Callable[[str], None] = print,
    watch: Callable[[float], None] = lambda share: None,
) -> Export:
    """Export the classifier in `folder`.

    Args:
        folder: of the classifier.
        target, quantize: the format and the quantization, if any.
        output: folder to write; None: a folder next to the classifier, named after the format.
        certified: whether to compare the file with the classifier on the part on which the run was evaluated.
        report: called with each line for the user.
        watch: called with the fraction of samples that have been compared.

    Raises:
        ConvpipeError: the classifier, its data or the output cannot be used, or the format cannot hold the network.
            Nothing is written then.
    """
    default = folder.parent / "_".join(filter(None, ("export", target.name, quantize)))
    output = (output or default).absolute()
    _check_output(output)
    classifier = Classifier.load(folder)
    entry = entry_of(classifier.preprocessing, target, quantize)
    if target.name == "litert" and any(map(fixed_kernels, classifier.networks)):
        entry = with_fixed_steps(entry, classifier.preprocessing)
    part = _part(folder, certified, quantize)
    samples = _representative(folder, part, entry) if part and quantize in INTEGERS else []
    partial = output.with_name(output.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        path = partial / target.file
        report(f"converting to {target.name}" + (f", {quantize}" if quantize else ""))
        convert(classifier, entry, target, quantize, path, lambda: iter(samples))
        found, sizes = _measured(classifier, entry, target, path, part if certified else None, report, watch)
        done = Export(output, found, sizes, passed=quantize is not None or found is None or found.exact)
        if done.passed:
            _write(classifier, entry, target, quantize, partial, done, _source(folder))
            shutil.rmtree(output, ignore_errors=True)
            partial.rename(output)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return done


def _check_output(output: Path) -> None:
    """Refuse an existing path that is not an earlier export."""
    if output.exists() and not (output / "description.json").is_file():
        message, remedy = "exists and was not written by export", "choose another folder with --output"
        raise ConfigError(message, file=output, key="--output", value=str(output), remedy=remedy)


def _part(folder: Path, certified: bool, quantize: str | None) -> EvaluationPart | None:
    """The part on which the run was evaluated; None if it is not needed."""
    if not certified and quantize not in INTEGERS:
        return None
    try:
        (part,) = evaluation_parts(str(folder))
        return part
    except ConvpipeError as error:
        without = "add --no-certificate to export without one"
        if quantize in INTEGERS:
            without = f"--quantize {quantize} needs samples of the training part; leave it out"
        raise type(error)(error.message, file=error.file, key=error.key, value=error.value, remedy=without) from None


def _representative(folder: Path, part: EvaluationPart, entry: Entry) -> list[np.ndarray]:
    """Samples of the training part, evenly spaced."""
    splits = make_splits(part.dataset, read_settings(record_of(folder) / "config.yaml").split)
    rows = splits[part.fold - 1 if part.fold else 0].train
    some = rows[np.unique(np.linspace(0, len(rows) - 1, REPRESENTATIVE).astype(int))]
    inputs, ids = part.dataset.inputs, part.dataset.sample_ids
    return [entry.outside(inputs[int(row)], ids[int(row)]) for row in some]


def _measured(classifier, entry: Entry, target: Format, path: Path, part: EvaluationPart | None, report, watch):
    """The certificate (None without a part), and the sizes."""
    sizes: dict[str, int | None] = {"size_bytes": size_of(path), "arena_bytes": None}
    shape = classifier.preprocessing.input_shape
    sizes["multiply_adds"] = sum(model_cost(network, shape).multiply_adds for network in classifier.networks)
    if part is None:
        return None, sizes
    first = int(part.rows[0])
    sample = entry.outside(part.dataset.inputs[first], part.dataset.sample_ids[first])
    run = Guarded(target, path)
    report(f"comparing {len(part.rows):,} samples of the {part.name} part in {run.name}")
    if run.input_details is not None:
        sizes["arena_bytes"] = arena_bytes(path, to_integers(sample[None], run.input_details))
    return certify(classifier, entry, run, part, watch), sizes


def _source(folder: Path) -> dict[str, Any]:
    """The run of the classifier and the hash of its data, if result.json has them."""
    source: dict[str, Any] = {"classifier": str(folder)}
    try:
        result = json.loads((record_of(folder) / "result.json").read_text(encoding="utf-8"))
        return source | {key: result[key] for key in ("run_id", "data", "model", "data_sha256") if key in result}
    except (OSError, ValueError):
        return source


def _write(classifier, entry: Entry, target: Format, quantize, partial: Path, done: Export, source: dict) -> None:
    """Write all files except the graph."""
    numbers = _integer_scales(partial / target.file) if quantize in INTEGERS else {}
    write_json(partial / "description.json", description(classifier, entry, target, quantize, numbers, source))
    write_preprocessing(classifier, partial)
    if done.certificate:
        about = {"format": target.name, "quantized": quantize} | done.certificate.as_json() | done.sizes
        write_json(partial / "certificate.json", about | {"source": source, "versions": versions()})


def _integer_scales(path: Path) -> dict[str, dict]:
    """Type, scale and zero point of the input and the output of an integer file."""
    run, found = LiteRt(path), {}
    for name, about in (("input", run.input_details), ("output", run.output_details)):
        scale, zero = about["quantization"]
        if scale:
            found[name] = {"dtype": np.dtype(about["dtype"]).name, "scale": float(scale), "zero_point": int(zero)}
    return found
