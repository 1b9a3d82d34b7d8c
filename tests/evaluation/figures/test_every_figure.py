"""Requirements for every figure of every modality: context, axis labels and readable text."""

import itertools
import warnings
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from convpipe.data.dataset import Subset
from convpipe.evaluation.figures import common, curves, images, series, sound, volumes
from convpipe.evaluation.figures.context import FigureContext
from convpipe.evaluation.figures.words import families, literal, quiet, wrapped
from convpipe.evaluation.rejection import risk_coverage
from convpipe.evaluation.run_files import write_figure
from convpipe.preprocessing.sound import SoundPreprocessing

CONTEXT = FigureContext("a_data_set", "inception_time", 41, "validation part, fold 2 of 5")
NAMES = ("climbing stairs with both hands", "$5 and $6", "日本語 عربي 🙂")
RANDOM = np.random.default_rng(0)
SAMPLES = 40
PROBABILITIES = RANDOM.dirichlet(np.ones(3), SAMPLES)
LABELS = np.where(RANDOM.random(SAMPLES) < 0.3, PROBABILITIES.argmax(1), (PROBABILITIES.argmax(1) + 1) % 3)
IDS = [f"a folder of recordings/subject_{i % 5}/a long file name without an end {i}.csv, row {i}" for i in range(40)]
RECORDINGS = np.array([f"recording {i % 4}" for i in range(SAMPLES)])


def subset(shape, modality, recordings=None, scale=1.0):
    inputs = [(scale * RANDOM.random(shape)).astype(np.uint8 if modality == "image" else float) for _ in range(SAMPLES)]
    return Subset(inputs, LABELS, IDS, 50.0, modality, recordings)


def short(shape, modality):
    return replace(subset(shape, modality), sample_ids=[str(i) for i in range(SAMPLES)])


def history():
    falling = (1 / np.arange(1, 31)).tolist()
    names = ("loss", "val_loss", "accuracy", "val_accuracy", "learning_rate")
    return dict.fromkeys(names, falling)


def matrix(classes):
    labels = RANDOM.integers(0, classes, 500)
    names = [f"a rather long name of class {i}" for i in range(classes)]
    return common.confusion_matrix(labels, RANDOM.integers(0, classes, 500), names, CONTEXT)


def kernels(*shape):
    return RANDOM.normal(size=shape)


