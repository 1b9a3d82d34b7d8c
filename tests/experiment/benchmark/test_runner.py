"""The order of measurements, the table, and rows that are kept from an earlier table; no process is started."""

import csv
import json

import pytest

from convpipe.errors import ConfigError
from convpipe.experiment.benchmark.runner import Benchmark
from convpipe.experiment.benchmark.settings import BenchmarkSettings


@pytest.fixture
def benchmark(fake_suite, tmp_path):
    """`benchmark(repeats=2)` runs the fake suite on the sets a and b; returns the exit status and the table's rows."""
    table = tmp_path / "table.csv"

    def run(**settings):
        fake_suite.asked.clear()
        values = {"suite": "fake", "sets": ["a", "b"], "repeats": 2, "table": str(table), **settings}
        status = Benchmark(BenchmarkSettings(**values), tmp_path).run()
        with table.open(newline="") as file:
            return status, list(csv.DictReader(file))

    return run


def test_libraries_are_measured_in_turn_with_one_seed_per_process(benchmark, fake_suite):
    benchmark(seed=5)
    turns = [(library, seed) for seed in (5, 6) for library in ("convpipe", "keras")]
    assert fake_suite.asked == [(name, *turn) for name in ("a", "b") for turn in turns]


def test_a_row_has_results_versions_and_machine(benchmark):
    from importlib.metadata import version

    status, rows = benchmark()
    assert status == 0 and [(row["set"], row["library"]) for row in rows] == [
        ("a", "convpipe"), ("a", "keras"), ("b", "convpipe"), ("b", "keras")
    ]  # fmt: skip
    row = rows[1]
    assert (row["seconds"], row["seconds_lowest"], row["seconds_highest"]) == ("1.5", "1.0", "2.0")
    assert row["version"] == version("keras") and f"keras {version('keras')}" in row["versions"]
    assert all(row[name] for name in ("repeats", "cores", "threads", "load_average", "command")) and not row["error"]


def test_every_measurement_is_printed_with_the_time_left_and_recorded(benchmark, tmp_path, capsys):
    benchmark()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("[1/8] a, convpipe, seed 0: 1.0 s (") and lines[7].startswith("[8/8] ")
    written = [json.loads(line) for line in (tmp_path / "measurements.jsonl").read_text().splitlines()]
    assert len(written) == 8 and written[0] == {"set": "a", "library": "convpipe", "seed": 0, "seconds": 1.0}


def test_matching_rows_are_kept_and_others_measured(benchmark, fake_suite):
    benchmark(sets=["a"])
    fake_suite.measured = lambda key, seed: {"seconds": 10.0 + seed}
    _, rows = benchmark()
    assert {name for name, _, _ in fake_suite.asked} == {"b"}
    assert [row["seconds"] for row in rows] == ["1.5", "1.5", "10.5", "10.5"]


@pytest.mark.parametrize("changed", [{"resume": False}, {"repeats": 3}, {"threads": 7}])
def test_rows_are_measured_again_after_a_change_or_with_resume_false(benchmark, fake_suite, changed):
    benchmark()
    _, rows = benchmark(**changed)
    assert len({each[:2] for each in fake_suite.asked}) == 4 and len(rows) == 4


def test_an_incomplete_group_is_measured_again_completely(benchmark, fake_suite):
    benchmark(peers="none", sets=["a"])
    benchmark(sets=["a"])
    assert {library for _, library, _ in fake_suite.asked} == {"convpipe", "keras"}


def test_a_failure_is_a_row_with_an_error_and_is_measured_again(benchmark, fake_suite, capsys):
    fake_suite.measured = lambda key, seed: {"error": "no"} if key["library"] == "keras" else {"seconds": 1.0}
    status, rows = benchmark(sets=["a"])
    assert status == 1 and [row["error"] for row in rows] == ["", "no"] and rows[1]["seconds"] == ""
    assert "a, keras: no" in capsys.readouterr().out
    fake_suite.measured = lambda key, seed: {"seconds": 2.0}
    status, rows = benchmark(sets=["a"])
    assert status == 0 and [row["seconds"] for row in rows] == ["2.0", "2.0"]


def test_rows_of_other_datasets_are_kept(benchmark):
    benchmark(sets=["c"])
    _, rows = benchmark(sets=["a"])
    assert [row["set"] for row in rows] == ["c", "c", "a", "a"]


def test_ctrl_c_keeps_the_finished_groups(benchmark, fake_suite, tmp_path):
    def stop(key, seed):
        if key["set"] == "b":
            raise KeyboardInterrupt
        return {"seconds": 1.0}

    fake_suite.measured = stop
    with pytest.raises(KeyboardInterrupt):
        benchmark()
    assert (tmp_path / "table.csv").read_text().count("\na,") == 2


def test_a_file_that_is_not_such_a_table_is_refused_and_unchanged(fake_suite, tmp_path, refused):
    other = tmp_path / "other.csv"
    other.write_text("x,y\n1,2\n")
    with refused(ConfigError, key="table", value=str(other)):
        Benchmark(BenchmarkSettings(suite="fake", table=str(other)), tmp_path)
    assert other.read_text() == "x,y\n1,2\n"


def test_nothing_to_measure_is_refused(fake_suite, tmp_path, refused):
    with refused(ConfigError, key="sets"):
        Benchmark(BenchmarkSettings(suite="fake", sets=[]), tmp_path)
