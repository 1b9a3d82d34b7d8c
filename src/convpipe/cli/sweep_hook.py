"""The hook of sweeps (-m) in Hydra: a sweep starts before its first job and is always closed.

Hydra creates the jobs and passes them to its launcher, one at a time, or several with hydra/launcher=joblib. The exit
status of a sweep is 0 if every job finished, 1 if some did not, 2 if the sweep was refused before it started, and 130
after Ctrl-C. A single run imports no other module of sweeps.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hydra.experimental.callback import Callback

if TYPE_CHECKING:
    from convpipe.experiment.sweep.sweep import Sweep

_current: Sweep | None = None


class _Refused(BaseException):
    """Carries an error out of a callback, because Hydra turns an Exception in a callback into a warning."""


class SweepStart(Callback):
    """The Hydra callback in conf/train.yaml that starts a sweep in the launching process."""

    def on_multirun_start(self, config, **_) -> None:
        """Compose every job and create the parent run, before any job starts."""
        global _current
        try:
            from convpipe.experiment.sweep.sweep import Sweep

            _current = Sweep(config)
        except Exception as error:
            raise _Refused from error


@contextmanager
def closing():
    """Run Hydra in this block, which closes the sweep that started in it, if any.

    Raises:
        SystemExit: with status 1, if a job did not finish.
    """
    global _current
    try:
        yield
    except _Refused as refused:
        raise refused.__cause__  # noqa: B904 - `from` would replace the error's own cause
    except BaseException as error:
        if _current is not None:
            _current.close("KILLED" if isinstance(error, KeyboardInterrupt) else "FAILED")
        raise
    else:
        if _current is not None and _current.close():
            sys.exit(1)
    finally:
        _current = None
