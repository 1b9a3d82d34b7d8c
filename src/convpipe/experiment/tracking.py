"""Recording runs in MLflow, in one store for all working directories."""

import getpass
import json
import logging
import re
import shlex
import sqlite3
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import closing, contextmanager
from importlib.metadata import version
from pathlib import Path

from convpipe import paths
from convpipe.errors import TrackingError
from convpipe.experiment.logged_data import LoggedPart
from convpipe.experiment.moved_store import ARTIFACTS, follow_move
from convpipe.experiment.tracking_log import quieten
from convpipe.mlflow_import import import_mlflow

log = logging.getLogger("convpipe")

#: Packages that a served classifier needs. MLflow's own search for them would start a process and take seconds.
SERVED_WITH = ("tensorflow", "keras", "numpy", "omegaconf", "hydra-core")

#: The tag that names the fold of a nested run.
FOLD = "fold"
#: The files of an input example: for MLflow's page, and as a request to the server.
EXAMPLE_FILES = ("input_example.json", "serving_input_example.json")

#: The package, whose code is logged with each classifier, and the file that MLflow runs to load one.
PACKAGE = Path(paths.__file__).parent
SERVED_MODEL = PACKAGE / "inference" / "serving" / "model.py"


@contextmanager
def _alone(path: Path):
    """Hold an exclusive lock: two processes that open a new store at once would both try to create its tables."""
    with closing(sqlite3.connect(path, timeout=300, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield


def _client(mlflow, uri: str):
    quieten()
    mlflow.set_tracking_uri(uri)
    return mlflow.MlflowClient(tracking_uri=uri)


def open_store(experiment: str):
    """Return a client of the store and the experiment's id. Create both if they are missing.

    Raises:
        TrackingError: the store cannot be opened or written.
    """
    mlflow, uri = import_mlflow(), paths.store_uri()
    file = paths.store_file(uri)
    try:
        if file is None:
            client = _client(mlflow, uri)
            return client, _experiment(client, experiment, None)
        _check_home(file)
        file.parent.mkdir(parents=True, exist_ok=True)
        with _alone(file.with_name(file.name + ".lock")), _whole_or_not_at_all(file):
            follow_move(file)
            client = _client(mlflow, uri)
            return client, _experiment(client, experiment, file.parent / ARTIFACTS)
    except TrackingError:
        raise
    except Exception as error:
        raise _cannot("open", uri, error) from error


def existing_store():
    """Return a client of the store, which must exist.

    Raises:
        TrackingError: there is no store, or it cannot be opened.
    """
    mlflow, uri = import_mlflow(), paths.store_uri()
    file = paths.store_file(uri)
    if file is not None and not file.exists():
        remedy = f"train first: {paths.command('train')}, or set MLFLOW_TRACKING_URI to another store"
        raise TrackingError("there is no tracking store yet", file=file, value=uri, remedy=remedy)
    try:
        if file is not None:
            with _alone(file.with_name(file.name + ".lock")):
                follow_move(file)
        return _client(mlflow, uri)
    except Exception as error:
        raise _cannot("open", uri, error) from error


def _check_home(file: Path) -> None:
    """Refuse a folder whose models MLflow could not load: MLflow decodes paths as if they were URLs."""
    escape = re.search(r"%[0-9A-Fa-f]{2}", str(file))
    if escape:
        message = f"the tracking store cannot be in {file.parent}: MLflow decodes {escape[0]} in a folder's name"
        remedy = "rename the folder, set CONVPIPE_HOME to another folder, or set tracking.enabled=false"
        raise TrackingError(message, key="CONVPIPE_HOME", value=str(file.parent), remedy=remedy)


@contextmanager
def _whole_or_not_at_all(file: Path):
    """Remove a database whose creation failed, since MLflow cannot use an incomplete one."""
    new = not file.exists()
    try:
        yield
    except BaseException:
        if new:
            file.unlink(missing_ok=True)
        raise


def _experiment(client, name: str, artifacts: Path | None) -> str:
    """The id of the experiment. Artifacts of an SQLite store go next to the database, not to the working directory."""
    found = client.get_experiment_by_name(name)
    if found:
        if found.lifecycle_stage == "deleted":
            message = f"the experiment {name} was deleted in MLflow"
            restore = f"mlflow experiments restore -x {found.experiment_id}"
            remedy = "set tracking.experiment=NAME, or restore it: "
            remedy += f"MLFLOW_TRACKING_URI={shlex.quote(paths.store_uri())} {restore}"
            raise TrackingError(message, key="tracking.experiment", value=name, remedy=remedy)
        return found.experiment_id
    place = paths.file_address(artifacts / name) if artifacts else None
    try:
        # With this tag, MLflow shows its pages for trained models instead of those for language models.
        tags = {"mlflow.experimentKind": "custom_model_development"}
        return client.create_experiment(name, artifact_location=place, tags=tags)
    except Exception:
        found = client.get_experiment_by_name(name)  # another run may have created it on the same server
        if not found:
            raise
        return found.experiment_id


def _cannot(verb: str, uri: str, error: Exception) -> TrackingError:
    reason = str(getattr(error, "orig", None) or error).strip().split("\n")[0]
    home = "CONVPIPE_HOME to a folder or " if uri == paths.home_store_uri() else ""
    remedy = f"set {home}MLFLOW_TRACKING_URI to a writable store, or set tracking.enabled=false"
    return TrackingError(f"cannot {verb} the tracking store {uri} ({reason})", value=uri, remedy=remedy)


class Tracker:
    """One run in MLflow; each fold of a cross-validated run is a run nested in it.

    Methods that take a `fold` write to the run of that fold, such as "fold_1"; "" is the run itself.

    Args:
        experiment: name of the experiment.
        name: name of the run.
        parent: id of the parent run, if any.
        run_id: id of a run to continue; None: a new run.
        system_metrics: whether the load of processor, memory and disk is recorded during the run.

    Raises:
        TrackingError: the store cannot be opened or written; methods raise it too.
    """

    def __init__(
        self,
        experiment: str,
        name: str,
        parent: str | None = None,
        run_id: str | None = None,
        system_metrics: bool = False,
    ):
        self.client, self.experiment_id = open_store(experiment)
        self.name = name
        self.models: dict = {}
        self.parts: dict[tuple[str, str], LoggedPart] = {}
        self.lacks_epochs, self.monitor = False, None
        with self._writing():
            if run_id is None or not self._knows(run_id):
                run_id = self._new_run(name, parent)
            self.run_id: str = run_id
            self.client.update_run(run_id, status="RUNNING")
            self.runs = {"": run_id, **self._folds_of(run_id)}
            if system_metrics:
                from mlflow.system_metrics.system_metrics_monitor import SystemMetricsMonitor

                self.monitor = SystemMetricsMonitor(run_id, resume_logging=True)
                self.monitor.start()

    def _new_run(self, name: str, parent: str | None) -> str:
        tags = {"mlflow.source.name": Path(sys.argv[0]).name, "mlflow.source.type": "LOCAL"}
        tags |= {"mlflow.user": getpass.getuser()} | ({"mlflow.parentRunId": parent} if parent else {})
        return self.client.create_run(self.experiment_id, run_name=name, tags=tags).info.run_id

    def _knows(self, run_id: str) -> bool:
        """Whether the store holds the run."""
        from mlflow.exceptions import MlflowException

        try:
            self.client.get_run(run_id)
        except MlflowException:
            return False
        return True

    def _folds_of(self, run_id: str) -> dict[str, str]:
        """The runs of the folds of a continued run, by fold."""
        found = self.client.search_runs([self.experiment_id], f"tags.`mlflow.parentRunId` = '{run_id}'")
        return {run.data.tags[FOLD]: run.info.run_id for run in found if FOLD in run.data.tags}

    def _run_of(self, fold: str) -> str:
        if fold not in self.runs:
            self.runs[fold] = self._new_run(f"{self.name}, {fold.replace('_', ' ')}", self.run_id)
            self.client.set_tag(self.runs[fold], FOLD, fold)
        return self.runs[fold]

    @contextmanager
    def _writing(self):
        try:
            yield
        except Exception as error:
            raise _cannot("write", paths.store_uri(), error) from error

    def prepare(self) -> None:
        """Save an empty model while the network trains, so that logging the classifier later is quick.

        Before its first model, MLflow searches every installed package, which takes longer than the logging itself.
        """
        import mlflow

        with self._writing(), tempfile.TemporaryDirectory() as folder:
            mlflow.pyfunc.save_model(f"{folder}/model", **_served("series"))

    def wait(self) -> None:
        """Do nothing, since every method writes at once."""

    def parameters(self, values: dict, tags: dict | None = None) -> None:
        """Log settings and tags. Replace characters that MLflow refuses in keys, and shorten long values."""
        from mlflow.entities import Param, RunTag

        parameters = [Param(re.sub(r"[^\w\-. :/]", "_", key), str(value)[:6000]) for key, value in values.items()]
        named = [RunTag(key, str(value)) for key, value in (tags or {}).items()]
        with self._writing():
            self.client.log_batch(self.run_id, params=parameters, tags=named)

    def describe(self, markdown: str) -> None:
        """Set the description on the page of the run."""
        self.parameters({}, {"mlflow.note.content": markdown})

    def data(self, parts: Sequence[LoggedPart], fold: str = "") -> None:
        """Log the parts of the data as inputs of the run."""
        from mlflow.entities import Dataset, DatasetInput, InputTag

        inputs = []
        for part in parts:
            source, schema = json.dumps({"uri": part.source}), json.dumps(_schema(part.shape))
            known = Dataset(part.name, part.digest, "local", source, schema, json.dumps(part.profile))
            tags = [InputTag("mlflow.data.context", part.context), InputTag("sha256", part.sha256)]
            inputs.append(DatasetInput(known, tags))
            self.parts[fold, part.context] = part
        with self._writing():
            self.client.log_inputs(self._run_of(fold), inputs)

    def metrics(self, values: Mapping[str, float | None], step: int = 0, fold: str = "", model: str = "") -> None:
        """Log metrics. Values that are not finite are left out.

        Args:
            values: by name.
            step: the epoch; 0 for metrics of the whole run.
            fold: name of the fold, "" for the run itself.
            model: name of the logged model that was measured, "" if unset.
        """
        from mlflow.entities import Metric

        now, logged = int(time.time() * 1000), []
        with self._writing():
            run_id = self._run_of(fold)
            for name, value in values.items():
                if value is not None and abs(value) < float("inf"):
                    about = self._measured(name, fold, model) if model in self.models else {}
                    logged.append(Metric(name, float(value), now, step, run_id=run_id, **about))
            self.client.log_batch(run_id, metrics=logged)

    def _measured(self, name: str, fold: str, model: str) -> dict[str, str]:
        """The model and the dataset that a metric such as "test_accuracy" belongs to."""
        part = self.parts.get((fold, {"test": "testing"}.get(name.split("_")[0], name.split("_")[0])))
        known = {"dataset_name": part.name, "dataset_digest": part.digest} if part else {}
        return {"model_id": self.models[model].model_id} | known

    def epoch(self, values: Mapping[str, float | None], step: int, fold: str = "") -> None:
        """Log the metrics of an epoch. After a failure, warn once and log no more epochs: a training may take hours."""
        if not self.lacks_epochs:
            try:
                self.metrics(values, step, fold)
            except TrackingError:
                self.lacks_epochs = True
                log.warning(f"warning: the tracking store cannot be written; metrics from epoch {step} on are missing")

    def folder(self, folder: Path, inside: str, fold: str = "") -> None:
        """Log every file of `folder`."""
        with self._writing():
            self.client.log_artifacts(self._run_of(fold), str(folder), inside)

    def file(self, path: Path, fold: str = "") -> None:
        """Log one file."""
        with self._writing():
            self.client.log_artifact(self._run_of(fold), str(path))

    def classifier(
        self, folder: Path, name: str, fold: str = "", example: dict | None = None, parameters: dict | None = None
    ) -> None:
        """Log a classifier's folder as a model that takes raw samples.

        Args:
            folder: of the classifier.
            name: of the model.
            fold: name of the fold, "" for the run itself.
            example: an example of a request to the served model, if any.
            parameters: settings for the page of the model.
        """
        import mlflow

        modality = json.loads((folder / "classifier.json").read_text())["modality"]
        with self._writing():
            run_id = self._run_of(fold)
            with mlflow.start_run(run_id=run_id, nested=True):
                logged = mlflow.pyfunc.log_model(
                    name=name,
                    artifacts={"classifier": paths.file_address(folder)},
                    code_paths=[str(PACKAGE)],
                    params={key: str(value)[:250] for key, value in (parameters or {}).items()},
                    **_served(modality),
                )
            self.models[name] = logged
            if example is not None:
                self._log_example(logged, example)
            # The block above marks the run as finished, but more folds may follow.
            self.client.update_run(run_id, status="RUNNING")

    def _log_example(self, logged, example: dict) -> None:
        """Add an input example to a logged model. MLflow's own method would load the classifier to try the example."""
        from mlflow.models import Model

        with tempfile.TemporaryDirectory() as folder:
            for file in EXAMPLE_FILES:
                (Path(folder) / file).write_text(json.dumps(example))
            model = Model.load(logged.model_uri)
            about = {"type": "json_object", "artifact_path": EXAMPLE_FILES[0], "serving_input_path": EXAMPLE_FILES[1]}
            model.saved_input_example_info = about
            model.save(str(Path(folder) / "MLmodel"))
            self.client.log_model_artifacts(logged.model_id, folder)

    def model_uri(self, name: str) -> str:
        """Return the `models:/` URI of a logged classifier."""
        return self.models[name].model_uri

    def finish(self, status: str) -> None:
        """End the run and the runs of its folds as FINISHED, FAILED or KILLED."""
        with self._writing():
            if self.monitor:
                self.monitor.finish()
            for run_id in reversed(self.runs.values()):
                self.client.set_terminated(run_id, status)


def _schema(shape: tuple[int, ...] | None) -> dict:
    """The schema of samples of a shape (None: texts) and of their labels, for MLflow's pages."""
    if shape is None:
        columns = [{"name": name, "type": "string", "required": True} for name in ("text", "label")]
        return {"mlflow_colspec": columns}
    features = [{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, *shape]}}]
    targets = [{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}]
    return {"mlflow_tensorspec": {"features": json.dumps(features), "targets": json.dumps(targets)}}


def _served(modality: str) -> dict:
    """The arguments by which MLflow saves a model that takes raw samples."""
    requirements = [f"{name}=={version(name)}" for name in SERVED_WITH]
    config = {"modality": modality}
    return {"python_model": str(SERVED_MODEL), "model_config": config, "pip_requirements": requirements}


class NullTracker:
    """Replaces a Tracker if tracking is off: every method does nothing."""

    run_id = None

    def __getattr__(self, name):
        return lambda *args, **kwargs: None
