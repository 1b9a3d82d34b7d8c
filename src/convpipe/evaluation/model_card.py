"""The model card of a classifier: intended use, training data, metrics, limits and usage.

The sections follow Mitchell et al. 2019, "Model cards for model reporting".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from convpipe import __version__
from convpipe.data.dataset import Dataset
from convpipe.data.splits import Split
from convpipe.inference.classifier import Classifier
from convpipe.paths import command
from convpipe.registry import METRICS, MODALITIES

#: The name of the card in the folder of a classifier.
CARD = "model_card.md"
#: Maximum number of classes in the list.
MOST_CLASSES = 100


@dataclass(frozen=True)
class Trained:
    """The facts about a training that a card contains.

    Args:
        data: name of the dataset.
        model: name of the model.
        seed: of the run.
        parameters: number of weights of all networks.
        metrics: by part ("validation", "test"); None for a part that was not evaluated.
        notes: lines about the data.
        provenance: command, commit and versions.
    """

    data: str
    model: str
    seed: int
    parameters: int
    metrics: Mapping[str, Mapping[str, float] | None]
    notes: Sequence[str]
    provenance: Mapping[str, str]


def model_card(trained: Trained, dataset: Dataset, split: Split, classifier: Classifier) -> str:
    """Return the card as Markdown.

    Args:
        trained: facts about the training.
        dataset, split: data and parts of the training and evaluation.
        classifier: to describe.
    """
    about = trained.provenance
    networks = len(classifier.networks)
    sizes = f"{len(split.train):,} training, {len(split.validation):,} validation, {len(split.test):,} test samples"
    parts = [
        f"# {trained.model} on {trained.data}",
        _section(
            "Model",
            f"- Task: classification into {len(classifier.class_names)} classes",
            f"- Input: {_input(dataset, classifier)}",
            f"- Networks: {networks}, with {trained.parameters:,} parameters in total",
            f"- Classes: {_classes(classifier.class_names)}",
            f"- Created by: convpipe {__version__}, {date.today().isoformat()}",
        ),
        _section(
            "Intended use",
            "Samples of the same kind as the training data, recorded in the same way. The classifier warns about",
            "other samples, but it always predicts one of its classes: it has no class for anything else.",
        ),
        _section(
            "Data",
            f"- Source: {dataset.source}",
            f"- SHA-256: `{dataset.sha256}`",
            f"- Parts: {sizes}; {split.rule}",
            *(f"- {line}" for line in trained.notes if not line.startswith("parts: ")),
        ),
        _section("Metrics", _metrics(trained.metrics, split)),
        _section("Limits", *(f"- {line}" for line in _limits(dataset, split, classifier))),
        _section(
            "Use", "```sh", f"{command('predict')} THIS_FOLDER new/ --output predictions.csv", "```", "", _python()
        ),
        _section(
            "Training",
            "```sh",
            about.get("command", "unknown"),
            "```",
            "",
            f"- Seed: {trained.seed}",
            f"- Git commit: {about.get('git_commit', 'unknown')}",
            "- Versions: "
            + ", ".join(f"{k.removeprefix('version_')} {v}" for k, v in about.items() if k.startswith("version_")),
        ),
    ]
    return "\n".join(parts)


def _section(title: str, *lines: str) -> str:
    return "\n".join([f"\n## {title}\n", *lines])


def _python() -> str:
    lines = ("from convpipe import Classifier", "", 'Classifier.load("THIS_FOLDER").predict(samples).names')
    return "\n".join(["```python", *lines, "```"])


def _input(dataset: Dataset, classifier: Classifier) -> str:
    preprocessing, plural = classifier.preprocessing, MODALITIES[dataset.modality].plural
    if dataset.modality == "text":
        return "texts"
    shape = " x ".join("any" if size is None else str(size) for size in preprocessing.input_shape)
    rate = f", {dataset.sampling_rate:g} Hz" if dataset.sampling_rate else ""
    channels = f" ({', '.join(dataset.channel_names)})" if dataset.channel_names else ""
    return f"{plural}{channels}{rate}; the classifier preprocesses raw samples to {shape} (channels last)"


def _classes(names: Sequence[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:MOST_CLASSES])
    return shown + (f" and {len(names) - MOST_CLASSES} more" if len(names) > MOST_CLASSES else "")


def _metrics(metrics: Mapping[str, Mapping[str, float] | None], split: Split) -> str:
    known = {part: values for part, values in metrics.items() if values}
    if not known:
        return "Not evaluated."
    keys = dict.fromkeys(key for values in known.values() for key in values if key in METRICS)
    rows = [["metric", *known], ["---"] * (1 + len(known))]
    for key in keys:
        rows.append(
            [METRICS[key].label, *(f"{values[key]:.3f}" if key in values else "-" for values in known.values())]
        )
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    selection = "Epochs and weights were selected on the validation part. " if len(split.validation) else ""
    return f"{table}\n\n{selection}The test part was evaluated once."


def _limits(dataset: Dataset, split: Split, classifier: Classifier) -> list[str]:
    """Return the known reasons why the metrics may be too optimistic or imprecise."""
    counts = np.bincount(dataset.labels[split.train], minlength=len(dataset.class_names))
    limits = []
    if dataset.groups is not None and len(split.test):
        groups = len(np.unique(dataset.groups[split.test]))
        limits.append(
            f"The test part has {groups} group{'s' * (groups != 1)}"
            + ("; with so few, the metrics are imprecise." if groups < 10 else ".")
        )
    if dataset.groups is None:
        limits.append("The data have no groups, so the accuracy on new people, devices or sites may be lower.")
    if counts.min() * 5 < counts.max():
        small, large = dataset.class_names[int(counts.argmin())], dataset.class_names[int(counts.argmax())]
        limits.append(
            f"Classes are imbalanced: {counts.min():,} training samples of `{small}`, {counts.max():,} of `{large}`."
        )
    if classifier.temperature == 1:
        limits.append("Probabilities are not calibrated (training.calibrate).")
    return limits
