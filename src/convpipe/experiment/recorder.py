"""A Tracker in a separate process, which imports MLflow and writes to it while the run imports TensorFlow and trains.

The run sends calls to the recorder's standard input and reads a reply to each from its standard output. The recorder
ends with its run, even if the run is killed, since its input is closed then.
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
    """A Tracker whose methods return at once. `wait`, and methods that wait, raise the errors of earlier calls.

    The constructor starts the process, and `start` starts a run in MLflow.
    """

    def __init__(self):
        command, pipe = [sys.executable, "-m", "convpipe.experiment.recorder", sys.argv[0]], subprocess.PIPE
        # In a separate process group, Ctrl-C reaches only the run, which then ends its recorder.
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, process_group=0)
        self._caller, self._posted, self._ended = Workers(self._call), [], False

    def start(self, *arguments) -> "Recorder":
        """Start a run in MLflow, with the arguments of `Tracker`.

        Raises:
            TrackingError: the store cannot be opened or written.
        """
        self.run_id = self._caller.submit("start", *arguments).result()
        self._post("prepare")
        return self

    def __getattr__(self, method: str):
        """Any other method of a Tracker, without its return value."""
        return partial(self._post, method)

    def model_uri(self, name: str) -> str:
        """Wait until a classifier is logged, and return its `models:/` URI."""
        self.wait()
        return self._caller.submit("model_uri", name).result()

    def wait(self) -> None:
        """Wait until everything is written.

        Raises:
            TrackingError: something could not be written; the first error.
        """
        posted, self._posted = self._posted, []
        for each in posted:
            each.result()

    def finish(self, status: str) -> None:
        """Wait until everything is written, and end the run as FINISHED, FAILED or KILLED.

        Raises:
            TrackingError: something could not be written.
        """
        self._post("finish", status)
        self._ended = True
        self.wait()

    def close(self) -> None:
        """End the process; writes that have not finished are lost."""
        if not self._ended:
            self._process.kill()
        self._caller.close()
        with suppress(OSError):
            self._process.stdin.close()
        self._process.wait()

    def _post(self, method: str, *arguments) -> None:
        self._posted.append(self._caller.submit(method, *arguments))

    def _call(self, method: str, *arguments):
        """Send a call and return the reply. Runs in a thread, so Ctrl-C cannot come between the two."""
        try:
            pickle.dump((method, arguments), self._process.stdin)
            self._process.stdin.flush()
            lines, error, value = pickle.load(self._process.stdout)
        except (EOFError, OSError):
            message = "the process that writes to the tracking store has ended"
            raise TrackingError(message, remedy="check whether memory ran out") from None
        for line in lines:
            log.warning(line)
        if error is not None:
            raise error
        return value


class _Lines(logging.Handler):
    """Collects log messages, which the run writes to its log."""

    def __init__(self):
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def serve() -> None:
    """Execute the calls of a run until the run ends."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # for the run, which then ends this process
        signal.signal(number, signal.SIG_IGN)
    calls, replies = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # libraries must not print among the replies
    sys.argv = sys.argv[1:]
    handler = _Lines()
    log.addHandler(handler)
    import_mlflow()
    if paths.store_file(paths.store_uri()) is not None:
        importlib.import_module("mlflow.store.tracking.sqlalchemy_store")
    tracker: Tracker | None = None
    method = ""
    with suppress(EOFError, pickle.UnpicklingError, BrokenPipeError):  # raised when the run ends
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
            pickle.dump((handler.lines, error, value), replies)
            replies.flush()
            handler.lines = []
    if tracker is not None and method != "finish":  # the run was killed
        with suppress(TrackingError):
            tracker.finish("FAILED")


if __name__ == "__main__":
    serve()
    os._exit(0)
