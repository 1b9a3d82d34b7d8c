"""Write the files of an evaluation: evaluation.json, tables, predictions and figures."""

import csv
import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from convpipe import __version__
from convpipe.evaluation.bootstrap import LEVEL, SEED
from convpipe.evaluation.evaluate import Evaluation
from convpipe.evaluation.evaluation_folder import RECORD, WRITER, whole_folder
from convpipe.evaluation.figures.common import confusion_matrix
from convpipe.evaluation.figures.curves import (
    precision_recall_curves,
    reliability_diagram,
    risk_coverage_curve,
    roc_curves,
)
from convpipe.evaluation.paired import Comparison
from convpipe.evaluation.rejection import risk_coverage
from convpipe.evaluation.run_files import write_figure, write_predictions


def write_evaluations(folder: Path, evaluations: Sequence[Evaluation], comparisons: Sequence[Comparison] = ()) -> None:
    """Write evaluations into `folder`, atomically.

    With several classifiers, the tables, predictions and figures of each go to a subfolder 1, 2, ...

    Raises:
        ConfigError: the folder has other content.
    """
    with whole_folder(folder) as partial:
        for number, evaluation in enumerate(evaluations, 1):
            _write_one(partial / str(number) if len(evaluations) > 1 else partial, evaluation)
        first = evaluations[0].answers
        record: dict = {"written_by": WRITER, "convpipe": __version__, "data": first.data, "data_sha256": first.sha256}
        record |= {"samples": len(first), "classes": list(first.class_names)}
        drawn = {"units": first.units.name, "count": first.units.count, "resamples": evaluations[0].resamples}
        record |= {"bootstrap": drawn | {"level": LEVEL, "seed": SEED}}
        record |= {"classifiers": [_as_json(each) for each in evaluations]}
        record |= {"beside_the_first": [asdict(each) for each in comparisons]}
        text = json.dumps(_without_nan(record), indent=2, ensure_ascii=False)
        (partial / RECORD).write_text(text + "\n", encoding="utf-8")


def _as_json(evaluation: Evaluation) -> dict:
    metrics = {
        name: {"value": value} | asdict(evaluation.intervals[name]) for name, value in evaluation.metrics.items()
    }
    return {"classifier": evaluation.answers.classifier, "metrics": metrics}


def _without_nan(value):
    """Replace NaN, which JSON does not have, by None."""
    if isinstance(value, dict):
        return {key: _without_nan(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_nan(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _write_one(folder: Path, evaluation: Evaluation) -> None:
    answers = evaluation.answers
    (folder / "figures").mkdir(parents=True)
    for name in ("classes", "groups", "recordings"):
        if rows := getattr(evaluation, name):
            _write_rows(folder / f"per_{name.removesuffix('es' if name == 'classes' else 's')}.csv", rows)
    write_predictions(folder / "predictions.csv", *answers.predictions, answers.class_names)
    about, context = (answers.labels, answers.probabilities), answers.context
    figures = {
        "confusion_matrix": confusion_matrix(answers.labels, answers.predicted, answers.class_names, context),
        "reliability": reliability_diagram(*about, context),
        "roc": roc_curves(*about, answers.class_names, context),
        "precision_recall": precision_recall_curves(*about, answers.class_names, context),
        "risk_coverage": risk_coverage_curve(risk_coverage(*about), context),
    }
    for name, figure in figures.items():
        write_figure(folder / "figures" / name, figure)


def _write_rows(path: Path, rows: Sequence[dict]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, rows[0])
        table.writeheader()
        for row in rows:
            table.writerow({key: "" if value != value else value for key, value in row.items()})  # NaN != NaN