SOUND = SoundPreprocessing("recording", 400, 1000.0, 8, 64, 16)
MANY = tuple(f"a rather long name of class {i}" for i in range(40))
MANY_PROBABILITIES = RANDOM.dirichlet(np.ones(40), 400)
SENSORS = tuple(f"sensor {i}" for i in range(40))
FIGURES = {
    "learning curves": lambda: common.learning_curves(history(), 12, CONTEXT),
    "confusions": lambda: common.confusion_matrix(LABELS, PROBABILITIES.argmax(1), NAMES, CONTEXT),
    "confusions of 20": lambda: matrix(20),
    "reliability": lambda: curves.reliability_diagram(LABELS, PROBABILITIES, CONTEXT),
    "roc": lambda: curves.roc_curves(LABELS, PROBABILITIES, NAMES, CONTEXT),
    "precision and recall": lambda: curves.precision_recall_curves(LABELS, PROBABILITIES, NAMES, CONTEXT),
    "roc of 40": lambda: curves.roc_curves(np.arange(400) % 40, MANY_PROBABILITIES, MANY, CONTEXT),
    "risk": lambda: curves.risk_coverage_curve(risk_coverage(LABELS, PROBABILITIES), CONTEXT),
    "series": lambda: series.worst_mistakes(subset((60, 1), "series"), PROBABILITIES, NAMES, CONTEXT),
    "windows": lambda: series.worst_mistakes(subset((60, 3), "series", RECORDINGS), PROBABILITIES, NAMES, CONTEXT),
    "20 channels": lambda: series.worst_mistakes(subset((60, 20), "series"), PROBABILITIES, NAMES, CONTEXT),
    "images": lambda: images.worst_mistakes(subset((28, 28, 1), "image", scale=255), PROBABILITIES, NAMES, CONTEXT),
    "small images": lambda: images.worst_mistakes(short((8, 8, 1), "image"), PROBABILITIES, "abc", CONTEXT),
    "flat images": lambda: images.worst_mistakes(short((9, 32, 1), "image"), PROBABILITIES, "abc", CONTEXT),
    "high images": lambda: images.worst_mistakes(short((32, 9, 1), "image"), PROBABILITIES, "abc", CONTEXT),
    "scans": lambda: volumes.worst_mistakes(short((15, 15, 15, 1), "volume"), PROBABILITIES, "abc", CONTEXT),
    "volumes": lambda: volumes.worst_mistakes(subset((12, 20, 16, 1), "volume"), PROBABILITIES, NAMES, CONTEXT),
    "sound": lambda: sound.worst_mistakes(subset((400, 1), "sound"), PROBABILITIES, NAMES, SOUND, CONTEXT),
    "kernels": lambda: series.first_kernels(kernels(9, 1, 16), CONTEXT),
    "one kernel": lambda: series.first_kernels(kernels(9, 1, 1), CONTEXT),
    "kernels of 6 channels": lambda: series.first_kernels(kernels(9, 6, 30), CONTEXT),
    "kernels of 40 channels": lambda: series.first_kernels(kernels(9, 40, 3), CONTEXT, SENSORS),
    "kernels of images": lambda: images.first_kernels(kernels(3, 3, 1, 32), CONTEXT),
    "kernels of colors": lambda: images.first_kernels(kernels(5, 3, 3, 7), CONTEXT),
    "kernels of volumes": lambda: volumes.first_kernels(kernels(3, 3, 3, 1, 16), CONTEXT),
}  # fmt: skip


def texts_of(figure) -> list[tuple[str, object]]:
    """All visible texts with their extents in pixels at 120 dpi."""
    figure.set_dpi(120)
    literal(figure)
    canvas = FigureCanvasAgg(figure)
    with quiet():
        canvas.draw()
        renderer = canvas.get_renderer()
        hidden = {text for axes in figure.axes if not axes.get_visible() for text in axes.findobj(Text)}
        ticks = {label for axes in figure.axes for axis in (axes.xaxis, axes.yaxis) for label in _outside(axis)}
        seen = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
        return [(text.get_text(), text.get_window_extent(renderer)) for text in seen if text not in hidden | ticks]


def _outside(axis) -> set:
    """The labels of ticks that are not drawn, such as those outside the limits."""
    drawn = {label for tick in axis._update_ticks() for label in (tick.label1, tick.label2)}
    every = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
    return {label for tick in every for label in (tick.label1, tick.label2)} - drawn


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_complete_and_readable(name):
    figure = FIGURES[name]()
    heading = " ".join(text.get_text() for text in figure.texts)
    assert str(CONTEXT) in heading
    named = figure.get_supxlabel() and figure.get_supylabel()
    for axes in figure.axes:
        bar = hasattr(axes, "_colorbar")
        drawn = axes.get_visible() and (axes.lines or axes.images or axes.collections or axes.patches)
        if drawn and not (named or bar):
            shared = axes.get_shared_x_axes().joined(axes, figure.axes[-1]) and axes is not figure.axes[-1]
            assert axes.get_ylabel() or _has_row_labels(axes), axes
            assert axes.get_xlabel() or shared or not axes.get_xticks().size, axes
        elif bar:
            assert axes.get_ylabel()
    found = texts_of(figure)
    frame = figure.bbox.padded(1)
    assert not [text for text, box in found if not _inside(box, frame)]
    overlapping = [
        (one, other) for (one, a), (other, b) in itertools.combinations(found, 2) if a.padded(-1).overlaps(b.padded(-1))
    ]
    assert not overlapping
    assert min(text.get_fontsize() for text in figure.findobj(Text) if text.get_text()) >= 5.5


def _has_row_labels(axes) -> bool:
    """Whether the rows of a panel are labeled, by its ticks or by those of the first panel in its row."""
    return axes.get_yticks().size > 0


