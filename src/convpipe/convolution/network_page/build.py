"""Build the page of a trained network: its first kernels on samples of its test part, in one file that works offline.

Python computes everything with Keras and writes it into the page. The page adds up the products of the current window
and shows whether the sum agrees with the response of Keras.
"""

import html
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from convpipe.convolution.network_page.activations import Observer
from convpipe.convolution.network_page.content import contents
from convpipe.convolution.network_page.run_samples import OpenedRun, choose_samples, open_run
from convpipe.errors import ConfigError

PARTS = Path(__file__).parent / "web"
LESSON = Path(__file__).parents[1] / "lesson_page" / "web"


@dataclass(frozen=True)
class Page:
    """A page and its summary.

    Args:
        html: the whole file.
        numbers: numbers of its samples in the test part.
        notes: what the page does not show, one line each.
    """

    html: str
    numbers: list[int]
    notes: list[str]


def network_page(run: str, sample: int | None = None) -> Page:
    """Build the page of a run's first network.

    Args:
        run: run as in `open_run`.
        sample: number of a sample in the test part, from 0; None: a few representative ones.

    Raises:
        ConvpipeError: the run or its data cannot be read.
        DataError: the sample does not exist, or the data have changed.
        ConfigError: the page cannot show the network; the error names the layer.
    """
    opened = open_run(run)
    observer = Observer(opened.classifier.networks[0])
    numbers = choose_samples(opened, sample)
    seen = [observer.watch(_batch(opened, number)) for number in numbers]
    content, notes = contents(opened, observer, numbers, seen)
    return Page(assemble(opened.name, content), [each["number"] for each in content["samples"]], notes)


def write_network_page(run: str, sample: int | None, file: str) -> list[str]:
    """Write the page of a run and return lines on its content.

    Args:
        run, sample: as in `network_page`.
        file: path of the page.

    Raises:
        ConfigError: the file cannot be written.
        ConvpipeError: as in `network_page`.
    """
    path = Path(file)
    if not path.parent.is_dir() or path.is_dir():
        fault = "is a folder" if path.is_dir() else f"cannot be written: the folder {path.parent} does not exist"
        remedy = "set page=FILE in a folder that exists"
        raise ConfigError(f"page={file} {fault}", key="page", value=file, remedy=remedy)
    page = network_page(run, sample)
    path.write_text(page.html, encoding="utf-8")
    named = f"sample{'s' if len(page.numbers) > 1 else ''} {', '.join(map(str, page.numbers))}"
    lines = [f"wrote {file}: {named} of the test part, {len(page.html.encode()) / 1e6:.2g} MB"]
    return lines + [f"  {note}" for note in page.notes]


def _batch(opened: OpenedRun, number: int) -> np.ndarray:
    """A sample of the test part as the network takes it, (1, ...)."""
    part = opened.dataset.subset(opened.test[[number]])
    return opened.classifier.preprocessing.transform(part.inputs, part.sample_ids)[np.array([0])]


def colors() -> str:
    """Return the colors of the lesson page, light and dark: the rules at the top of its style sheet."""
    style = (LESSON / "page.css").read_text(encoding="utf-8")
    return style[: style.index("\n* {")]


def assemble(name: str, content: dict) -> str:
    """Return the HTML of a page."""
    page = (PARTS / "page.html").read_text(encoding="utf-8")
    page = page.replace("/*colors.css*/", colors())
    for part in sorted(PARTS.glob("*.*s")):  # style sheets and scripts replace their placeholders
        page = page.replace(f"/*{part.name}*/", part.read_text(encoding="utf-8").strip())
    words = json.dumps(content, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    return page.replace("/*TITLE*/", html.escape(name)).replace("/*CONTENT*/", words)
