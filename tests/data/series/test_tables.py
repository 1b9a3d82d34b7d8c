"""Long and wide tables and arrays: roles of columns, time, labels of steps, and errors with row and remedy."""

import io
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from convpipe.errors import ConfigError, DataError

LONG = "recording,time,x,label\n" + "".join(
    f"r{number},{step * 0.02:.2f},{(number * 7 + step * step) % 5},{'ab'[number % 2]}\n"
    for number in range(4)
    for step in range(5)
)
STEPS = "time,x,activity\n" + "".join(
    f"{step / 10:.1f},{step * step % 7},{'ab'[step // 10 % 2]}\n" for step in range(40)
)


def test_the_recognized_layout_is_reported_in_one_line(table):
    said = []
    table(LONG, said)
    assert said[0].endswith("long table: 4 recordings by `recording`, 1 channel x, labels `label`, time `time`")
    assert any("50 Hz" in line for line in said)


def test_settings_override_the_roles_of_columns(table):
    text = LONG.replace("recording", "who").replace("label", "kind").replace("time", "clock")
    samples = table(text, recording="who", label="kind", time="clock", group="kind")
    assert len(samples) == 4 and samples.channel_names == ("x",) and samples.groups.tolist() == ["a", "b", "a", "b"]
    assert table(LONG, columns=["time", "x"], layout="long").channel_names == ("time", "x")


def test_recordings_may_be_numbered_per_person(table, refused):
    rows = [f"p{person},{trial},{step},{'ab'[trial]}\n" for person in range(2) for trial in range(2) for step in (3, 1)]
    text = "subject,trial,x,label\n" + "".join(rows)
    with refused(DataError, line=6, key="data.group", remedy="'data.recording=[subject,trial]'", mentions=("p0", "p1")):
        table(text)
    samples = table(text, recording=["subject", "trial"])
    assert samples.sample_ids == ["p0/0", "p0/1", "p1/0", "p1/1"] and samples.groups.tolist() == [
        "p0",
        "p0",
        "p1",
        "p1",
    ]


def test_numbers_in_the_names_of_channels_do_not_make_a_wide_table(table):
    samples = table(LONG.replace("x,", "c1,", 1))
    assert len(samples) == 4 and samples.channel_names == ("c1",)


def test_steps_are_sorted_by_time_and_gaps_are_reported(table):
    rows = [
        "r1,0.3,3,a",
        "r1,0.1,1,a",
        "r1,0.2,2,a",
        "r1,0.2,2,a",
        "r1,0.9,9,a",
        "r2,0.1,1,b",
        "r2,0.2,2,b",
        "r2,0.3,0,b",
    ]
    said = []
    samples = table("recording,time,x,label\n" + "\n".join(rows), said)
    assert samples.inputs[0].ravel().tolist() == [1, 2, 2, 3, 9] and samples.sampling_rate == 10
    (line,) = [line for line in said if "10 Hz" in line]
    assert all(fact in line for fact in ("1 recordings", "1 steps", "1 gaps", "of 6", "data.resample"))


@pytest.mark.parametrize(("head", "times", "rate"), [
    ("time", ["0.00", "0.02", "0.04"], 50),
    ("time_ms", ["0", "20", "40"], 50),
    ("time [us]", ["0", "500", "1000"], 2000),
    ("timestamp", ["1700000000000", "1700000000020", "1700000000040"], 50),
    ("timestamp", ["2024-01-01 12:00:00.00", "2024-01-01 12:00:00.02", "2024-01-01 12:00:00.04"], 50),
    ("time", ["12:00:01", "12:00:02", "12:00:03"], 1),
    ("time", ["0", "1", "2"], None),
    ("timestamp", ["49105962326000", "49106012326000", "49106062326000"], None),
])  # fmt: skip
def test_the_rate_is_taken_from_the_time(table, head, times, rate):
    rows = [
        f"r{number},{time},{number * step % 3},{'ab'[number]}" for number in range(2) for step, time in enumerate(times)
    ]
    samples = table(f"recording,{head},x,label\n" + "\n".join(rows))
    assert samples.sampling_rate == rate and samples.channel_names == ("x",)


