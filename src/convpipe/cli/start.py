"""The start of a command: a fast `--help`, Hydra, and one-line errors with exit status 2."""

import contextlib
import functools
import io
import logging
import os
import pkgutil
import shutil
import signal
import sys
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType

from convpipe import paths
from convpipe.cli.help_page import fitted, help_page
from convpipe.errors import BROKEN_PIPE
from convpipe.overrides import readable

#: Signals that end a command like Ctrl-C.
ENDING = (signal.SIGTERM, signal.SIGHUP)
INTERRUPTED = 130


def start(
    task: Callable,
    config_name: str,
    schemas: Mapping[str, str] = MappingProxyType({}),
    surround: Callable[[], contextlib.AbstractContextManager] = contextlib.nullcontext,
    page: str | None = None,
) -> None:
    """Run `task(config)` as a Hydra application.

    Hydra is not imported for `--help`. A user error ends the process with status 2 and one line on stderr. A bug prints
    its traceback and ends it with status 1, and Ctrl-C with 130. HYDRA_FULL_ERROR=1 prints every traceback.

    Args:
        task: takes the composed configuration (an OmegaConf node).
        config_name: the root file in conf/, without its suffix.
        schemas: root schemas of the command ("module:class"), by the names that the file uses.
        surround: returns the context manager in which Hydra runs.
        page: the text of `--help`, with {program} for the command; None: the page of all choices.
    """
    end_like_ctrl_c()
    try:
        if {"--help", "-h"} & set(sys.argv[1:]):
            print(fitted(page.format(program=paths.command(config_name))) if page else help_page(config_name), end="")
        else:
            _start(task, config_name, schemas, surround)
        sys.stdout.flush()
    except KeyboardInterrupt:
        sys.exit(_print_error("stopped by Ctrl-C", INTERRUPTED))
    except BrokenPipeError:
        sys.exit(close_stdout())


def end_like_ctrl_c() -> None:
    """Let SIGTERM (`kill`, the end of a cluster job) and SIGHUP (a closed terminal) end a command like Ctrl-C.

    The run can then be resumed. An ignored signal (nohup) stays ignored.
    """

    def end(number, frame) -> None:
        for each in ENDING:  # a second signal often follows, and must not interrupt the handling of the first
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, end)


def run_plain(main: Callable[[], None]) -> None:
    """Run `main()`, a command without Hydra, with the same exit statuses as `start`.

    Args:
        main: the command; it parses its own arguments.
    """
    os.environ["CONVPIPE_HOME"] = str(paths.HOME)
    try:
        if not {"--help", "-h"} & set(sys.argv[1:]):
            paths.check_home()
        main()
        sys.stdout.flush()
    except BrokenPipeError:
        sys.exit(close_stdout())
    except KeyboardInterrupt:
        sys.exit(_print_error("stopped by Ctrl-C", INTERRUPTED))
    except Exception as error:
        from convpipe.user_errors import explain

        line = explain(error)
        if line is None:
            raise
        sys.exit(_print_error(f"error: {line}", 2))


def _start(task: Callable, config_name: str, schemas: Mapping[str, str], surround: Callable) -> None:
    arguments = sys.argv[1:]
    logging.raiseExceptions = False  # no traceback for a log line that goes to a closed pipe
    os.environ["CONVPIPE_HOME"] = str(paths.HOME)  # conf/ uses it for the folder of a run, also in worker processes
    wants_traceback = os.environ.get("HYDRA_FULL_ERROR") == "1"
    os.environ["HYDRA_FULL_ERROR"] = "1"  # otherwise Hydra prints some errors itself and exits with status 1
    from convpipe import user_errors
    from convpipe.plugins import load_plugins, named_in

    try:
        paths.check_home()
        user_errors.check_options(arguments)
        arguments = readable(arguments, paths.CONF)
        sys.argv[1:] = arguments
        load_plugins(named_in(arguments))
        application = _application(task if wants_traceback else _in_one_line(task), config_name, schemas)
        with surround():
            _complete(application) if "-sc" in arguments or "--shell-completion" in arguments else application()
    except Exception as error:
        line = user_errors.explain(error, arguments)
        if wants_traceback or line is None:
            raise
        sys.exit(_print_error(f"error: {line}", 2))


def _application(task: Callable, config_name: str, schemas: Mapping[str, str]) -> Callable:
    import hydra

    from convpipe.schemas import register_schemas

    roots = {name: pkgutil.resolve_name(place) for name, place in schemas.items()}
    register_schemas(_config_dirs(sys.argv[1:]), **roots)
    return hydra.main(version_base="1.3", config_path=str(paths.CONF), config_name=config_name)(task)


def _config_dirs(arguments: list[str]) -> list[Path]:
    """The folders given with --config-dir (or -cd)."""
    named = [following for word, following in pairwise(arguments) if word in ("--config-dir", "-cd")]
    named += [word.removeprefix("--config-dir=") for word in arguments if word.startswith("--config-dir=")]
    return [Path(each) for each in named]


def _complete(application: Callable) -> None:
    """Print shell completions without the schemas, which users do not select."""
    with contextlib.redirect_stdout(io.StringIO()) as words:
        application()
    print(words.getvalue().replace("schema/ ", ""), end="")


def _in_one_line(task: Callable) -> Callable:
    """Return `task` with one-line errors for a single run.

    An error exits the process at once, because Hydra would print its own line first. In a sweep the code that runs the
    jobs handles errors, because one failure must not end the other jobs.
    """

    @functools.wraps(task)
    def guarded(config):
        from hydra.core.hydra_config import HydraConfig
        from hydra.types import RunMode

        from convpipe.user_errors import explain

        try:
            return task(config)
        except BrokenPipeError:
            sys.exit(close_stdout())
        except Exception as error:
            line = explain(error)
            if line is None or HydraConfig.get().mode is not RunMode.RUN:
                raise
            _remove_empty(HydraConfig.get().runtime.output_dir)
            sys.exit(_print_error(f"error: {line}", 2))

    return guarded


def _remove_empty(folder: str) -> None:
    """Remove the folder that Hydra created for a run if the run wrote nothing there, and then empty parents in runs/.

    The current folder is kept: commands without a run folder use it, and Hydra did not create it.
    """
    if Path(folder).resolve() == Path.cwd() or not Path(folder).is_dir() or not set(os.listdir(folder)) <= {"log.txt"}:
        return
    shutil.rmtree(folder, ignore_errors=True)
    for above in Path(folder).parents:
        if paths.HOME not in above.parents or any(above.iterdir()):
            break
        above.rmdir()


def close_stdout() -> int:
    """Redirect a closed standard output (`| head`) to /dev/null before Python flushes it; return the exit status."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return BROKEN_PIPE


def exit_now(status: int = 0) -> None:
    """Exit at once, without TensorFlow's shutdown, which takes more than a second."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _print_error(line: str, status: int) -> int:
    print(line, file=sys.stderr)
    return status
