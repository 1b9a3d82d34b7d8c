"""Versions of a classifier under one name in MLflow's model registry; one version is the champion."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from convpipe import paths
from convpipe.errors import ConfigError, ConvpipeError, TrackingError
from convpipe.experiment.run_record import hash_tag
from convpipe.experiment.tracking import FOLD, existing_store
from convpipe.inference.evaluation_part import fold_of, record_of

ALIAS = "champion"
#: Hashes that must be equal if two runs have the same parts.
PARTS = ("data_sha256", "split_sha256")


@dataclass(frozen=True)
class Candidate:
    """The model that a run logged.

    Args:
        classifier: its folder.
        run_id: of the run.
        model_uri: of the model in MLflow.
        hashes: of the run's data and parts, and the number of the fold.
        score: one line with model, data and accuracies.
    """

    classifier: Path
    run_id: str
    model_uri: str
    hashes: dict
    score: str = ""


@dataclass(frozen=True)
class Champion:
    """The present champion.

    Args:
        version: its number.
        model_uri: of the model that it was registered from.
        hashes: as in `Candidate`; empty if its run is no longer in the store.
    """

    version: str
    model_uri: str
    hashes: dict


def candidate_of(classifier: Path) -> Candidate:
    """Return the model of the run that trained a classifier.

    Raises:
        ConvpipeError: the classifier is not in the folder of a run, or the run was not tracked or has not finished.
    """
    file, fold = record_of(classifier) / "result.json", fold_of(classifier)
    if not file.is_file():
        message = "is not in the folder of a run"
        raise ConvpipeError(message, file=classifier, key="run", remedy="use the folder of a tracked run")
    result = json.loads(file.read_text(encoding="utf-8"))
    own = result["folds"][fold - 1] if fold and "folds" in result else result
    if not result.get("run_id"):
        message, remedy = "this run was not tracked", "train again, and set tracking.enabled=true"
        raise ConvpipeError(message, file=file.parent, key="tracking.enabled", value=False, remedy=remedy)
    if not own.get("model_uri"):
        status = result.get("status")
        message = f"this run has not logged its model (its status is {status})"
        remedy = "wait until it has finished" if status == "running" else "train again"
        raise ConvpipeError(message, file=file.parent, key="status", value=status, remedy=remedy)
    measured = [f"{part} accuracy {own[part]['accuracy']:.3f}" for part in ("validation", "test") if own.get(part)]
    score = f"{result['model']} on {result['data']}: {', '.join(measured) or 'not measured'}"
    hashes = {key: result.get(key) for key in PARTS} | {"fold": fold}
    return Candidate(classifier, result["run_id"], own["model_uri"], hashes, score)


class Registered:
    """The versions of a registered model.

    Args:
        name: of the registered model; it need not exist yet.

    Raises:
        ConfigError: MLflow refuses the name.
        TrackingError: the store cannot be opened; by the methods: it cannot be read or written.
    """

    def __init__(self, name: str):
        if not re.fullmatch(r"[^/:\s][^/:]*", name):
            message = f"{name!r} is not a valid name of a registered model"
            raise ConfigError(message, key="NAME", value=name, remedy="use a name without / and :")
        self.name, self.client = name, existing_store()

    def champion(self) -> Champion | None:
        """Return the present champion, if there is one."""
        from mlflow.exceptions import MlflowException

        with self._asking():
            try:
                version = self.client.get_registered_model(self.name).aliases.get(ALIAS)
            except MlflowException as error:
                if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                    raise
                return None
            if version is None:
                return None
            found = self.client.get_model_version(self.name, version)
            return Champion(str(version), found.source, self._hashes(found))

    def _hashes(self, version) -> dict:
        """The hashes of the run that a version came from."""
        from mlflow.exceptions import MlflowException

        try:
            tags = self.client.get_run(version.run_id).data.tags
            if FOLD in tags:  # a fold is nested in the run that has the hashes
                tags = self.client.get_run(tags["mlflow.parentRunId"]).data.tags
            name = self.client.get_logged_model(version.source.removeprefix("models:/")).name
        except MlflowException:
            return {}
        fold = re.search(r"-fold-(\d+)$", name)
        return {part: tags.get(hash_tag(part)) for part in PARTS} | {"fold": int(fold[1]) if fold else None}

    def register(self, candidate: Candidate, description: str) -> str:
        """Register the candidate's model, or update the description if it is registered, and return its version.

        Args:
            candidate: the model.
            description: of the version.
        """
        from mlflow.exceptions import MlflowException

        with self._asking():
            try:
                self.client.create_registered_model(self.name)
            except MlflowException as error:
                if error.error_code not in ("RESOURCE_ALREADY_EXISTS", "ALREADY_EXISTS"):
                    raise
            for known in self.client.search_model_versions(f"run_id = '{candidate.run_id}'"):
                if (known.name, known.source) == (self.name, candidate.model_uri):
                    self.client.update_model_version(self.name, known.version, description)
                    return str(known.version)
            about = {"run_id": candidate.run_id, "description": description}
            return str(self.client.create_model_version(self.name, candidate.model_uri, **about).version)

    def crown(self, version: str) -> None:
        """Move the alias `champion` to a version."""
        with self._asking():
            self.client.set_registered_model_alias(self.name, ALIAS, version)

    @contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # MLflow raises errors of many kinds
            reason = str(error).strip().split("\n")[0]
            message = f"the registered model {self.name} cannot be read or written ({reason})"
            remedy = "set MLFLOW_TRACKING_URI to the store that contains the run"
            raise TrackingError(message, file=paths.store_uri(), key="NAME", value=self.name, remedy=remedy) from error