def test_resampling_interpolates_linearly(table):
    said = []
    rows = [
        f"r{number},{time},{10 * time + number},{'ab'[number]}" for number in range(2) for time in (0.0, 0.1, 0.4, 0.5)
    ]
    samples = table("recording,time,x,label\n" + "\n".join(rows), said, resample=20.0, columns=["x"])
    np.testing.assert_allclose(samples.inputs[1].ravel(), 1 + np.arange(11) / 2, rtol=1e-6)
    assert samples.sampling_rate == 20 and any("8 steps become 22" in line for line in said)


def test_labels_that_vary_within_a_recording_are_labels_of_steps(table):
    text = STEPS.replace("0.1,1,a", "0.1,1,")
    samples = table(text)
    assert len(samples) == 1 and samples.class_names == ("a", "b")
    assert samples.step_labels[0].tolist() == [0, -1] + [0] * 8 + [1] * 10 + [0] * 10 + [1] * 10
    assert samples.labels.tolist() == [1], "the most frequent"


def test_a_guessed_time_column_without_times_is_left_out(table):
    said = []
    samples = table(LONG.replace("0.02,", "noon,"), said)
    assert samples.channel_names == ("x",) and samples.sampling_rate is None
    assert any("left out column time" in line for line in said)


def test_a_table_of_steps_without_recordings_is_not_guessed(table, refused):
    text = "x,y,activity\n" + "".join(f"{step * 7 % 5},{step % 3},{'ab'[step // 20]}\n" for step in range(40))
    with refused(DataError, key="data.recording", remedy="data.layout=long"):
        table(text)
    assert table(text, layout="long").step_labels[0].tolist() == [0] * 20 + [1] * 20


def test_one_file_per_recording_with_labels_of_steps(folder):
    samples = folder({"p1.csv": STEPS, "p2.csv": STEPS.replace(",b", ",c")})
    assert samples.class_names == ("a", "b", "c") and samples.sampling_rate == 10
    assert [set(each.tolist()) for each in samples.step_labels] == [{0, 1}, {0, 2}]
    assert {each.dtype for each in samples.step_labels} == {np.dtype("int64")}


def test_files_that_number_their_own_recordings_are_not_one_table(folder, refused):
    files = {f"{name}.csv": "trial,x,label\n1,5,a\n1,6,a\n2,7,b\n2,9,b\n" for name in ("ann", "bob")}
    with refused(DataError, file="bob.csv", key="data.recording", value="1", remedy="'data.recording=[file,trial]'"):
        folder(files)
    samples = folder(files, recording=["file", "trial"], pattern="(?P<group>[a-z]+)")
    assert samples.sample_ids == ["ann/1", "ann/2", "bob/1", "bob/2"]
    assert samples.groups.tolist() == ["ann", "ann", "bob", "bob"] and samples.channel_names == ("x",)
    assert [len(each) for each in folder(files, recording="trial").inputs] == [4, 4]


def test_intervals_label_the_steps_from_start_to_before_end(folder, tmp_path):
    plain = "\n".join(line.rpartition(",")[0] for line in STEPS.splitlines())
    (tmp_path / "intervals.csv").write_text("recording,start,end,label\np1,0.5,1.0,walk\np2,0,2,run\n")
    said = []
    samples = folder({"p1.csv": plain, "p2.csv": plain}, said, intervals=str(tmp_path / "intervals.csv"))
    expected = np.full(40, -1)
    expected[5:10] = samples.class_names.index("walk")
    np.testing.assert_array_equal(samples.step_labels[0], expected)
    assert (samples.step_labels[1] >= 0).sum() == 20 and any("25 of 80 steps" in line for line in said)


def test_a_table_may_label_whole_recordings(folder, tmp_path):
    (tmp_path / "labels.csv").write_text("series_id,label\np1,walk\np2,run\n")
    samples = folder({"p1.csv": "x\n1\n5\n", "p2.csv": "x\n3\n1\n"}, intervals=str(tmp_path / "labels.csv"))
    assert samples.labels.tolist() == [1, 0] and samples.class_names == ("run", "walk") and samples.step_labels is None


