"""One run: read and split the data, train, evaluate, record."""

import gc
import logging
import shutil
from contextlib import contextmanager
from dataclasses import asdict, replace
from importlib import import_module
from pathlib import Path
from threading import Thread

from convpipe.backend import start_backend
from convpipe.config import Settings
from convpipe.config.schema import flat
from convpipe.data import check_window, load
from convpipe.data.notes import dataset_notes
from convpipe.data.published import published
from convpipe.data.splits import Split, check_hashes, hashes_of, make_splits
from convpipe.errors import TrackingError, TrainingError
from convpipe.experiment.laps import Laps
from convpipe.experiment.logged_data import input_example, logged_parts
from convpipe.experiment.run_folder import check_resumed, exclusive, stopped_run
from convpipe.experiment.run_result import combined, description, final_metrics, split_results, write_published
from convpipe.log_file import file_only, log_file
from convpipe.models import check_augmentation, check_fits
from convpipe.overrides import pasteable
from convpipe.paths import command
from convpipe.plugins import require
from convpipe.preprocessing import check_settings as check_preprocessing
from convpipe.progress_bar import status
from convpipe.registry import METRICS, MODALITIES, READERS
from convpipe.tables import plain_console
from convpipe.training.calibration import check_validation
from convpipe.user_errors import is_full
from convpipe.workers import cores

log = logging.getLogger("convpipe")


def run(
    settings: Settings,
    folder: Path,
    keep_tracking: bool = False,
    background: bool = False,
    expected: dict[str, str] | None = None,
) -> dict:
    """Run `settings` and write all results into `folder`.

    Args:
        settings: of the run. With training.resume, the folder and the settings of the stopped run are used instead.
        folder: of the run.
        keep_tracking: whether a continued run takes its tracking settings from `settings`, such as another store.
        background: whether a separate process writes to MLflow, so that the run need not wait for it.
        expected: data_sha256 and split_sha256 that the run must have; None: any.

    Returns:
        The content of result.json.

    Raises:
        ConvpipeError: an error that the user can correct. Nothing is written if it occurs before the training.
        KeyboardInterrupt: Ctrl-C; training.resume can continue the run.
    """
    resumes = bool(settings.training.resume)
    if settings.training.resume:
        folder = Path(settings.training.resume).expanduser().absolute()
        stopped = stopped_run(folder)
        settings = replace(stopped, tracking=settings.tracking) if keep_tracking else stopped
    check(settings)
    with exclusive(folder, resumes):
        return _run(settings, folder, resumes, background, expected)


@contextmanager
def tracking(settings: Settings, background: bool):
    """Yield a function that starts the run in MLflow; a recorder process ends with the block."""
    if not (background and settings.tracking.enabled):
        from convpipe.experiment.tracking import Tracker

        yield Tracker
        return
    from convpipe.experiment.recorder import Recorder

    recorder = Recorder()
    try:
        yield recorder.start
    finally:
        recorder.close()


def _run(settings: Settings, folder: Path, resumes: bool, background: bool, expected: dict[str, str] | None) -> dict:
    """Run `settings` in a folder that this process has locked."""
    notes: list[str] = []
    laps = Laps()

    def report(line: str) -> None:
        notes.append(line)
        log.info(line)

    dataset = load(settings.data, settings.window, report)
    splits = make_splits(dataset, settings.split)
    check_validation(settings, splits)
    hashes = hashes_of(dataset, splits)
    if expected is not None:
        check_hashes(hashes, expected, dataset.source, "restore the data of the run")
    for note in dataset_notes(dataset, splits[0]):
        report(f"warning: {note}" if note.is_alarm else str(note))
    laps.end("data")
    with tracking(settings, background) as start_tracker:
        start_backend()
        from convpipe.experiment.run_record import RunRecord
        from convpipe.training.trainer import Trainer

        laps.end("backend")
        # One fold is in memory at a time. The first is prepared before anything is recorded: it covers every sample, so
        # any unusable sample is reported here.
        trainer = Trainer(dataset, splits[0], settings, report)
        # Matplotlib is needed only for the figures at the end, so it is imported while the network trains.
        Thread(target=import_module, args=["convpipe.evaluation.run_files"]).start()
        laps.end("preparation")
        resumed = list(check_resumed(folder, hashes, cores())) if resumes else []
        with (
            RunRecord(settings, folder, hashes, start_tracker) as record,
            log_file(folder / "log.txt"),
            resumable(folder),
        ):
            for line in (record.result["provenance"]["command"], *notes):
                file_only.info(line)
            for line in resumed:
                log.info(line)
            record.notes(notes)
            laps.end("tracking")
            folds = [_train_fold(trainer, record, laps, _context(settings, splits[0], len(splits)))]
            for split in splits[1:]:
                del trainer
                gc.collect()
                trainer = Trainer(dataset, split, settings, log.info)
                laps.end("preparation")
                folds.append(_train_fold(trainer, record, laps, _context(settings, split, len(splits))))
            record.result |= combined(folds)
            if len(folds) > 1:
                record.tracker.metrics(final_metrics(record.result))
            write_published(record.result, folder / "published.csv")
            record.tracker.describe(description(record.result, folder))
            record.result["split_rule"] = splits[0].rule
            record.result["seconds"] = laps.seconds
            if settings.tracking.report:
                with status("writing the report"):
                    record.write_report()
                laps.end("report")
            with status("storing the run"):
                record.tracker.wait()
            laps.end("tracking")
            from convpipe.evaluation.report import closing_table

            table = closing_table(record.result, published(settings.data.name))
            _log_table(table)
            shutil.rmtree(folder / "state", ignore_errors=True)
        _show(table, record.result, folder)
        return record.result | record.hashes


