"""The doctor finds every planted leak, and raises no alarm for data without leaks."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convpipe import config
from convpipe.data.notes import dataset_notes
from convpipe.data.splits import make_splits
from convpipe.doctor.evidence import is_clock
from convpipe.doctor.examination import examine
from convpipe.doctor.page import page

_specification = importlib.util.spec_from_file_location("planted", Path(__file__).with_name("planted.py"))
planted = importlib.util.module_from_spec(_specification)
_specification.loader.exec_module(planted)


def examined(dataset):
    return examine("made", dataset, make_splits(dataset, config.Split())[0])


@pytest.mark.slow
@pytest.mark.parametrize("name", planted.PLANTED)
def test_planted_leak_is_found(name):
    make, check, is_alarm = planted.PLANTED[name]
    found = [note for note in examined(make()).notes if note.check == check]
    assert found and all(note.is_alarm == is_alarm for note in found)


@pytest.mark.slow
@pytest.mark.parametrize("make", [planted.series, planted.texts])
@pytest.mark.parametrize("seed", range(3))
def test_data_without_faults_raise_no_alarm_and_no_fact_predicts_the_class(make, seed):
    examination = examined(make(seed))
    assert examination.alarms == []
    assert [note for note in examination.notes if note.check in ("fact_tells_class", "people")] == []


def test_an_alarm_names_the_samples_and_a_note_gives_the_accuracies():
    dataset = planted.copies()
    split = make_splits(dataset, config.Split(validation="none"))[0]
    notes = {note.check: note.message for note in examine("made", dataset, split).notes}
    assert "5 of" in notes["same_sample"] and "row 115 = row 1" in notes["same_sample"]
    by_person = {note.check: str(note) for note in examined(planted.people_without_groups()).notes}["linear_model"]
    random, by_group = (float(word.rstrip(",")) for word in by_person.split() if word[0].isdigit())
    assert random > 0.95 and by_group < 0.8 and "data.group" in by_person


def test_a_random_subset_of_a_large_dataset_is_examined(monkeypatch):
    monkeypatch.setattr("convpipe.doctor.evidence.MOST_SAMPLES", 50)
    examination = examined(planted.series())
    assert (examination.looked_at, examination.total) == (50, 120)


def test_float32_time_stamps_are_a_clock_but_rising_noise_is_not():
    stamps = (1.7e9 + 0.02 * np.arange(200)).astype("float32").astype("float64")
    seconds = (0.02 * np.arange(200)).astype("float32").astype("float64")
    rising = np.cumsum(np.random.default_rng(0).uniform(0, 1, 200))
    assert is_clock(np.stack([seconds, rising, 0 * seconds], axis=1)).tolist() == [True, False, False]
    assert not is_clock(stamps[:, None]).any(), "float32 cannot represent steps of 20 ms at this magnitude"


def test_image_size_that_predicts_the_class_is_found(tmp_path):
    from convpipe.data import load
    from convpipe.registry import READERS

    random = np.random.default_rng(0)
    for label, size in (("cat", 12), ("dog", 16)):
        (tmp_path / label).mkdir()
        for number in range(20):
            pixels = random.integers(0, 255, (size, size), dtype="uint8")
            Image.fromarray(pixels).save(tmp_path / label / f"{random.integers(10**6)}{number}.png")
    settings = READERS["image_folder"].settings(path=str(tmp_path))
    notes = [note.message for note in examined(load(settings, config.Window(), print)).notes]
    assert any("size" in note and "1.00" in note for note in notes)


def test_the_notes_of_a_run_give_sizes_without_reading_files():
    notes = {note.check: note.message for note in dataset_notes(planted.series())}
    assert all(fact in notes["samples"] for fact in ("120 series", "40 steps", "3 channels (x, y, z)"))
    assert "slow (60), fast (60)" in notes["classes"]


def test_rare_class_constant_channel_and_resolution_are_noted():
    made = planted.series()
    labels = np.where(np.arange(planted.N) < 5, 1, 0)
    inputs = [np.column_stack([each[:, 0], 0 * each[:, 0], 1e8 + 20 * each[:, 1]]) for each in made.inputs]
    fields = {"labels": labels, "inputs": inputs}
    checks = {note.check: note for note in dataset_notes(planted.replace(made, **fields))}
    assert "fast (5)" in checks["rare_class"].message and checks["rare_class"].remedy.startswith("training=unbalanced")
    assert "y" in checks["constant_channel"].message and "z" in checks["resolution"].message


def test_the_page_contains_every_finding_and_escapes_names():
    made = planted.copies()
    made = planted.replace(made, sample_ids=[f"<b>{name}</b>" for name in made.sample_ids])
    written = page(examined(made), [("python", "3")])
    assert "<b>row" not in written and "&lt;b&gt;row 115" in written and "1 alarm." in written


@pytest.mark.slow
def test_the_command_prints_findings_and_exits_with_1_after_an_alarm(run_script, home, tmp_path):
    for label, step in (("up", 1), ("down", -1)):
        for part, numbers in (("train", range(10)), ("test", range(8, 12))):  # two files are in both parts
            (tmp_path / "own" / part / label).mkdir(parents=True)
            for number in numbers:
                values = step * np.arange(30) + np.random.default_rng(number).normal(0, 3, 30)
                text = "\n".join(["x", *(f"{value:.3f}" for value in values)])
                (tmp_path / "own" / part / label / f"{number}.csv").write_text(text)
    done = run_script("doctor.py", "data=series", f"data.path={tmp_path}/own", f"html={tmp_path}/page.html")
    assert done.returncode == 1, done.stderr
    assert "ALARM" in done.stdout and "train/down/8.csv" in done.stdout
    findings = done.stdout.split("\n\n")[0].splitlines()
    assert max(len(line) for line in findings if str(tmp_path) not in line) <= 80  # a path is not broken
    assert "test/down/8.csv" in (tmp_path / "page.html").read_text()
    assert json.dumps(sorted(path.name for path in home.iterdir())) == "[]"