@pytest.mark.parametrize(("row", "facts"), [
    ("p9,0,1,walk", {"line": 2, "value": "p9"}), ("p1,1,0,walk", {"line": 2, "mentions": ("before",)}),
])  # fmt: skip
def test_intervals_that_do_not_fit_are_refused(folder, tmp_path, refused, row, facts):
    (tmp_path / "i.csv").write_text(f"recording,start,end,label\n{row}\n")
    with refused(DataError, file="i.csv", key="data.intervals", **facts):
        folder({"p1.csv": STEPS, "p2.csv": STEPS}, intervals=str(tmp_path / "i.csv"))


def test_recordings_without_a_label_are_left_out(table):
    said = []
    samples = table(LONG.replace("r3", "r4").replace(",a\n", ",\n", 5), said)
    assert len(samples) == 3 and any("left out 1 recordings" in line for line in said)


def test_labels_keep_their_text_and_whole_numbers_are_one_class(table, tmp_path, read):
    assert table(LONG.replace(",a\n", ",01\n").replace(",b\n", ",10\n")).class_names == ("01", "10")
    np.savez(tmp_path / "a.npz", X=np.zeros((3, 4)), y=np.array([1.0, 2.0, 1.0]))
    assert read(tmp_path / "a.npz").class_names == ("1", "2")


def test_a_test_part_is_read_like_the_training_part(table, tmp_path):
    said = []
    (tmp_path / "other.csv").write_text(LONG.replace("recording,time,x,label", "who,time,x,label"))
    text = LONG.replace("recording,time,x,label", "who,time,x,label").replace("r", "R")
    samples = table(text, said, recording="who", group="who", test=str(tmp_path / "other.csv"))
    assert samples.is_test.tolist() == [False] * 4 + [True] * 4 and not [line for line in said if "warning" in line]
    same = table(text.replace("R", "r"), said, recording="who", group="who", test=[str(tmp_path / "other.csv")])
    assert len(same) == 8 and any("warning: 4 groups" in line for line in said)


@pytest.mark.parametrize("text, settings, facts", [
    (LONG, {"label": "lable"}, dict(key="data.label", value="lable", remedy="did you mean label?")),
    (LONG.replace("label", "kind", 1), {}, dict(key="data.label", remedy="data.label=COLUMN", mentions=("kind",))),
    (LONG, {"group": "who"}, dict(key="data.group", value="who")),
    (LONG.replace(",b\n", ",a\n"), {}, dict(key="data.label", value="a", mentions=("one class",))),
    (LONG.replace("r0", "", 1), {}, dict(line=2, key="data.recording")),
    (LONG.replace("0.02", "", 1), {"time": "time"}, dict(line=3, key="data.time")),
    (LONG.replace("0.02,1", "0.02,1_5", 1), {}, dict(line=3, value="1_5", mentions=("column x",))),
    (LONG, {"layout": "files"}, dict(key="data.layout", value="files")),
    (LONG, {"columns": ["x", "z"]}, dict(key="data.columns", value="z")),
    (LONG, {"resample": 5.0, "time": "x", "sampling_rate": None}, dict(key="data.resample")),
    ("x,y,label\n1,2,a\n2,3,b\n3,4,a\n", {}, dict(key="data.recording", remedy="data.layout=wide")),
    (LONG, {"test": "nowhere.csv"}, dict(file="nowhere.csv", key="data.test", remedy="data.test")),
    (LONG, {"test": "table.csv"}, dict(key="data.test")),
])  # fmt: skip
def test_refusals_of_tables(table, tmp_path, monkeypatch, refused, text, settings, facts):
    monkeypatch.chdir(tmp_path)
    with refused(DataError, **facts):
        table(text, **settings)


def test_paths_are_checked(read, tmp_path, refused, monkeypatch):
    (tmp_path / "trials.csv").write_text(LONG)
    with refused(DataError, file="trial.csv", key="data.path", remedy="did you mean trials.csv?"):
        read(tmp_path / "trial.csv")
    with refused(ConfigError, key="data.path"):
        read([])
    (tmp_path / "a.xlsx").write_bytes(b"PK")
    with refused(DataError, file="a.xlsx", value=".xlsx", remedy=".parquet"):
        read(tmp_path / "a.xlsx")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert len(read("~/trials.csv")) == 4


