"""Run every command of README.md and docs/ with small settings, in a new folder.

    python docs/run_commands.py [FOLDER]

The script makes the runs and files that placeholders such as RUN and new/ stand for. It appends the settings `SMALL` to
trainings. `LEFT_OUT` lists the commands that it skips, with the reason.
"""

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

PROJECT = Path(__file__).parents[1]
PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
DOCUMENT = re.compile(r"^(python - <<'(\w+)'\n.*?\n\2)$", re.DOTALL | re.MULTILINE)
SMALL = ("training.epochs=1", "training.max_steps=2")
#: The start of a command -> why it is skipped.
LEFT_OUT = {
    "make": "installs, or runs the tests",
    "source": "prepares a shell",
    "pip": "installs",
    "pre-commit": "installs",
    "git": "needs a repository",
    "curl": "needs a server; serve is checked by itself",
    "python scripts/train.py experiment=brain_structures": "takes minutes",
    "python scripts/train.py training.resume": "tests/end_to_end/test_train.py interrupts and resumes a run",
    "python scripts/train.py --config-dir": "tests/test_extending.py runs it",
    "python scripts/train.py data=series data.path=train/X_train.txt": "tests/data/series reads such files",
    "python scripts/train.py data=series 'data.path=\"train/Inertial": "tests/data/series reads such files",
    "python scripts/train.py data=series data.path=recordings 'data.pattern=\"(?P<label>": "needs other file names",
    "python scripts/export.py RUN --format onnx": "needs the extra export",
    "python scripts/fetch_data.py --all": "downloads everything",
    "python scripts/benchmark.py": "takes minutes",
    "python scripts/compare.py": "takes minutes",
}
#: The page whose commands make their own files.
OWN_FILES = "getting-started.md"
#: Placeholders -> the folders and names that replace them.
PLACEHOLDERS = {"RUN": "runs/first", "OTHER": "runs/second", "NAME": "champions", "FOLDER": "sounds"}


def commands() -> Iterator[tuple[str, str]]:
    """Yield the page and the text of each command. A here-document with its lines is one command."""
    for page in PAGES:
        for block in BLOCK.findall(page.read_text(encoding="utf-8")):
            block = block.replace("\\\n", " ")
            block = DOCUMENT.sub(lambda match: match[1].replace("\n", "\0"), block)
            for line in block.splitlines():
                if line.strip() and not line.startswith("#"):
                    yield page.name, line.replace("\0", "\n")


