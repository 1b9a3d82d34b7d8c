"""Damaged files of every reader end in one line, or in what a strict reading of them gives, or in a note on it.

No traceback, no wrong value without a word. `make fuzz` tries many more files than the tests do.
"""

import importlib.util
import os
import resource
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convpipe import config
from convpipe.data import load
from convpipe.errors import ConvpipeError
from convpipe.registry import READERS


def beside(name: str):
    """A module in this folder."""
    specification = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


fuzzed, damage = beside("fuzzed"), beside("damage")
#: Damaged files tried for each kind.
TRIED = int(os.environ.get("CONVPIPE_FUZZ", "15"))
#: Milliseconds for a small file, where many are tried.
DEADLINE = 10_000 if "CONVPIPE_FUZZ" in os.environ else None
MOST_MEMORY = 2 * 2**20  # kB
#: Words of the lines that say what was left out, converted or guessed.
SAID = (
    *(
        "left out",
        "sorted",
        "read as",
        "warning",
        "resampled",
        "mixed down",
        "gaps of",
        "have the time",
        "are merged into one class",
    ),
    *("quotation marks", "no sample", "thousands marks", "state no", "rises by"),
)


#: Harmless changes that are refused all the same.
MACINTOSH = "line ends of the old Macintosh"
REFUSED = dict.fromkeys(("texts with commas", "texts with tabs", "texts in JSON", ".ts"), ("UTF-16", MACINTOSH))
REFUSED["ARFF"] = (MACINTOSH,)


class Made:
    """Files of one kind in a folder, as they were written, and what they give."""

    def __init__(self, kind, folder: Path):
        self.kind, self.folder = kind, folder
        self.asked = kind.write(folder)
        self.reader, self.path = self.asked.pop("reader"), str(folder / self.asked.pop("path", ""))
        self.paths = sorted(filter(Path.is_file, folder.rglob("*")))
        self.whole = {path.relative_to(folder).as_posix(): path.read_bytes() for path in self.paths}
        self.written, self.said = self.read()

    def read(self):
        """The samples with the names of their classes, and the lines for the user."""
        said: list[str] = []
        dataset = load(READERS[self.reader].settings(path=self.path, **self.asked), config.Window(), said.append)
        names = [dataset.class_names[label] for label in dataset.labels]
        return [(dataset.inputs[row], names[row]) for row in range(len(dataset))], said

    def strict(self, name: str, content: bytes):
        """What a strict reading gives where a file has another content; None where it refuses the file."""
        try:
            return fuzzed.in_classes(self.kind.read({**self.whole, name: content})) if self.kind.read else None
        except ValueError:
            return None

    def untouched(self, name: str, content: bytes) -> tuple[int, int]:
        """How many samples at the start and at the end stand in lines as they were written."""
        old, new = (text.rstrip(b"\n").split(b"\n") for text in (self.whole[name], content))
        head, most = len(old) - len(self.written), min(len(old), len(new))
        first = next((line for line in range(most) if old[line] != new[line]), most)
        last = next((line for line in range(most - first) if old[-1 - line] != new[-1 - line]), most - first)
        return max(first - head, 0), min(last, len(self.written))


def equal(got, expected) -> bool:
    """Whether samples and classes are the same, numbers in the precision that was read."""
    if len(got) != len(expected):
        return False
    for (sample, label), (wanted, name) in zip(got, expected, strict=True):
        if label != name or isinstance(sample, str) != isinstance(wanted, str):
            return False
        if isinstance(sample, str):
            if sample != wanted:
                return False
            continue
        with np.errstate(all="ignore"):
            wanted = np.asarray(wanted).astype(np.asarray(sample).dtype)
        if not np.array_equal(sample, wanted, equal_nan=True):
            return False
    return True


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """For each kind: its files as they were written."""
    made = {}
    for name, kind in fuzzed.KINDS.items():
        made[name] = Made(kind, tmp_path_factory.mktemp("files"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield made
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MOST_MEMORY


@pytest.mark.parametrize("name", fuzzed.KINDS)
def test_strict_reading_of_whole_files_gives_what_was_read(made, name):
    each = made[name]
    assert each.kind.read is None or equal(each.written, each.kind.read(each.whole))


@pytest.mark.parametrize("name", [name for name, kind in fuzzed.KINDS.items() if kind.is_text])
@pytest.mark.parametrize("how", damage.HARMLESS)
def test_harmless_changes_of_a_text_file_change_nothing(made, name, how):
    each = made[name]
    if how in REFUSED.get(name, ()):
        pytest.skip("is refused, with a remedy")
    for file, content in each.whole.items():
        (each.folder / file).write_bytes(damage.HARMLESS[how](content))
    try:
        assert equal(each.read()[0], each.written)
    finally:
        for file, content in each.whole.items():
            (each.folder / file).write_bytes(content)


@pytest.mark.slow
@pytest.mark.parametrize("name", fuzzed.KINDS)
@settings(max_examples=TRIED, deadline=DEADLINE, suppress_health_check=list(HealthCheck), database=None)
@given(data=st.data())
def test_damaged_file_is_refused_in_one_line_or_read_as_it_stands_or_there_is_a_note(made, name, data):
    each = made[name]
    path = data.draw(st.sampled_from(each.paths))
    how = data.draw(st.sampled_from(damage.OF_BYTES + damage.OF_TEXT if each.kind.is_text else damage.OF_BYTES))
    at, length = data.draw(st.floats(0, 1)), data.draw(st.integers(1, 40))
    file = path.relative_to(each.folder).as_posix()
    content = damage.damaged(each.whole[file], how, at, length, data.draw(st.sampled_from(damage.SIGNS)))
    kept = each.folder.with_suffix(".kept")
    shutil.copy(path, kept)
    path.write_bytes(content)
    try:
        got, said = each.read()
    except ConvpipeError as error:
        assert "\n" not in str(error) and str(error)
        return
    finally:
        shutil.move(kept, path)
    new = [line for line in said if line not in each.said]
    if any(word in line for line in new for word in SAID):
        return
    strict = each.strict(file, content)
    assert equal(got, each.written) or strict is not None and equal(got, strict), f"{how}: {new}"
    if each.kind.by_line:
        first, last = each.untouched(file, content)
        assert equal(got[:first], each.written[:first]), "rows that nothing happened to"
        assert equal(got[len(got) - last :], each.written[len(each.written) - last :]), "rows that nothing happened to"
