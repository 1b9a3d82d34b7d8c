"""Build the lesson page: one file that works offline and checks itself against this package when it opens.

Its sources are in the folder `web`. Because they implement the arithmetic again in JavaScript, Python writes the
expected results of several hundred settings into the page (`checks`). The page computes them and shows whether they
agree.
"""

import json
from pathlib import Path

from convpipe.convolution.lesson_page.checks import checks
from convpipe.convolution.lesson_page.examples import examples
from convpipe.convolution.lesson_page.questions import QUESTIONS

PARTS = Path(__file__).parent / "web"
SCRIPTS = (
    "arithmetic.js",
    "examples.js",
    "state.js",
    "drawing.js",
    "view_line.js",
    "view_plane.js",
    "block_canvas.js",
    "view_block.js",
    "view_stack.js",
    "words.js",
    "page.js",
    "events.js",
)


def build_page() -> str:
    """Return the whole page as HTML."""
    page = _part("page.html")
    places = {
        "/*STYLE*/": _part("page.css"),
        "/*SCRIPTS*/": "".join(map(_part, SCRIPTS)),
        "/*NUMBERS*/": json.dumps(numbers(), separators=(",", ":"), ensure_ascii=False),
    }
    for place, words in places.items():
        page = page.replace(place, words.strip())
    return page


def _part(name: str) -> str:
    return (PARTS / name).read_text(encoding="utf-8")


def numbers() -> dict:
    """Return everything that the page takes from Python: examples, questions and expected results."""
    by_name = examples()
    return {
        "examples": {name: example.page() for name, example in by_name.items()},
        "questions": [question._asdict() for question in QUESTIONS],
        "checks": checks(by_name),
    }