def make_files() -> None:
    """Write the files that the commands read."""
    random = np.random.default_rng(0)
    for folder in ("recordings", "labeled", "new"):
        for label, speed in (("walk", 1.0), ("run", 2.5)):
            for person in ("anna", "ben", "cleo", "dan", "eva"):
                file = Path(folder, label, f"{person}_1.csv")
                file.parent.mkdir(parents=True, exist_ok=True)
                values = np.sin(speed * np.arange(120) / 8)[:, None] + random.normal(0, 0.3, (120, 3))
                np.savetxt(file, values, "%.4f", ",", header="x,y,z", comments="")
    one = Path("new/walk/anna_1.csv").read_text()
    for name in ("a.csv", "b.csv"):
        Path(name).write_text(one)
    Path("reviews.txt").write_text("a good film\na bad film\n")
    steps = np.arange(240)
    long = {"recording": steps // 120, "x": np.sin(steps / 8), "y": np.cos(steps / 8), "z": np.sin(steps / 4)}
    pq.write_table(pa.table(long), "table.parquet")
    rows = []
    for recording in range(8):
        for step in range(300):
            label, value = ("walk", "run")[(recording + step // 150) % 2], np.sin(step / (3 + recording % 2))
            rows.append(f"{recording},{step / 50},{value:.4f},{label}")
    Path("long.csv").write_text("recording,time,x,activity\n" + "\n".join(rows) + "\n")
    import soundfile

    for label, hertz in (("low", 200), ("high", 900)):
        for number in range(8):
            file = Path("sounds", label, f"{number}.wav")
            file.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(file, np.sin(hertz * 2 * np.pi * np.arange(4000) / 8000) * random.uniform(0.2, 0.9), 8000)


def small(text: str) -> str:
    """Return a command with its placeholders replaced and, for a training, with small settings."""
    words = shlex.split(text, comments=True)
    if "reviews.txt" in text:
        text = text.replace("RUN", "runs/texts")
    for name, replacement in PLACEHOLDERS.items():
        text = re.sub(rf"(?<![\w/=.-]){name}\b|(?<==){name}\b", replacement, text)
    text = re.sub(r"\s#\s.*$", "", text) if "<<" not in text else text
    if "scripts/train.py" in words and "--help" not in words and not any("resume=" in word for word in words):
        text += " " + " ".join(each for each in SMALL if not any(word.startswith(each.split("=")[0]) for word in words))
    return text


def run(text: str) -> int:
    """Return the exit status of a command. A server is stopped after its first response."""
    if "scripts/serve.py" not in text and "scripts/ui.py" not in text:
        return subprocess.run(["bash", "-o", "pipefail", "-c", text], timeout=600).returncode
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    text = re.sub(r" --port \d+", "", text)
    server = subprocess.Popen(["bash", "-c", f"exec {text} --port {port}"])
    try:
        for _ in range(120):
            time.sleep(0.5)
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5)
                return 0
            except OSError:
                if server.poll() is not None:
                    return 1
        return 1
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)


def prepare(folder: Path) -> None:
    """Write the files and train the classifiers that commands use, in `folder`, which becomes the current one."""
    enter(folder)
    make_files()
    series = "python scripts/train.py data=series data.path=recordings training.epochs=4"
    series += " 'data.pattern=\"(?P<group>[a-z]+)_\"'"
    runs = {name: f"{series} hydra.run.dir=runs/{name} seed={seed}" for seed, name in enumerate(("first", "second"))}
    runs["texts"] = small("python scripts/train.py experiment=text_quick hydra.run.dir=runs/texts")
    for command in runs.values():
        subprocess.run(["bash", "-c", command], check=True, stdout=subprocess.DEVNULL)


def enter(folder: Path) -> None:
    """Make `folder` the current one and the home of runs; scripts, conf and downloaded packages are shared."""
    data = Path(os.environ.get("CONVPIPE_HOME", PROJECT), "data").absolute()
    folder.mkdir(parents=True)
    os.chdir(folder)
    os.environ["CONVPIPE_HOME"] = str(folder)
    for name, target in {"scripts": PROJECT / "scripts", "conf": PROJECT / "conf", "data": data.resolve()}.items():
        Path(name).symlink_to(target)


def tidy(prepared: set[str]) -> None:
    """Remove what the commands of a page wrote into the current folder, except runs and the tracking store."""
    for path in Path().iterdir():
        if path.name not in prepared:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def main() -> int:
    """Run all commands, page by page. Return the exit status: 1 if a command failed."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job of a shell ignores it
    top = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="commands-"))
    os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    failed, page = [], ""
    prepare(top / "shared")
    prepared = {path.name for path in Path().iterdir()}
    for name, text in commands():
        reason = next((why for start, why in LEFT_OUT.items() if text.startswith(start)), None)
        if reason is not None or ("scripts/" not in text and "<<" not in text):
            continue
        if name != page and name == OWN_FILES:
            enter(top / "own")
        elif name != page:
            os.chdir(top / "shared")
            os.environ["CONVPIPE_HOME"] = str(top / "shared")
            tidy(prepared)
        page = name
        print(f"\n--- {page}: {text.splitlines()[0]}", flush=True)
        started = time.monotonic()
        if status := run(small(text)):
            failed.append(f"{page}: {text} (status {status})")
        print(f"    {time.monotonic() - started:.1f} s", flush=True)
    print(f"\n{len(failed)} failed", *failed, sep="\n")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
