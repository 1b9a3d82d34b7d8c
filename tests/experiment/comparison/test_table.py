"""The table and the figure of a comparison, with and without missing values."""

from convpipe.experiment.comparison import table
from convpipe.experiment.comparison.figure import comparison_figure
from convpipe.experiment.comparison.statistics import Row
from convpipe.experiment.comparison.variants import COMPARISONS

STEPS, IMAGE, _, AGAIN = COMPARISONS["sensors"].variants
MEASURED = {
    "parameters": 31810,
    "multiply_adds": 1549888,
    "receptive_field": [32, 13],
    "seconds_a_step": 0.0123,
    "seconds_a_step_lowest": 0.012,
    "seconds_a_step_highest": 0.013,
    "batch_size": 4,
    "peak_memory_mb": 795.3,
}
SHUFFLED = {"accuracy": 0.625, "samples": 8, "drawn": 8, "groups": False, "axes": [
    {"axis": "steps", "accuracy": 0.125, "drop": 0.5, "low": 0.375, "high": 0.75},
]}  # fmt: skip
OTHER = SHUFFLED | {"axes": [SHUFFLED["axes"][0] | {"axis": "frames"}]}
ROWS = [
    Row(STEPS, {0: 0.5, 1: 0.75}, MEASURED),
    Row(IMAGE, {}, {}, errors=["seed 0 failed: no", "seed 0 failed: no"]),
    Row(AGAIN, {0: 0.5, 1: 0.75}, MEASURED | {"largest_difference": 1e-7, "compared_samples": 3}),
]
ABOUT = {"comparison": "sensors", "data": "watch", "cores": "1", "command": "python scripts/compare.py"}


def test_csv_has_every_measurement_and_its_provenance():
    first, second, third = table.rows_for_csv(ROWS, ABOUT)
    assert list(first) == list(second) == list(third)
    assert (first["accuracy"], first["seeds"], first["receptive_field"]) == (0.625, 2, "32 x 13")
    assert round(first["accuracy_spread"], 6) == 0.176777
    assert (second["accuracy"], second["parameters"], second["errors"]) == (None, None, "seed 0 failed: no")
    assert (third["equivalent_to"], third["largest_difference"]) == (STEPS.name, 1e-7)
    assert {key: first[key] for key in ABOUT} == ABOUT


def test_the_printed_table_has_a_line_per_network_and_per_failure():
    head, one, two, again, failed = table.lines(ROWS)
    assert head.split()[:3] == ["network", "seeds", "accuracy"]
    figures = ("0.6250 ± 0.1768", "31,810", "1,549,888", "32 x 13", "12.30", "795")
    assert all(figure in one and figure in again for figure in figures)
    assert two.split() == [*IMAGE.name.split(), "0"]
    assert failed == f"{IMAGE.name}: seed 0 failed: no"


def test_the_figure_has_a_dot_per_seed_and_marks_missing_values():
    drawn = comparison_figure(ROWS, "watch")
    drawn.draw_without_rendering()
    accuracies, parameters, *_ = drawn.axes
    dots = [line for line in accuracies.lines if line.get_marker() == "o"]
    assert [list(line.get_xdata()) for line in dots] == [[0.5, 0.75]] * 2
    assert "no run finished" in [text.get_text() for text in accuracies.texts]
    assert [text.get_text() for text in parameters.texts] == ["31.8k", "not measured", "31.8k"]
    assert [bar.get_width() for bar in parameters.patches] == [31810, 0, 31810]


def test_an_axis_that_a_network_does_not_have_is_empty():
    rows = [Row(STEPS, shuffled=SHUFFLED), Row(IMAGE, shuffled=OTHER), Row(AGAIN)]
    first, second, third = table.rows_for_csv(rows, ABOUT)
    assert list(first) == list(second) == list(third)
    assert (first["shuffled_steps"], first["shuffled_frames"], second["shuffled_steps"]) == (0.125, None, None)
    assert (first["shuffled_steps_drop_low"], first["shuffled_steps_drop_high"]) == (0.375, 0.75)
    assert (first["bootstrap"], third["unshuffled"], third["bootstrap"]) == ("8 samples", None, None)
    _, head, one, two, _ = table.shuffle_lines(rows)
    assert head.split()[-3:] == ["none", "steps", "frames"]
    assert one.split()[-2:] == ["0.6250", "0.1250"] and two.split()[-2:] == ["0.6250", "0.1250"]
    assert len(one) < len(two)


def test_the_figure_has_a_ring_per_axis():
    drawn = comparison_figure([Row(STEPS, {0: 0.5}, MEASURED, SHUFFLED), Row(IMAGE)], "watch")
    drawn.draw_without_rendering()
    panel = drawn.axes[1]
    assert [line.get_xdata()[0] for line in panel.lines if line.get_marker() == "o"] == [0.125]
    assert [text.get_text() for text in panel.texts] == ["steps"]


def test_a_figure_without_results_can_be_drawn():
    comparison_figure([Row(STEPS)], "nothing").draw_without_rendering()
