"""The lesson page: one file, no network, and it checks itself against this package when it opens.

Its parts lie in the folder `page`. The arithmetic is written again in JavaScript, so Python writes into the page what
several hundred settings must give (`page_checks`), and the page computes them all and says whether they agree.
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
    """The whole page, as HTML."""
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
    """Everything that the page takes from Python: examples, questions, and what its arithmetic must give."""
    found = examples()
    return {
        "examples": {name: example.page() for name, example in found.items()},
        "questions": [question._asdict() for question in QUESTIONS],
        "checks": checks(found),
    }