def check(settings: Settings) -> None:
    """Refuse conflicting settings before any data are read.

    Raises:
        ConfigError: settings conflict, or a metric is unknown; the message names the setting.
        PluginError: the settings need a plugin that was not named on the command line.
    """
    require(settings.plugins, "the configuration")
    modality = MODALITIES[READERS[settings.data.reader].modality]
    check_preprocessing(settings, modality.name)
    check_window(settings.data, settings.window)
    check_fits(settings.model, modality.axes, modality.name == "text")
    check_augmentation(settings.model, settings.augmentation, modality.name)
    check_validation(settings)
    for name in settings.evaluation.metrics:
        METRICS[name]


@contextmanager
def resumable(folder: Path):
    """Show how to continue the run in `folder` if the training is interrupted or the disk is full."""
    resume = f"{command('train')} {pasteable('training.resume', folder)}"
    try:
        yield
    except (KeyboardInterrupt, TrackingError):
        if (folder / "state").exists():
            log.info(f"to continue: {resume}", extra={"whole": True})
        raise
    except Exception as error:
        if not is_full(error):
            raise
        place, remedy = getattr(error, "filename", None) or folder, f"free some space, then continue: {resume}"
        raise TrainingError("the disk is full", file=place, remedy=remedy) from error


def _context(settings: Settings, split: Split, folds: int):
    """The dataset, model, seed and part that the titles of the figures name."""
    from convpipe.evaluation.figures.context import FigureContext, part_name

    fold = None if split.fold is None else split.fold + 1
    part = part_name(split.evaluated_on, fold, folds)
    return FigureContext(settings.data.name, settings.model.name, settings.seed, part)


def _train_fold(trainer, record, laps: Laps, context) -> dict:
    """Train and evaluate one split, and return its results for result.json."""
    split, dataset, settings, fold = trainer.split, trainer.dataset, trainer.settings, ""
    if split.fold is not None:
        fold = f"fold_{split.fold + 1}"
    log.info(split.rule)
    folder = record.folder / fold
    record.tracker.data(logged_parts(dataset, split, settings.data.name), fold)
    trained = trainer.train(_watchers(record.tracker, fold), record.folder / "state" / fold)
    laps.end("training")
    from convpipe.evaluation.model_card import CARD
    from convpipe.evaluation.recordings import measure_recordings
    from convpipe.evaluation.run_files import write_figures, write_layers, write_predictions

    trained.classifier.save(folder / "classifier")
    laps.end("saving")
    with status(f"testing on {len(trainer.test):,} samples"):
        predictions = trainer.predict_test(trained.classifier)
    labels = trainer.test.labels
    measured = trainer.measure(labels, predictions)
    measured |= measure_recordings(labels, predictions.probabilities, trainer.test.recordings)
    write_predictions(folder / "predictions.csv", trainer.test, predictions, dataset.class_names)
    write_layers(folder / "layers.csv", trained.costs[0])
    laps.end("evaluation")
    result = split_results(trained, split, measured, folder)
    _write_card(folder / "classifier" / CARD, result, trainer, trained.classifier, record)
    name = "-".join([settings.data.name, settings.model.name, *([fold.replace("_", "-")] if fold else [])])
    parameters = flat({"model": asdict(settings.model), "seed": settings.seed})
    record.tracker.classifier(folder / "classifier", name, fold, input_example(dataset, split), parameters)
    about = (dataset, trainer.test, predictions, trained.classifier, trained.fitted[0], context)
    with status("drawing figures"):
        warnings = list(write_figures(folder / "figures", *about))
    for line in warnings:
        log.warning(line)
    record.tracker.folder(folder / "figures", "figures", fold)
    laps.end("figures")
    with status("storing the classifier"):
        result["model_uri"] = record.tracker.model_uri(name)
    laps.end("tracking")
    record.tracker.metrics(final_metrics(result), 0, fold, name)
    return result


def _write_card(path: Path, result: dict, trainer, classifier, record) -> None:
    """Write the model card into the classifier's folder. A failure is only a warning: the classifier is stored."""
    from convpipe.evaluation.model_card import Trained, model_card

    settings, about = trainer.settings, record.result
    metrics = {part: result[part] for part in ("validation", "test")}
    names = (settings.data.name, settings.model.name, settings.seed, result["parameters"])
    trained = Trained(*names, metrics, about.get("data_notes", []), about["provenance"])
    try:
        path.write_text(model_card(trained, trainer.dataset, trainer.split, classifier) + "\n", encoding="utf-8")
    except Exception as error:
        log.warning(f"warning: {path.name} could not be written ({type(error).__name__}: {error})")


def _watchers(tracker, fold: str):
    """Return a function that makes the callbacks of a training: progress on the terminal, and tracking of epochs."""
    from convpipe.training.callbacks import EpochTracking
    from convpipe.training.progress import progress

    def watch(title: str, epochs: int, name: str) -> list:
        title = ", ".join(part for part in (fold.replace("_", " "), title) if part)
        return [progress(title, epochs), EpochTracking(tracker, fold, "" if name == "network_0" else name)]

    return watch


def _log_table(table) -> None:
    """Write the closing table to the run's log file."""
    console = plain_console(width=80, color_system=None)
    with console.capture() as shown:
        console.print(table)
    for line in shown.get().splitlines():
        file_only.info(line.rstrip())


def _show(table, result: dict, folder: Path) -> None:
    """Print the closing table, the folder of the run, and how to compare it with others."""
    plain_console().print(table)
    here = Path.cwd()
    log.info(f"results: {folder.relative_to(here) if folder.is_relative_to(here) else folder}")
    if result["run_id"]:
        log.info(f"compare with other runs: {command('ui')}", extra={"whole": True})
