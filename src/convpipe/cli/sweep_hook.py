"""Where a sweep (-m) meets Hydra: it begins before the first job and is closed however it ends.

Hydra makes the jobs and hands them to its launcher (one at a time, or several with hydra/launcher=joblib). A sweep ends
with status 0 where every job finished, 1 where some did not, 2 where it was refused before it began, and 130 after
Ctrl-C. A single run imports this module only, and nothing else of sweeps.
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
    """Carries an error out of a callback, since Hydra turns any Exception in one into a warning."""


class SweepStart(Callback):
    """The Hydra callback, named in conf/train.yaml, that begins a sweep in the launching process."""

    def on_multirun_start(self, config, **_) -> None:
        """Compose every job and make the parent run, before any job starts."""
        global _current
        try:
            from convpipe.experiment.sweep.sweep import Sweep

            _current = Sweep(config)
        except Exception as error:
            raise _Refused from error


@contextmanager
def closing():
    """The block in which Hydra runs; closes the sweep that began in it, if one did.

    Raises:
        SystemExit: with status 1, where a job did not finish.
    """
    global _current
    try:
        yield
    except _Refused as refused:
        raise refused.__cause__  # noqa: B904 - `from` would replace the cause that this error has itself
    except BaseException as error:
        if _current is not None:
            _current.close("KILLED" if isinstance(error, KeyboardInterrupt) else "FAILED")
        raise
    else:
        if _current is not None and _current.close():
            sys.exit(1)
    finally:
        _current = None
