"""The output of an explanation: lines of at most 80 columns, figures with names and units, files."""

import io

import numpy as np
import pytest
from rich.console import Console

from convpipe.errors import ConfigError
from convpipe.evaluation.explanation import Axis, Explanation, KernelShare, Spectrogram
from convpipe.evaluation.explanation_files import check_place, write_explanation
from convpipe.evaluation.explanation_lines import explanation_lines
from convpipe.evaluation.figures.context import FigureContext
from convpipe.evaluation.figures.explanation import explanation_figure, explanation_html

CONTEXT = FigureContext("made", "fcn", 0, "test part")
NAMES = ("costs $5 and $6", "\N{GREEK SMALL LETTER ALPHA}<b>")


def made(modality: str, shape=None, axes=("time",), units=("s",), sample=None, **more) -> Explanation:
    shape = shape or (50,)
    values = np.zeros(shape)
    values[tuple(slice(size // 3, size // 2) for size in shape)] = 2.0
    values[tuple(slice(0, max(1, size // 10)) for size in shape)] = -1.0
    labels = {"channel": tuple(f"channel {n}" for n in range(shape[-1]))}
    rows = zip(axes, units, shape, strict=True)
    edges = tuple(Axis(name, unit, np.arange(size + 1) / 10, labels.get(name, ())) for name, unit, size in rows)
    scores = np.stack([values, np.zeros(shape)], axis=-1)
    about = (np.zeros(2), scores.reshape(-1, 2).sum(0), np.array([0.9, 0.1]), NAMES, 0, "class activation map", True)
    random = np.random.default_rng(0)
    sample = random.normal(size=(50, 2)) if sample is None else sample
    return Explanation(modality, sample, scores, edges, *about, "a/sample row 7", **more)


def spectrogram(frames=20, bands=8):
    values = np.random.default_rng(0).uniform(size=(frames, bands))
    return Spectrogram(values, np.arange(frames + 1) / 4, np.linspace(0, 4000, bands + 1))


HEARD = {"spectrogram": spectrogram(), "sampling_rate": 10.0}
RANDOM = np.random.default_rng(0)
KERNEL = KernelShare("kernel --+--+-+-", 4, (0, 1), np.array([0.8, -0.1]), 12, 45)
CASES = {
    "series": lambda: made("series", sampling_rate=10.0),
    "kernels": lambda: made("series", sampling_rate=10.0, kernels=[KERNEL], channel_names=("ax", "ay")),
    "channels": lambda: made("series", (50, 2), ("time", "channel"), ("s", ""), sampling_rate=10.0),
    "frequencies": lambda: made("series", (20, 8), ("time", "frequency"), ("s", "Hz"), **HEARD),
    "image": lambda: made("image", (20, 18), ("row", "column"), ("px", "px"), np.full((20, 18, 1), 99, np.uint8)),
    "color": lambda: made("image", (20, 90), ("row", "column"), ("px", "px"), np.full((40, 180, 3), 99, np.uint8)),
    "volume": lambda: made(
        "volume", (8, 9, 10), ("depth", "height", "width"), ("voxels",) * 3, RANDOM.normal(size=(8, 9, 10, 1))
    ),
    "wave": lambda: made("sound", sample=np.ones((50, 1)), **HEARD),
    "sound": lambda: made("sound", (20, 8), ("time", "frequency"), ("s", "Hz"), np.ones((50, 1)), **HEARD),
    "many channels": lambda: made(
        "series", (50, 40), ("time", "channel"), ("s", ""), RANDOM.normal(size=(50, 40)), sampling_rate=10.0
    ),
    "one step": lambda: made("series", (1,), sample=np.ones((1, 1))),
    "other": lambda: made("mine", (3, 4, 5, 6), ("a", "b", "c", "d"), ("",) * 4, object()),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("color", [True, False])
def test_lines_fit_a_terminal_and_show_class_method_and_regions(case, color):
    console = Console(file=io.StringIO(), width=80, color_system="truecolor" if color else None, force_terminal=color)
    lines = list(explanation_lines(CASES[case](), color))
    for line in lines:
        console.print(line, soft_wrap=True, markup=False)
    assert max(len(line.plain) for line in lines) <= 80
    text = "\n".join(line.plain for line in lines)
    assert NAMES[0] in text and NAMES[1] in text and "90%" in text and "exact" in text
    assert "for   " in text or case in ("one step", "other")  # too small for a region
    assert color or text.isascii() or NAMES[1] in text
    assert ("# for" in text) is not color
    if case == "kernels":
        assert "--+--+-+-" in text and "dilation 4" in text and "steps 12 to 44" in text and "ax ay" in text


@pytest.mark.parametrize("case", CASES)
def test_figures_show_class_runner_up_method_and_source(case):
    figure = explanation_figure(CASES[case](), CONTEXT)
    figure.savefig(io.BytesIO(), format="png")
    texts = [each.get_text() for each in figure.findobj(lambda each: hasattr(each, "get_text"))]
    text = "\n".join(texts)
    assert NAMES[0] in text and NAMES[1] in text and "90%" in text and "10%" in text
    assert "class activation map (exact)" in text and str(CONTEXT) in text and "a/sample row 7" in text
    unit = {"image": "px", "color": "px", "volume": "voxels", "other": "d"}.get(case, "time (s)")
    assert unit in text
    assert (case == "kernels") == ("--+--+-+-, dilation 4, most at steps 12 to 44" in text)
    assert any("logit of costs" in each for each in texts)  # the color bar


def text_explanation():
    values = np.array([[0.1, 0], [2.0, 0], [-0.5, 0]])
    axes = (Axis("token", "", np.arange(4.0)),)
    about = (np.zeros(2), values.sum(0), np.array([0.9, 0.1]), NAMES, 0, "occlusion", False, "row 1")
    return Explanation("text", "a <i> c", values, axes, *about, tokens=["a", "<i>", "c"])


def test_an_explained_text_is_an_escaped_html_fragment():
    page = explanation_html(text_explanation())
    assert page.startswith("<div") and page.endswith("</div>")
    assert "<i>" not in page and "&lt;i&gt;" in page and "&lt;b&gt;" in page
    assert 'class="for"' in page and 'class="against"' in page and "occlusion (approximate)" in page


def test_files_are_figures_and_self_contained_pages(tmp_path):
    explanation = CASES["image"]()
    picture = write_explanation(tmp_path / "x.png", explanation, CONTEXT, 1)
    assert picture.read_bytes().startswith(b"\x89PNG")
    page = write_explanation(tmp_path / "x.html", explanation, CONTEXT, 1).read_text()
    assert "data:image/png;base64," in page and "http" not in page and "made, fcn, seed 0" in page
    assert "<b>" not in page and "&lt;b&gt;" in page
    inside = write_explanation(tmp_path / "folder", explanation, CONTEXT, 3)
    assert inside.parent == tmp_path / "folder" and inside.name == "0003_a_sample_row_7.png"
    assert write_explanation(tmp_path / "folder", text_explanation(), CONTEXT, 4).suffix == ".html"
    assert {each.name for each in tmp_path.iterdir()} == {"x.png", "x.html", "folder"}


def test_existing_files_and_unknown_suffixes_are_refused(tmp_path, refused):
    there, full, empty = tmp_path / "there.png", tmp_path / "full", tmp_path / "empty"
    there.write_text("mine")
    full.mkdir(), empty.mkdir()
    (full / "mine").write_text("")
    facts = {"key": "--output"}
    for place, several, is_text in (
        (there, False, False), (full, True, False), (tmp_path / "x.pdf", False, False),
        (tmp_path / "x.png", True, False), (tmp_path / "x.png", False, True), (tmp_path / "no" / "x.png", False, False),
    ):  # fmt: skip
        with refused(ConfigError, **facts, value=str(place), file=place):
            check_place(place, several, is_text, overwrite=False)
    check_place(there, False, False, overwrite=True)
    check_place(full, True, True, overwrite=True)
    check_place(empty, True, False, overwrite=False)
    check_place(tmp_path / "new", True, True, overwrite=False)
    check_place(tmp_path / "x.html", False, True, overwrite=False)
