"""The command explain for series and images, from the run to the explanation of a prediction."""

import csv
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from convpipe.cli import explain as command
from convpipe.paths import PROJECT

pytestmark = pytest.mark.slow

TINY = ("training.epochs=8", "training.batch_size=8", "training.learning_rate=0.01")


def process(home, *arguments: str):
    paths = os.pathsep.join(filter(None, [str(PROJECT / "src"), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "CONVPIPE_HOME": str(home), "PYTHONPATH": paths, "COLUMNS": "80"}
    environment.pop("MLFLOW_TRACKING_URI", None)
    return subprocess.run(
        [sys.executable, *arguments], env=environment, cwd=home, capture_output=True, text=True, timeout=300
    )


def train(home, *overrides: str):
    done = process(home, str(PROJECT / "scripts" / "train.py"), *overrides, *TINY)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    (result,) = home.glob("runs/*/*/result.json")
    return result.parent


@pytest.fixture(scope="module")
def series(tmp_path_factory):
    """Home, folder and inputs of a run on series with a bump that points up or down."""
    home, random = tmp_path_factory.mktemp("series"), np.random.default_rng(0)
    labels, inputs = np.arange(60) % 2, random.normal(0, 0.3, (60, 60, 1))
    for row, label in enumerate(labels):
        start = random.integers(0, 50)
        inputs[row, start : start + 10] += (2, -2)[label]
    inputs[0, :] = random.normal(0, 0.3, (60, 1))
    inputs[0, 20:30] += 2
    np.savez(home / "bumps.npz", x=inputs, y=np.array(["up", "down"])[labels])
    small = "model.filters=[8,8]", "model.kernel_sizes=[5,5]"
    return home, train(home, "data=series", f"data.path={home / 'bumps.npz'}", "model=fcn", *small), inputs


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """Home and folder of a run on images with a bright or a dark patch."""
    home, random = tmp_path_factory.mktemp("images"), np.random.default_rng(0)
    for number in range(60):
        name, image = ("bright", "dark")[number % 2], random.normal(127, 10, (16, 16))
        row, column = random.integers(0, 12, 2) if number > 1 else (10, 2)
        image[row : row + 4, column : column + 4] += 100 * (1 - 2 * (number % 2))
        (home / "images" / name).mkdir(parents=True, exist_ok=True)
        Image.fromarray(image.clip(0, 255).astype(np.uint8)).save(home / "images" / name / f"{number:02d}.png")
    small = "model.filters=[8,8]", "model.kernel_sizes=[3,3]", "model.strides=[1,1]", "model.pooling=[2,1]"
    return home, train(home, "data=image_folder", f"data.path={home / 'images'}", "model=cnn2d", *small)


def explain(monkeypatch, capsys, home, *arguments: str) -> tuple[int, list[str], list[str]]:
    monkeypatch.setattr(command, "exit_now", lambda: None)  # would end this process
    monkeypatch.setenv("CONVPIPE_HOME", str(home))
    monkeypatch.setattr(sys, "argv", ["explain.py", *arguments])
    status = 0
    try:
        command.main()
    except SystemExit as error:
        status = int(error.code or 0)
    captured = capsys.readouterr()
    return status, captured.out.splitlines(), captured.err.splitlines()


def sample_ids(run):
    with (run / "predictions.csv").open(newline="", encoding="utf-8") as file:
        return [row["sample_id"] for row in csv.DictReader(file)]


def test_script_explains_a_sample_of_the_test_part(series):
    home, run, _ = series
    name = sample_ids(run)[0]
    done = process(home, str(PROJECT / "scripts" / "explain.py"), str(run), name, "--output", "why.png")
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "why.png\n")
    assert (home / "why.png").read_bytes().startswith(b"\x89PNG")
    again = process(home, str(PROJECT / "scripts" / "explain.py"), str(run), name, "--output", "why.png")
    assert again.returncode == 2 and again.stderr.count("\n") == 1 and "--overwrite" in again.stderr


def test_explanation_of_a_file_of_series_is_printed(series, monkeypatch, capsys):
    home, run, inputs = series
    np.save(home / "new.npy", inputs[:1])
    status, lines, _ = explain(monkeypatch, capsys, home, str(run), str(home / "new.npy"))
    assert status == 0 and max(map(len, lines)) <= 80
    text = "\n".join(lines)
    assert "up  " in text and "then down" in text and "class activation map (exact)" in text
    (place,) = [line for line in lines if line.startswith("  for ")]
    numbers = [int(word) for word in place.split() if word.isdigit()]
    assert numbers and 15 <= np.mean(numbers) <= 35, place


def test_explanation_of_an_image_names_the_patch(images, monkeypatch, capsys):
    home, run = images
    picture = home / "images" / "bright" / "00.png"
    status, lines, _ = explain(monkeypatch, capsys, home, str(run), str(picture), "--class", "bright")
    (place,) = [line for line in lines if line.startswith("  for ")]
    numbers = [int(word.strip(",")) for word in place.split() if word.strip(",").isdigit()]
    assert status == 0 and "bright" in "\n".join(lines) and len(numbers) == 4, place
    assert 8 <= np.mean(numbers[:2]) <= 15 and 0 <= np.mean(numbers[2:]) <= 7, place
    status, lines, _ = explain(monkeypatch, capsys, home, str(run), str(picture.parent), "--output", str(home / "out"))
    assert status == 0 and len(lines) == len(list((home / "out").iterdir())) == 30
    status, lines, _ = explain(monkeypatch, capsys, home, str(run), str(picture), "--output", str(home / "one.html"))
    assert status == 0 and "data:image/png;base64," in (home / "one.html").read_text()


def test_bad_arguments_print_one_line(images, monkeypatch, capsys):
    home, run = images
    name, picture = sample_ids(run)[0], str(home / "images" / "dark" / "01.png")
    for arguments, facts in (
        ([name + "x"], [name]),
        (["a text"], ["a text", "test part"]),
        ([], ["--axes"]),
        ([picture, "--class", "brigt"], ["bright"]),
        ([picture, "--output", "x.gif"], [".png"]),
        ([picture, picture, "--output", "x.png"], ["folder"]),
    ):
        status, lines, errors = explain(monkeypatch, capsys, home, str(run), *arguments)
        assert (status, lines, len(errors)) == (2, [], 1), (arguments, errors)
        assert all(fact in errors[0] for fact in facts), errors