def _inside(box, frame) -> bool:
    return frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1


@pytest.mark.slow
def test_a_hundred_class_labels_do_not_overlap():
    found = texts_of(matrix(100))
    boxes = [box for text, box in found if text.startswith("a rather long")]
    assert len(boxes) == 200
    assert not [1 for a, b in itertools.combinations(boxes, 2) if a.padded(-1).overlaps(b.padded(-1))]


def test_one_mistake_per_recording_is_shown_and_the_others_are_counted():
    part = subset((60, 1), "series", RECORDINGS)
    wrong = PROBABILITIES.argmax(1) != LABELS
    figure = series.worst_mistakes(part, PROBABILITIES, NAMES, CONTEXT)
    panels = [axes for axes in figure.axes if axes.get_visible()]
    assert len(panels) == len(set(RECORDINGS[wrong]))
    surest = [max(PROBABILITIES[wrong & (name == RECORDINGS)].max() for name in set(RECORDINGS))]
    assert f"({100 * surest[0]:.0f}%)" in panels[0].get_title(loc="left").replace("\n", " ")
    more = [int(axes.texts[0].get_text().replace("\n", " ").split("; ")[1].split()[0]) for axes in panels]
    assert sum(more) + len(panels) == wrong.sum()


def test_multichannel_kernels_are_heat_maps_on_one_scale():
    weights = kernels(9, 6, 4)
    figure = series.first_kernels(weights, CONTEXT, tuple("uvwxyz"))
    maps = figure.axes[0].images
    order = np.argsort(-(weights**2).sum(axis=(0, 1)))
    reach = np.abs(weights).max()
    for image, kernel in zip(maps, order, strict=True):
        np.testing.assert_allclose(image.get_array(), weights[:, :, kernel].T / reach)
        assert image.get_clim() == (-1, 1)
    names = figure.axes[0].get_yticklabels()
    assert [label.get_text() for label in names] == list("uvwxyz")
    assert [label.get_position()[1] for label in names] == sorted(
        (name.get_position()[1] for name in names), reverse=True
    )
    assert [tick.get_text() for tick in figure.axes[1].get_yticklabels()][1] == "0"


def test_missing_glyphs_cause_no_warning(tmp_path, capfd):
    part = subset((60, 1), "series")
    figure = series.worst_mistakes(part, PROBABILITIES, ("\U0001fae8", "日本", "ع"), CONTEXT)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        write_figure(tmp_path / "figure", figure)
    assert (tmp_path / "figure.png").stat().st_size > 1000 and capfd.readouterr() == ("", "")


def test_missing_characters_use_fallback_fonts(monkeypatch):
    fonts = [SimpleNamespace(name="Other Sans", fname="other", style="normal", weight=400)]
    monkeypatch.setattr("convpipe.evaluation.figures.words.fontManager", SimpleNamespace(ttflist=fonts))
    monkeypatch.setattr("convpipe.evaluation.figures.words.findSystemFonts", list)
    usual = frozenset(map(ord, "abc"))
    monkeypatch.setattr(
        "convpipe.evaluation.figures.words._glyphs", lambda path: frozenset({ord("開")}) if path == "other" else usual
    )
    assert families("abc")[1:] == [] and families("a開")[1:] == ["Other Sans"]


def test_dollar_signs_are_literal(tmp_path):
    figure = common.confusion_matrix(LABELS, LABELS, ("$x^2", "$\\frac", "c"), CONTEXT)
    write_figure(tmp_path / "figure", figure)
    assert not any(text.get_parse_math() for text in figure.findobj(Text))


@pytest.mark.parametrize("text", ["a" * 60, "one two three four", "folder/sub/a_file-name.csv", ""])
def test_wrapped_lines_fit_and_keep_all_characters(text):
    lines = wrapped(text, 0.8, 9)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(len(line) <= 16 for line in lines)


def test_a_number_and_its_unit_are_not_separated():
    assert wrapped("climb → row (84%)", 1.0, 9, "bold")[-1].endswith("(84%)")
