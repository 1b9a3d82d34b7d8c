"""Damaged files of every reader end in a dataset or in one line, never in a traceback. `make fuzz` tries many more."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from convpipe import config
from convpipe.data import load
from convpipe.errors import ConvpipeError
from convpipe.registry import READERS

#: Damaged files tried for each kind.
TRIED = int(os.environ.get("CONVPIPE_FUZZ", "25"))
#: Milliseconds for a small file, where many are tried.
DEADLINE = 10_000 if "CONVPIPE_FUZZ" in os.environ else None
RANDOM = np.random.default_rng(0)


def recordings_csv(folder: Path) -> dict:
    for label in ("run", "walk"):
        (folder / label).mkdir()
        for number in range(3):
            rows = "\n".join(f"{x:.3f},{y:.3f}" for x, y in RANDOM.normal(size=(12, 2)))
            (folder / label / f"{number}.csv").write_text(f"x,y\n{rows}\n")
    return {"reader": "series"}


def long_csv(folder: Path) -> dict:
    rows = [
        f"r{r},{step / 50:.2f},{RANDOM.normal():.3f},{'run' if r % 2 else 'walk'}"
        for r in range(6)
        for step in range(10)
    ]
    (folder / "long.csv").write_text("\n".join(["recording,time,ax,activity", *rows]) + "\n")
    return {"reader": "series", "path": "long.csv"}


def wide_tsv(folder: Path) -> dict:
    rows = ["\t".join([str(1 + r % 2), *(f"{value:.3f}" for value in RANDOM.normal(size=30))]) for r in range(8)]
    (folder / "wide.tsv").write_text("\n".join(rows) + "\n")
    return {"reader": "series", "path": "wide.tsv"}


def arrays(folder: Path) -> dict:
    np.savez(folder / "arrays.npz", X=RANDOM.normal(size=(8, 20, 2)), y=np.array(["a", "b"] * 4))
    return {"reader": "series", "path": "arrays.npz"}


def ts_file(folder: Path) -> dict:
    rows = [",".join(f"{value:.3f}" for value in RANDOM.normal(size=20)) + f":{'ab'[r % 2]}" for r in range(8)]
    head = ["@problemName made", "@univariate true", "@classLabel true a b", "@data"]
    (folder / "made.ts").write_text("\n".join([*head, *rows]) + "\n")
    return {"reader": "series", "path": "made.ts"}


def long_parquet(folder: Path) -> dict:
    import pandas

    table = {
        "recording": np.repeat(np.arange(6), 10),
        "ax": RANDOM.normal(size=60),
        "label": np.repeat(list("ababab"), 10),
    }
    pandas.DataFrame(table).to_parquet(folder / "long.parquet")
    return {"reader": "series", "path": "long.parquet"}


def texts_csv(folder: Path) -> dict:
    rows = [f'"a {word}, film",{label}' for _ in range(8) for word, label in (("fine", "good"), ("dull", "bad"))]
    (folder / "texts.csv").write_text("\n".join(["text,label", *rows]) + "\n")
    return {"reader": "text_table", "path": "texts.csv", "text": "text", "label": "label"}


def texts_jsonl(folder: Path) -> dict:
    rows = [json.dumps({"text": f"a {word} film", "label": word}) for _ in range(8) for word in ("fine", "dull")]
    (folder / "texts.jsonl").write_text("\n".join(rows) + "\n")
    return {"reader": "text_table", "path": "texts.jsonl", "text": "text", "label": "label"}


def images(folder: Path) -> dict:
    for label in ("cat", "dog"):
        (folder / label).mkdir()
        for number in range(2):
            Image.fromarray(RANDOM.integers(0, 255, (9, 9), dtype="uint8")).save(folder / label / f"{number}.png")
    return {"reader": "image_folder"}


def sounds(folder: Path) -> dict:
    import soundfile

    for label in ("no", "yes"):
        (folder / label).mkdir()
        for number in range(2):
            soundfile.write(folder / label / f"{number}.wav", RANDOM.normal(size=400) / 4, 8000)
    return {"reader": "audio_folder"}


def volumes(folder: Path) -> dict:
    for label in ("left", "right"):
        (folder / label).mkdir()
        for number in range(2):
            np.save(folder / label / f"{number}.npy", RANDOM.normal(size=(4, 4, 4)).astype("float32"))
    return {"reader": "volume_folder"}


KINDS: tuple[Callable[[Path], dict], ...] = (
    recordings_csv, long_csv, wide_tsv, arrays, ts_file, long_parquet, texts_csv, texts_jsonl, images, sounds, volumes,
)  # fmt: skip
#: What is put in, beside what the file holds itself: signs that formats give a meaning to.
SIGNS = (
    b'"',
    b"\n",
    b"\r",
    b"\t",
    b",",
    b";",
    b"\0",
    b"\xff",
    b"nan",
    b"1e999",
    b"\xe2\x80\xa8",
    b":",
    b"{",
    b"-",
    b"9" * 30,
)


def damaged(content: bytes, how: str, at: float, length: int, sign: bytes) -> bytes:
    """The bytes of a file after one accident."""
    place = int(at * len(content))
    rest = content[place + length :]
    return {
        "cut off": content[:place],
        "left out": content[:place] + rest,
        "put in": content[:place] + sign + content[place:],
        "put over": content[:place] + sign + content[place + len(sign) :],
        "twice": content[: place + length] + content[place:],
        "flipped": content[:place] + bytes(255 - byte for byte in content[place : place + length]) + rest,
    }[how]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """For each kind: its folder, its settings and its files."""

    def make(kind):
        folder = tmp_path_factory.mktemp(kind.__name__)
        asked = kind(folder)
        reader = asked.pop("reader")
        path = str(folder / asked.pop("path", ""))
        return (
            folder,
            lambda: READERS[reader].settings(path=path, **asked),
            sorted(filter(Path.is_file, folder.rglob("*"))),
        )

    return {kind: make(kind) for kind in KINDS}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@settings(max_examples=TRIED, deadline=DEADLINE, suppress_health_check=list(HealthCheck), database=None)
@given(data=st.data())
def test_damaged_file_is_read_or_refused_in_one_line(made, kind, data):
    folder, asked, files = made[kind]
    file = data.draw(st.sampled_from(files))
    how = data.draw(st.sampled_from(["cut off", "left out", "put in", "put over", "twice", "flipped"]))
    at, length = data.draw(st.floats(0, 1)), data.draw(st.integers(1, 40))
    sound = file.read_bytes()
    kept = folder.with_suffix(".kept")
    shutil.copy(file, kept)
    file.write_bytes(damaged(sound, how, at, length, data.draw(st.sampled_from(SIGNS))))
    try:
        dataset = load(asked(), config.Window(), lambda line: None)
        samples = [dataset.inputs[row] for row in range(len(dataset))]
        assert len(samples) == len(dataset.labels) and dataset.labels.max() < len(dataset.class_names)
    except ConvpipeError as error:
        assert "\n" not in str(error) and str(error)
    finally:
        shutil.move(kept, file)
