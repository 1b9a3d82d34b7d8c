"""The report of one run and of several, from synthetic folders."""

import base64
import csv
import json
import re

import numpy as np
import pytest
from matplotlib.figure import Figure

from convpipe.cli import report as command
from convpipe.errors import ConvpipeError
from convpipe.evaluation.report_page.build import comparison, report, write_report
from convpipe.evaluation.report_page.run_facts import run_facts

#: Names that would be markup, math or missing glyphs if they were not treated as text.
CLASSES = ("<script>alert(1)</script>", "$a_1$ & b", "日本")
CONFIG = """
data: {name: gunpoint, reader: archive, archive_name: GunPoint, package: aeon}
model: {name: fcn, dropout: 0.25}
preprocessing: {modality: series}
training: {epochs: 3}
seed: 4
"""


@pytest.fixture
def run(tmp_path):
    """`run("one", sha="a")` writes the folder of a finished run."""

    def made(name="one", sha="a", status="finished", accuracy=0.8, figures=True):
        folder = tmp_path / name
        (folder / "figures").mkdir(parents=True)
        (folder / "config.yaml").write_text(CONFIG)
        scores = {"n": 30, "accuracy": accuracy, "log_loss": 0.5}
        result = {"data": "gunpoint", "model": "fcn", "seed": 4, "status": status, "run_id": None, "cores": 2}
        result |= {"test": scores, "validation": None, "parameters": 10, "multiply_adds": 20, "data_sha256": sha}
        result |= {
            "train": {"n": 60, "seconds": 1.5, "epochs": 3},
            "data_notes": ["60 series <b>"],
            "seconds": {"data": 0.1},
        }
        result |= {"split_sha256": sha, "provenance": {"command": "train 'a b' && <i>", "git_commit": "c" * 40}}
        (folder / "result.json").write_text(json.dumps(result))
        random = np.random.default_rng(0)
        with (folder / "predictions.csv").open("w", newline="") as file:
            table = csv.writer(file)
            table.writerow(["sample_id", "group", "label", "predicted", *(f"p({each})" for each in CLASSES)])
            for number in range(30):
                p = random.dirichlet([1, 1, 1])
                table.writerow([number, f"g{number % 3}", CLASSES[number % 3], CLASSES[p.argmax()], *p])
        (folder / "layers.csv").write_text(
            "layer,kind,output,parameters,multiply_adds,receptive_field\n"
            "first,Conv1D,9 x 4,10,20,8\nrelu,ReLU,9 x 4,0,0,8\n"
        )
        if figures:
            Figure(figsize=(40, 3)).savefig(folder / "figures" / "learning_curves.png")
            Figure(figsize=(2, 2)).savefig(folder / "figures" / "explained_wrong_1.png")
            (folder / "figures" / "explained_1_right.html").write_text("<p>a good film</p>")
        return folder

    return made


def test_every_section_exists_and_all_names_are_escaped(run):
    page = report(run_facts(run()))
    assert re.findall("<h2>(.*?)</h2>", page) == [
        "Metrics", "Data", "Training", "Classes", "Samples", "Published accuracies", "Settings", "Cost", "Reproduce",
    ]  # fmt: skip
    assert "<script" not in page and "<b>60" not in page and "<i>" not in page
    assert "&lt;script&gt;" in page and "$a_1$ &amp; b" in page and "日本" in page
    assert "a good film" in page and "first" in page and "relu" not in page
    assert re.search(r"0\.\d{3} to 0\.\d{3}", page) and "3 groups" in page


def test_the_page_is_self_contained_and_small(run):
    page = report(run_facts(run()))
    assert all(each.startswith("data:") for each in re.findall(r'(?:src|href)="([^"]*)"', page)) and "url(" not in page
    assert len(page) < 3_000_000
    pictures = re.findall(r"data:image/webp;base64,([^\"]+)", page)
    assert len(pictures) == 2
    picture = pictures[0]
    assert base64.b64decode(picture).startswith(b"RIFF") and 'width="1400"' in page


def test_only_settings_that_differ_from_their_defaults_are_shown(run):
    found = run_facts(run()).changed_settings
    assert found == [("seed", "4", "0"), ("model.dropout", "0.25", "0.0"), ("training.epochs", "3", "")]


def test_folds_are_pooled(run):
    folder = run()
    for number in (1, 2):
        (folder / f"fold_{number}").mkdir()
        (folder / f"fold_{number}" / "predictions.csv").write_text((folder / "predictions.csv").read_text())
    assert len(run_facts(folder).predictions) == 60


def test_a_comparison_warns_about_different_data(run):
    one, two = run("one", accuracy=0.8), run("two", "b", accuracy=0.9)
    page = comparison([run_facts(one), run_facts(two)])
    assert "different data" in page and "<b>0.900</b>" in page and "<b>0.800</b>" not in page
    assert "different data" not in comparison([run_facts(one), run_facts(one)])


@pytest.mark.parametrize("change", [{"status": "stopped"}, {}])
def test_an_unreadable_or_unfinished_run_is_refused(run, refused, change, tmp_path):
    folder = run(**change)
    if not change:
        (folder / "result.json").write_text("[]")
    with refused(ConvpipeError, file=folder):
        write_report(folder)
    assert not (folder / "report.html").exists()


def test_the_command_writes_reports_and_keeps_existing_files(run, called_with, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    one, two = str(run("one")), str(run("two"))
    assert called_with(command, "report", one)[0] == 0 and (tmp_path / "one" / "report.html").exists()
    assert called_with(command, "report", one, two)[0] == 0 and (tmp_path / "comparison.html").exists()
    status, _, said = called_with(command, "report", one, two)
    assert status == 2 and "--overwrite" in said
    assert called_with(command, "report", one, two, "--overwrite")[0] == 0
    assert called_with(command, "report", "nowhere")[0] == 2


@pytest.mark.slow
@pytest.mark.parametrize("width", [360, 1200])
def test_a_browser_shows_the_page_without_horizontal_scrolling_and_prints_it(run, chromium, width):
    chromium.requests.clear()
    chromium.open(write_report(run()).as_uri(), width=width)
    assert chromium.value("document.documentElement.scrollWidth") <= width
    assert [each for each in chromium.requests if not each.startswith(("file:", "data:"))] == []
    printed = base64.b64decode(chromium.call("Page.printToPDF")["data"])
    assert printed.startswith(b"%PDF")


@pytest.mark.slow
def test_the_page_supports_dark_mode(run, chromium):
    chromium.open(write_report(run()).as_uri())
    background = "getComputedStyle(document.body).backgroundColor"
    light = chromium.value(background)
    chromium.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    assert chromium.value(background) != light
    chromium.call("Emulation.setEmulatedMedia", features=[])
