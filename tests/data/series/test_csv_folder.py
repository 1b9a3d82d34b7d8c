"""Folders of CSV files: what is written comes back, in every dialect; every refusal names the file and the line."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from convpipe import config
from convpipe.data import load
from convpipe.data.series.csv_folder import CsvFolderSettings
from convpipe.errors import ConfigError, DataError

NUMBERS = arrays.arrays(
    np.float32,
    st.tuples(st.integers(1, 6), st.integers(1, 4)),
    elements=st.floats(-1e6, 1e6, width=32, allow_nan=False) | st.just(np.float32(np.nan)),
)


def table(values, separator=",", decimal=".", header=True, end="\n", missing="") -> str:
    rows = [[f"channel {number}" for number in range(len(values[0]))]] if header else []
    rows += [[missing if np.isnan(v) else repr(float(v)).replace(".", decimal) for v in row] for row in values]
    return end.join(separator.join(row) for row in rows) + end


@pytest.fixture
def folder(tmp_path):
    """`folder({"walk/a.csv": "1,2\\n"}, pattern=...)` writes files and reads them."""

    def read(files, said=None, **settings):
        for name, content in files.items():
            path = tmp_path / "recordings" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        data = CsvFolderSettings(path=str(tmp_path / "recordings"), **settings)
        return load(data, settings.get("window", config.Window()), ([] if said is None else said).append)

    return read


@given(
    values=NUMBERS,
    dialect=st.sampled_from([(",", "."), (";", "."), (";", ","), ("\t", "."), ("\t", ",")]),
    end=st.sampled_from(["\n", "\r\n"]),
    missing=st.sampled_from(["nan", "NA", "?"]),
    marked=st.booleans(),
)
def test_what_is_written_comes_back(tmp_path_factory, values, dialect, end, missing, marked):
    separator, decimal = dialect
    root = tmp_path_factory.mktemp("recordings")
    for name in ("a", "b"):
        (root / name).mkdir()
        text = ("\ufeff" if marked else "") + table(values, separator, decimal, end=end, missing=missing)
        (root / name / "1.csv").write_bytes(text.encode())
    samples = load(CsvFolderSettings(path=str(root), decimal=decimal), config.Window(), pytest.fail)
    assert samples.channel_names == tuple(f"channel {number}" for number in range(values.shape[1]))
    assert samples.inputs[1].dtype == np.float32
    np.testing.assert_array_equal(samples.inputs[1], values)


def test_a_folder_is_a_class_and_recordings_may_differ_in_steps(folder):
    samples = folder({"run/b.csv": "1,2\n3,4\n5,6\n", "walk/deep/a.tsv": "7\t8\n"})
    assert (samples.modality, samples.class_names, samples.labels.tolist()) == ("series", ("run", "walk"), [0, 1])
    assert samples.sample_ids == ["run/b.csv", "walk/deep/a.tsv"]
    assert [each.shape for each in samples.inputs] == [(3, 2), (1, 2)]
    assert samples.channel_names == ("0", "1") and samples.groups is None and samples.sampling_rate is None


def test_the_pattern_finds_class_and_person(folder):
    samples = folder({"walk_ann_1.csv": "1\n", "run_bob_2.csv": "2\n"}, pattern=r"(?P<label>\w+)_(?P<group>\w+)_\d")
    assert samples.class_names == ("run", "walk") and samples.groups.tolist() == ["bob", "ann"]


def test_columns_are_chosen_by_name_in_the_order_asked_for(folder):
    text = "time,y,x\n12:00:01,1,2\n12:00:02,3,4\n"
    samples = folder({"a/1.csv": text, "b/1.csv": text}, columns=["x", "y"])
    assert samples.channel_names == ("x", "y")
    assert samples.inputs[0].tolist() == [[2, 1], [4, 3]]


def test_columns_may_stand_elsewhere_in_another_file(folder):
    samples = folder({"a/1.csv": "x,y\n1,2\n", "b/1.csv": "y,t,x\n2,9,1\n"}, columns=["x", "y"])
    assert samples.inputs[0].tolist() == samples.inputs[1].tolist()


def test_a_first_row_that_counts_the_columns_is_a_header(folder):
    samples = folder({"a/1.csv": "0,1\n5,6\n", "b/1.csv": "0,1\n7,8\n"})
    assert [each.tolist() for each in samples.inputs] == [[[5, 6]], [[7, 8]]] and samples.channel_names == ("0", "1")


def test_a_first_row_of_time_and_numbers_is_a_step_where_it_is_said_to_be(folder):
    files = {"a/1.csv": "noon,1\nten,2\n", "b/1.csv": "noon,3\n"}
    samples = folder(files, header=False, columns=["1"])
    assert [each.ravel().tolist() for each in samples.inputs] == [[1, 2], [3]]


def test_a_separator_is_one_character(refused):
    with refused(ConfigError, key="data.separator", value=", ", mentions=("data.separator=', '",)):
        CsvFolderSettings(path="x", separator=", ")


def test_columns_without_a_header_are_chosen_by_number(folder):
    samples = folder({"a/1.csv": "0;1,5;2\n", "b/1.csv": "0;2,5;3\n"}, columns=["1"], decimal=",")
    assert [each.tolist() for each in samples.inputs] == [[[1.5]], [[2.5]]]


def test_windows_are_cut_where_the_sampling_rate_is_known(folder):
    files = {f"{name}/1.csv": "x\n" + "1\n" * 8 for name in "ab"}
    samples = folder(files, sampling_rate=2)
    cut = load(CsvFolderSettings(path=samples.source, sampling_rate=2), config.Window(seconds=2.0), [].append)
    assert [len(each) for each in cut.inputs] == [4] * 4


def test_blank_lines_are_no_steps_and_the_line_named_is_that_of_the_file(folder, refused):
    with refused(DataError, file="a/1.csv", line=5, value="high", mentions=("a/1.csv line 5", "column x", "'high'")):
        folder({"a/1.csv": "x,y\n\n1,2\n\nhigh,2\n", "b/1.csv": "x,y\n1,2\n"})


def test_what_changes_the_values_changes_the_hash(folder):
    files = {"a/1.csv": "x,y\n1,2\n", "b/1.csv": "x,y\n1,2\n"}
    assert folder(files).sha256 != folder(files, columns=["y", "x"]).sha256


@pytest.mark.parametrize("files, settings, facts", [
    ({}, {}, dict(file="recordings", key="data.path", mentions=("folder",))),
    ({"a/1.csv": "1\n"}, {}, dict(file="recordings", value="a", mentions=("tables", "one class"))),
    ({"a/1.wav": "1\n"}, {}, dict(file="recordings", remedy="data.pattern", mentions=("tables", ".csv, .tsv, .txt"))),
    ({"a/1.csv": "", "b/1.csv": "1\n"}, {}, dict(file="1.csv", mentions=("a/1.csv", "empty"))),
    ({"a/1.csv": "x,y\n", "b/1.csv": "1,2\n"}, {}, dict(file="1.csv", mentions=("a/1.csv", "no rows"))),
    ({"a/1.csv": "x,y\n1,2\n3\n", "b/1.csv": "x,y\n1,2\n"}, {},
     dict(file="1.csv", line=3, key="data.separator", value=1, mentions=("a/1.csv line 3", "1 columns", "2"))),
    ({"a/1.csv": "x,y\n1,2\n", "b/1.csv": "x,z\n1,2\n"}, {},
     dict(file="1.csv", key="data.columns", remedy="data.columns=[", mentions=("b/1.csv", "x, z", "1.csv has x, y"))),
    ({"a/1.csv": "x,y\n1,2\n", "b/1.csv": "x,y\n1,2\n"}, {"columns": ["xx"]},
     dict(file="1.csv", key="data.columns", value="xx", remedy="x")),
    ({"a/1.csv": "x,x\n1,2\n", "b/1.csv": "x,x\n1,2\n"}, {"columns": ["x"]},
     dict(file="1.csv", key="data.columns", value="x", mentions=("several",))),
    ({"a/1.csv": "x;y\n1,5;2\n", "b/1.csv": "x;y\n1;2\n"}, {},
     dict(line=2, value="1,5", remedy="data.decimal=','", mentions=("column x", "'1,5'"))),
    ({"a/1.csv": "t,x\nnoon,1\n", "b/1.csv": "t,x\nnoon,1\n"}, {}, dict(line=2, value="noon", remedy="data.columns=")),
    ({"a/1.csv": ",x\n0,1\n", "b/1.csv": ",x\n0,1\n"}, {},
     dict(line=1, remedy="data.columns=", mentions=("column 0", "no name"))),
    ({"a/1.csv": "noon,1\nten,2\n", "b/1.csv": "noon,1\n"}, {}, dict(key="data.header", remedy="data.header=true")),
    ({"a/1.csv": "x y\n1 2\n", "b/1.csv": "x y\n1 2\n"}, {}, dict(value="1 2", remedy="data.separator=' '")),
    ({"a/1.csv": "x;y\n1.234;2\n", "b/1.csv": "x;y\n1;2\n"}, {"decimal": ","}, dict(line=2, value="1.234")),
    ({"a/1.csv": "x\n1_000\n", "b/1.csv": "x\n1\n"}, {}, dict(line=2, value="1_000", mentions=("1_000",))),
])  # fmt: skip
def test_refusals(folder, files, settings, facts, refused):
    with refused(DataError, **facts):
        folder(files, **settings)


def test_a_broken_pattern_is_refused(folder, refused):
    with refused(ConfigError, key="data.pattern", value="(?P<label>", mentions=("(?P<label>",)):
        folder({"a.csv": "1\n", "b.csv": "1\n"}, pattern="(?P<label>")