def archive(**members) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(f"{name}.npy", content)
    return stream.getvalue()


def npy(array, **more) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, **more)
    return stream.getvalue()


HUGE = npy(np.zeros(4)).replace(b"(4,), }", b"(9999999999,), }")[:128] + b"\0" * 32
Y = npy(np.array([0, 1]))


@pytest.mark.parametrize(("content", "facts"), [
    (b"no archive", {"mentions": (".npz",)}),
    (archive(X=npy(np.zeros((2, 3)))), {"key": "data.label", "remedy": "data.label=ARRAY"}),
    (archive(y=Y), {"mentions": ("series", "y")}),
    (archive(X=npy(np.zeros((3, 3))), y=Y), {"mentions": ("(2,)", "3 samples")}),
    (archive(X=npy(np.array([{}, {}]), allow_pickle=True), y=Y), {"mentions": ("objects",)}),
    (archive(X=HUGE, y=Y), {"mentions": (".npy",)}),
    (archive(X=npy(np.array(["a", "b"])), y=Y), {"mentions": ("(2,)",)}),
    (archive(X=npy(np.zeros((2, 3))), y=npy(np.array(["a", ""]))), {"mentions": ("y[1]",)}),
])  # fmt: skip
def test_arrays_that_are_refused(table, refused, content, facts):
    with refused(DataError, file="a.npz", **facts):
        table(content, name="a.npz")


def test_an_archive_with_a_huge_content_is_refused_before_it_is_decompressed(table, refused, monkeypatch):
    monkeypatch.setattr("convpipe.data.series.arrays.MIN_LIMIT", 10_000)
    monkeypatch.setattr("convpipe.data.series.arrays.load_array", lambda *arguments: pytest.fail("unpacked"))
    with refused(DataError, file="a.npz", mentions=("1,600,128",)):
        table(archive(X=npy(np.zeros((2, 100_000)))), name="a.npz")


def test_arrays_in_separate_files_and_parts_in_one_archive(tmp_path, read):
    random = np.random.default_rng(0)
    np.save(tmp_path / "X_train.npy", random.normal(size=(4, 6, 2)))
    np.save(tmp_path / "y_train.npy", [0, 1, 0, 1])
    assert read(tmp_path / "X_train.npy", test=[]).inputs[0].shape == (6, 2)
    parts = {
        "x_train": random.normal(size=(4, 6)),
        "y_train": [0, 1, 0, 1],
        "x_test": random.normal(size=(2, 6)),
        "y_test": [1, 0],
    }
    np.savez(tmp_path / "parts.npz", **parts)
    assert read(tmp_path / "parts.npz").is_test.tolist() == [False] * 4 + [True] * 2


def test_a_parquet_file_with_a_wrong_checksum_is_refused(tmp_path, read, refused):
    path, values = tmp_path / "t.parquet", np.random.default_rng(0).normal(size=40)
    held = pa.table({"recording": np.repeat(np.arange(4), 10), "x": values, "label": np.repeat([*"abab"], 10)})
    pq.write_table(held, path, compression="none", use_dictionary=["label"], write_page_checksum=True)
    content = path.read_bytes()
    assert read(path).inputs[0][0, 0] == np.float32(values[0])
    path.write_bytes(content.replace(values[0].tobytes(), np.float64(7).tobytes()))
    with refused(DataError, file="t.parquet", remedy="again", mentions=("CRC",)):
        read(path)


def test_errors_about_damaged_parquet_are_one_line(tmp_path, read, refused):
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"recording": ["a", "b"] * 9, "x": np.arange(18.0), "label": ["u", "v"] * 9}), path)
    whole, random = path.read_bytes(), np.random.default_rng(0)
    for _ in range(40):
        damaged = bytearray(whole)
        damaged[random.integers(len(whole))] ^= 0xFF
        path.write_bytes(damaged)
        try:
            read(path)
        except DataError as error:
            assert "\n" not in str(error)
    path.write_bytes(whole[:-9])
    with refused(DataError, file="t.parquet", remedy="again"):
        read(path)


