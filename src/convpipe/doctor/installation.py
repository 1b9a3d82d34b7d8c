"""The installation: versions, devices, the tracking store and free disk."""

import platform
import shutil
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from convpipe import __version__, paths
from convpipe.workers import own_cores

PACKAGES = ("tensorflow", "keras", "numpy", "scikit-learn", "hydra-core", "mlflow")
LOW_DISK = 2 * 2**30  # bytes


def installation() -> Iterator[tuple[str, str]]:
    """Yield the names and values that a bug report needs."""
    yield "convpipe", __version__
    yield "python", f"{platform.python_version()} on {platform.platform(terse=True)}"
    for name in PACKAGES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            yield name, "not installed"
    yield "cores", str(own_cores())
    yield "devices", _devices()
    yield "home", str(paths.HOME)
    yield "store", paths.store_uri()
    free = shutil.disk_usage(paths.HOME if paths.HOME.exists() else paths.HOME.parent).free
    yield "free disk", f"{free / 2**30:.1f} GB" + (" (low)" if free < LOW_DISK else "")


def _devices() -> str:
    """The devices of the backend."""
    from convpipe.backend import start_backend

    start_backend()
    import keras

    return ", ".join(keras.distribution.list_devices()) if hasattr(keras, "distribution") else "cpu:0"
