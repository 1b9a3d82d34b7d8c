"""How a script starts: a quick `--help`, Hydra, and errors in one line with exit status 2."""

import contextlib
import functools
import io
import logging
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from convpipe import HOME, PROJECT
from convpipe.errors import ConvpipeError
from convpipe.help_page import help_page

#: Signals that end a script as Ctrl-C does.
ENDING = (signal.SIGTERM, signal.SIGHUP)
BROKEN_PIPE = 141
INTERRUPTED = 130


def start(main: Callable, config_name: str) -> None:
    """Run `main(config)` as a Hydra application; the one call of a script.

    Hydra is imported only after `--help` has been answered. A mistake of the user's ends the process with status 2
    and one line on stderr; a bug keeps its traceback and ends it with 1; Ctrl-C with 130. HYDRA_FULL_ERROR=1 lets
    every traceback through.

    Args:
        main: takes the composed configuration (an OmegaConf node).
        config_name: the file in conf/, without its suffix, that the configuration starts from.
    """
    end_as_by_ctrl_c()
    try:
        _start(main, config_name)
        sys.stdout.flush()
    except KeyboardInterrupt:
        sys.exit(_say("stopped by Ctrl-C", INTERRUPTED))
    except BrokenPipeError:
        sys.exit(no_reader())


def end_as_by_ctrl_c() -> None:
    """`kill`, a cluster that wants its machine back and a closed terminal end a script in order too, so that a training
    can be resumed; what is ignored (nohup) stays ignored."""

    def end(number, frame) -> None:
        for each in ENDING:  # a second one, which often follows, must not disturb what the first one started
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, end)


def run_plain(main: Callable) -> None:
    """Run `main()`, a script without Hydra, with the same endings: a mistake is one line and status 2, Ctrl-C 130.

    Args:
        main: reads its own arguments.
    """
    try:
        main()
        sys.stdout.flush()
    except ConvpipeError as error:
        sys.exit(_say(f"error: {error}", 2))
    except BrokenPipeError:
        sys.exit(no_reader())
    except KeyboardInterrupt:
        sys.exit(_say("stopped by Ctrl-C", INTERRUPTED))


def _start(main: Callable, config_name: str) -> None:
    arguments = sys.argv[1:]
    if "--help" in arguments or "-h" in arguments:
        print(help_page(sys.argv[0], config_name), end="")
        return
    logging.raiseExceptions = False  # a line that a closed pipe no longer takes is not worth a traceback
    os.environ["CONVPIPE_HOME"] = str(HOME)  # conf/ builds the run's folder from it, in worker processes as well
    wants_traceback = os.environ.get("HYDRA_FULL_ERROR") == "1"
    os.environ["HYDRA_FULL_ERROR"] = "1"  # else Hydra prints some errors itself and ends the process with 1
    from convpipe import complaints, sweep

    try:
        complaints.check_options(arguments)
        application = _application(main if wants_traceback else _in_one_line(main), config_name)
        with sweep.closing():
            _complete(application) if "-sc" in arguments or "--shell-completion" in arguments else application()
    except Exception as error:
        line = complaints.complaint(error, arguments)
        if wants_traceback or line is None:
            raise
        sys.exit(_say(f"error: {line}", 2))


def _application(main: Callable, config_name: str) -> Callable:
    import hydra

    from convpipe.config import register

    register()
    return hydra.main(version_base="1.3", config_path=str(PROJECT / "conf"), config_name=config_name)(main)


def _complete(application: Callable) -> None:
    """Shell completion without the schemas, which nobody chooses by hand."""
    with contextlib.redirect_stdout(io.StringIO()) as words:
        application()
    print(words.getvalue().replace("schema/ ", ""), end="")


def _in_one_line(main: Callable) -> Callable:
    """`main` for a single run, ending the process by itself: Hydra would put a line of its own before the error.

    In a sweep the error is left to whoever runs the jobs, as one failure must not end the others.
    """

    @functools.wraps(main)
    def guarded(config):
        from hydra.core.hydra_config import HydraConfig
        from hydra.types import RunMode

        from convpipe.complaints import complaint

        try:
            return main(config)
        except BrokenPipeError:
            sys.exit(no_reader())
        except Exception as error:
            line = complaint(error)
            if line is None or HydraConfig.get().mode is not RunMode.RUN:
                raise
            _leave_nothing(HydraConfig.get().runtime.output_dir)
            sys.exit(_say(f"error: {line}", 2))

    return guarded


def _leave_nothing(folder: str) -> None:
    """Remove the folder that Hydra made for a run if the run put nothing there; then empty ones above it in runs/."""
    if not set(os.listdir(folder)) <= {"log.txt"}:
        return
    shutil.rmtree(folder, ignore_errors=True)
    for above in Path(folder).parents:
        if HOME not in above.parents or any(above.iterdir()):
            break
        above.rmdir()


def no_reader() -> int:
    """The reader of our output (`| head`) has gone; Python would complain once more when it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return BROKEN_PIPE


def leave() -> None:
    """End a process that is done with status 0, at once: TensorFlow needs more than a second to take itself apart."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _say(line: str, status: int) -> int:
    print(line, file=sys.stderr)
    return status
