"""A Tracker in a process of its own: MLflow is imported while TensorFlow is, and written to while the network trains.

A run sends calls to its recorder's standard input and reads an answer to each from its standard output. A recorder ends
when its run does, however that ends, since its input is closed then.
"""

import importlib
import logging
import os
import pickle
import signal
import subprocess
import sys
from contextlib import suppress
from functools import partial

from convpipe import paths
from convpipe.errors import TrackingError
from convpipe.experiment.tracking import Tracker
from convpipe.mlflow_import import import_mlflow
from convpipe.workers import Workers

log = logging.getLogger("convpipe")


class Recorder:
    """Does what a Tracker does without keeping its caller waiting; errors are raised by `wait` and what waits.

    Its process starts at once, and `start` begins a run in MLflow.
    """

    def __init__(self):
        command, pipe = [sys.executable, "-m", "convpipe.experiment.recorder", sys.argv[0]], subprocess.PIPE
        # A process group of its own: Ctrl-C ends the run, which then ends its recorder.
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, process_group=0)
        self._caller, self._posted, self._ended = Workers(self._call), [], False

    def start(self, *arguments) -> "Recorder":
        """Begin a run; the arguments are those of a Tracker.

        Raises:
            TrackingError: the store cannot be opened or written.
        """
        self.run_id = self._caller.submit("start", *arguments).result()
        self._post("prepare")
        return self

    def __getattr__(self, method: str):
        """Any other method of a Tracker, without its answer."""
        return partial(self._post, method)

    def model_uri(self, name: str) -> str:
        """The `models:/` address of a classifier, once it is logged."""
        self.wait()
        return self._caller.submit("model_uri", name).result()

    def wait(self) -> None:
        """Wait until everything is written.

        Raises:
            TrackingError: the first thing that could not be.
        """
        posted, self._posted = self._posted, []
        for each in posted:
            each.result()

    def finish(self, status: str) -> None:
        """End the run as FINISHED, FAILED or KILLED, once everything is written.

        Raises:
            TrackingError: something could not be written.
        """
        self._post("finish", status)
        self._ended = True
        self.wait()

    def close(self) -> None:
        """End the process; what it still does is lost."""
        if not self._ended:
            self._process.kill()
        self._caller.close()
        with suppress(OSError):
            self._process.stdin.close()
        self._process.wait()

    def _post(self, method: str, *arguments) -> None:
        self._posted.append(self._caller.submit(method, *arguments))

    def _call(self, method: str, *arguments):
        """The answer to a call; runs in a thread, which Ctrl-C does not interrupt between a call and its answer."""
        try:
            pickle.dump((method, arguments), self._process.stdin)
            self._process.stdin.flush()
            lines, error, value = pickle.load(self._process.stdout)
        except (EOFError, OSError):
            message = "the process that writes to the tracking store has ended"
            raise TrackingError(message, remedy="see whether memory was short") from None
        for line in lines:
            log.warning(line)
        if error is not None:
            raise error
        return value


class _Lines(logging.Handler):
    """Keeps what is logged, for the log of the run."""

    def __init__(self):
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def serve() -> None:
    """Answer the calls of a run until its end."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # meant for the run, which tells what to do
        signal.signal(number, signal.SIG_IGN)
    calls, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not come among the answers
    sys.argv = sys.argv[1:]
    handler = _Lines()
    log.addHandler(handler)
    import_mlflow()
    if paths.store_file(paths.store_uri()) is not None:
        importlib.import_module("mlflow.store.tracking.sqlalchemy_store")
    tracker: Tracker | None = None
    method = ""
    with suppress(EOFError, pickle.UnpicklingError, BrokenPipeError):  # until the run has ended
        while True:
            method, arguments = pickle.load(calls)
            value, error = None, None
            try:
                if method == "start":
                    tracker = Tracker(*arguments)
                    value = tracker.run_id
                else:
                    value = getattr(tracker, method)(*arguments)
            except Exception as raised:
                error = raised
            pickle.dump((handler.lines, error, value), answers)
            answers.flush()
            handler.lines = []
    if tracker is not None and method != "finish":  # the run was killed
        with suppress(TrackingError):
            tracker.finish("FAILED")


if __name__ == "__main__":
    serve()
    os._exit(0)