def test_a_table_of_lists(tmp_path, read, refused):
    lists = {"x": [[1.5, 2, 4], [3], [5, 7]], "y": [[4, None, 6], [0], [1, 0]], "label": ["a", "b", "a"]}
    pq.write_table(pa.table({**lists, "subject": [1, 1, 2]}), tmp_path / "t.parquet")
    samples = read(tmp_path / "t.parquet")
    assert samples.channel_names == ("x", "y") and samples.groups.tolist() == ["1", "1", "2"]
    np.testing.assert_array_equal(samples.inputs[0], [[1.5, 4], [2, np.nan], [4, 6]])
    assert [len(each) for each in samples.inputs] == [3, 1, 2] and samples.labels.tolist() == [0, 1, 0]
    pq.write_table(pa.table({**lists, "y": [[4, 5, 6], [0, 1], [1, 0]]}), tmp_path / "t.parquet")
    with refused(DataError, file="t.parquet", line=2, mentions=("1 and 2 steps",)):
        read(tmp_path / "t.parquet")


def test_ts_files(table, tmp_path, read, refused):
    head = "@classLabel true b a\n@data\n"
    (tmp_path / "T_TEST.ts").write_text(head + "4:5:a\n")
    said = []
    samples = table(head + "1,2:3,4:b\n3:1:a\n", said, name="T_TRAIN.ts")
    assert samples.class_names == ("a", "b") and samples.labels.tolist() == [1, 0, 0]
    assert samples.is_test.tolist() == [False, False, True] and samples.inputs[0].tolist() == [[1, 3], [2, 4]]
    assert samples.sample_ids == ["T_TRAIN.ts line 3", "T_TRAIN.ts line 4", "T_TEST.ts line 3"]
    with refused(DataError, file="t.ts", line=3, value="1_5"):
        table(head + "1_5,2:b\n3:a\n", name="t.ts")
    (tmp_path / "T_TEST.ts").write_text(head + "4:a\n")
    with refused(DataError, mentions=("channel 1",)):
        read(tmp_path / "T_TRAIN.ts")


ARFF = "@relation t\n@attribute a numeric\n@attribute b numeric\n@attribute kind {x,'y z'}\n@data\n1,2,x\n3,5,'y z'\n"


@pytest.mark.parametrize("text, facts", [
    (ARFF.replace("5,'y z'", "5,w"), dict(line=7, value="w", mentions=("x, y z",))),
    (ARFF.replace("@data\n", "@data"), dict(line=5)),
    (ARFF.replace("@attribute a numeric\n", ""), dict(value=3, mentions=("2 attributes",))),
])  # fmt: skip
def test_an_arff_table_that_contradicts_its_header_is_refused(table, refused, text, facts):
    assert len(table(ARFF, name="t.arff", layout="wide")) == 2
    with refused(DataError, file="t.arff", **facts):
        table(text, name="t.arff", layout="wide")


@pytest.mark.parametrize("unit", ["", "t"])
@pytest.mark.parametrize("count", [20, 23])
def test_columns_named_by_times_are_steps_of_one_channel(table, unit, count):
    head = ",".join(["label", *(f"{unit}{step / 10:.1f}" for step in range(count))])
    rows = [",".join(["ab"[row], *(str((row + step) % 7) for step in range(count))]) for row in range(2)]
    samples = table("\n".join([head, *rows]) + "\n")
    assert [each.shape for each in samples.inputs] == [(count, 1)] * 2


def test_channels_of_unequal_steps_in_a_wide_table_are_refused(table, refused):
    text = "label,ax_0,ax_1,ax_2,ay_0,ay_1,ay_2\na,1,2,3,4,5,7\nb,2,3,3,1,1,2\n"
    assert table(text).channel_names == ("ax", "ay")
    with refused(DataError, key="data.columns", remedy="data.columns", mentions=("ax 2", "ay 3")):
        table(text.replace("ax_2", "az_2"))
    assert len(table(text.replace("ax_2", "az_2"), columns=["ax_0", "ax_1", "az_2"], label="label").inputs[0]) == 3
