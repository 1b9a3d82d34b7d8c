"""One case of a benchmark, and its measurement in a fresh process."""

import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median

from convpipe import __version__
from convpipe.config import Settings
from convpipe.errors import ConvpipeError

#: Packages whose versions are recorded in every row if they are installed.
PACKAGES = (
    *("tensorflow", "keras", "numpy", "scikit-learn", "aeon", "numba", "torch"),
    *("tf2onnx", "onnxruntime", "ai-edge-litert"),
)
#: Environment variables that limit the threads of the libraries.
THREADS = ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


@dataclass(frozen=True)
class Case:
    """One row of the table.

    Args:
        key: the first columns, including `library`, which identify the row.
        values: the argument of the suite's `measure`, serializable as JSON.
    """

    key: dict[str, str]
    values: dict

    @property
    def version(self) -> str:
        """Version of the library."""
        name = self.key["library"]
        return __version__ if name == "convpipe" else version(name)


def versions() -> str:
    """Return the versions of Python and of PACKAGES, such as "python 3.11.7, tensorflow 2.21.0"."""

    def found() -> Iterator[str]:
        yield f"python {platform.python_version()}"
        for name in PACKAGES:
            try:
                yield f"{name} {version(name)}"
            except PackageNotFoundError:
                continue

    return ", ".join(found())


def read_text(settings: str) -> Settings:
    """Return the settings of a run from their YAML text."""
    from convpipe.schemas import read_settings

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "settings.yaml"
        path.write_text(settings, encoding="utf-8")
        return read_settings(path)


def in_fresh_process(module: str, values: dict, seed: int, threads: int) -> dict:
    """Call `measure(values, seed)` of a module in a new process.

    Args:
        module: of the suite.
        values, seed: arguments of `measure`.
        threads: maximum number of threads of TensorFlow, OpenMP and Numba in that process.

    Returns:
        The results, or the key `error` with one line.

    Raises:
        KeyboardInterrupt: Ctrl-C.
    """
    environment = os.environ | dict.fromkeys(THREADS, str(threads))
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        command = [sys.executable, "-m", __name__, module, str(result)]
        given = json.dumps({"values": values, "seed": seed})
        done = subprocess.run(command, input=given, capture_output=True, text=True, env=environment)
        if done.returncode == 0:
            return json.loads(result.read_text())
    if done.returncode == 130:
        raise KeyboardInterrupt
    lines = done.stderr.strip().splitlines() or [f"its process ended with status {done.returncode}"]
    return {"error": lines[-1].removeprefix("error: ")}


def spread(name: str, values: list[float]) -> dict[str, float]:
    """Return the columns of a quantity: its median under `name`, the lowest and the highest value.

    >>> spread("seconds", [3.0, 1.0, 2.0])
    {'seconds': 2.0, 'seconds_lowest': 1.0, 'seconds_highest': 3.0}
    """
    return {name: median(values), f"{name}_lowest": min(values), f"{name}_highest": max(values)}


def _main(module: str, result: str) -> None:
    measured = import_module(module).measure(**json.load(sys.stdin))
    Path(result).write_text(json.dumps(measured), encoding="utf-8")


if __name__ == "__main__":
    try:
        _main(*sys.argv[1:])
    except ConvpipeError as error:
        sys.exit(print(f"error: {error}", file=sys.stderr) or 2)
    except KeyboardInterrupt:
        sys.exit(130)
