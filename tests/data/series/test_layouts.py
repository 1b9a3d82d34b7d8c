"""Round trips of recordings through every layout, with labels and groups."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from convpipe import config
from convpipe.data import load
from convpipe.data.series.settings import SeriesSettings

QUICK = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
LABELS, GROUPS = ("run", "walk"), ("ann", "bob", "cy")
NUMBERS = st.floats(-1e6, 1e6, width=32, allow_nan=False)


@st.composite
def recordings(draw, equal=False, channels=None, least=2):
    """Pairs of (steps, channels) float32 and a label; both labels occur."""
    width = channels or draw(st.integers(1, 3))
    steps = draw(st.integers(least, 5))
    count = draw(st.integers(4, 6))
    made = []
    for number in range(count):
        length = steps if equal else draw(st.integers(least, 5))
        values = draw(arrays.arrays(np.float32, (length, width), elements=NUMBERS))
        # No channel rises by a constant step, as a clock does.
        values[0] = values[-1] + 1 + number
        made.append((values, LABELS[number % 2]))
    return made


def text(value) -> str:
    return repr(float(value))


def rows(values, separator=",") -> str:
    return "".join(separator.join(map(text, row)) + "\n" for row in values)


def names(made) -> list[str]:
    return [f"c{letter}" for letter in "xyz"[: made[0][0].shape[1]]]


def reads(path, **more):
    return load(SeriesSettings(path=str(path), **more), config.Window(), lambda line: None)


def check(dataset, made, order=None, groups=True):
    """Assert that the dataset equals `made`, in the order `order`."""
    order = range(len(made)) if order is None else order
    assert len(dataset) == len(made)
    for got, number in zip(dataset.inputs, order, strict=True):
        np.testing.assert_array_equal(got, made[number][0])
    assert [dataset.class_names[label] for label in dataset.labels] == [made[number][1] for number in order]
    if groups:
        assert dataset.groups.tolist() == [GROUPS[number % 3] for number in order]


def long_rows(made):
    for number, (values, label) in enumerate(made):
        for step, row in enumerate(values):
            yield {"subject": GROUPS[number % 3], "recording": f"r{number}", "time": step * 0.02,
                   **dict(zip(names(made), map(float, row), strict=True)), "activity": label}  # fmt: skip


@QUICK
@given(
    made=recordings(),
    dialect=st.sampled_from([",.", ";.", ";,", "\t.", "\t,", "|."]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_one_folder_per_class(tmp_path_factory, made, dialect, end):
    root, (separator, decimal) = tmp_path_factory.mktemp("files"), dialect
    order = sorted(range(len(made)), key=lambda number: (made[number][1], number))
    for number, (values, label) in enumerate(made):
        (root / label).mkdir(exist_ok=True)
        head = separator.join(names(made)) + "\n"
        body = rows(values, "S").replace(".", decimal).replace("S", separator)
        (root / label / f"{number}.csv").write_bytes((head + body).replace("\n", end).encode())
    check(reads(root, decimal=decimal), made, order, groups=False)


@QUICK
@given(made=recordings(), kind=st.sampled_from(["parquet", "npy", "txt"]))
def test_labels_and_groups_in_file_names(tmp_path_factory, made, kind):
    root = tmp_path_factory.mktemp("files")
    for number, (values, label) in enumerate(made):
        path = root / f"{number}_{label}_{GROUPS[number % 3]}.{kind}"
        if kind == "parquet":
            pq.write_table(pa.table(dict(zip(names(made), values.T, strict=True))), path)
        elif kind == "npy":
            np.save(path, values)
        else:
            path.write_text(rows(values, "   "))
    check(reads(root, pattern="_(?P<label>[a-z]+)_(?P<group>[a-z]+)", header=False if kind == "txt" else None), made)


@QUICK
@given(made=recordings(), parquet=st.booleans(), shuffled=st.booleans())
def test_a_long_table(tmp_path_factory, made, parquet, shuffled):
    path = tmp_path_factory.mktemp("long") / ("t.parquet" if parquet else "t.csv")
    held = [*long_rows(made)]
    if shuffled:  # rows of several recordings alternate, in reverse order of time
        held = sorted(held, key=lambda row: (-row["time"], row["recording"]))
    if parquet:
        pq.write_table(pa.Table.from_pylist(held), path)
    else:
        lines = [",".join(str(value) for value in row.values()) for row in held]
        path.write_text("\n".join([",".join(held[0]), *lines]) + "\n")
    order = [int(name[1:]) for name in dict.fromkeys(row["recording"] for row in held)]
    dataset = reads(path)
    check(dataset, made, order)
    assert dataset.channel_names == tuple(names(made)) and dataset.sampling_rate == 50


@QUICK
@given(made=recordings())
def test_shards_of_a_long_table(tmp_path_factory, made):
    root, held = tmp_path_factory.mktemp("shards"), [*long_rows(made)]
    for number, at in enumerate((slice(None, 3), slice(3, None))):  # the first shard ends within a recording
        pq.write_table(pa.Table.from_pylist(held[at]), root / f"part-{number}.parquet")
    check(reads(root), made)


@QUICK
@given(made=recordings(equal=True, channels=1, least=3), form=st.sampled_from(["first", "named", "last", "arff"]))
def test_a_wide_table(tmp_path_factory, made, form):
    path = tmp_path_factory.mktemp("wide") / ("t.arff" if form == "arff" else "t.csv")
    lines, steps = [], len(made[0][0])
    for number, (values, label) in enumerate(made):
        cells = [text(value) for value in values[:, 0]]
        lines.append([label, *cells] if form == "first" else [*cells, label])
        if form == "named":
            lines[-1].insert(0, GROUPS[number % 3])
    head = ["subject", *(f"t{step}" for step in range(steps)), "label"]
    if form == "named":
        lines.insert(0, head)
    body = "".join(",".join(line) + "\n" for line in lines)
    if form == "arff":
        attributes = "".join(f"@attribute a{step} numeric\n" for step in range(steps))
        body = f"@relation t\n{attributes}@attribute target {{walk,run}}\n@data\n{body}"
    path.write_text(body)
    check(reads(path), made, groups=form == "named")


@QUICK
@given(made=recordings(equal=True, channels=2, least=3))
def test_a_wide_table_of_several_channels(tmp_path_factory, made):
    path = tmp_path_factory.mktemp("wide") / "t.csv"
    head = ["label", *(f"{name}_{step}" for name in names(made) for step in range(len(made[0][0])))]
    lines = [head, *([label, *map(text, values.T.ravel())] for values, label in made)]
    path.write_text("".join(",".join(line) + "\n" for line in lines))
    dataset = reads(path)
    check(dataset, made, groups=False)
    assert dataset.channel_names == ("cx", "cy")


@QUICK
@given(made=recordings(equal=True), first=st.booleans(), numbers=st.booleans())
def test_arrays(tmp_path_factory, made, first, numbers):
    path = tmp_path_factory.mktemp("arrays") / "t.npz"
    series = np.stack([values for values, _ in made])
    labels = np.array([LABELS.index(label) if numbers else label for _, label in made])
    groups = np.array([GROUPS[number % 3] for number in range(len(made))])
    np.savez(path, X=series.transpose(0, 2, 1) if first else series, y=labels, groups=groups)
    dataset = reads(path, channels_first=first)
    check(dataset, [(values, str(LABELS.index(label)) if numbers else label) for values, label in made])


@pytest.mark.parametrize("suffix", ["tsv", "txt", "csv"])
def test_archive_tables_with_the_test_part_next_to_them(tmp_path, read, suffix):
    space = {"tsv": "\t", "txt": "  ", "csv": ","}[suffix]
    for part, count in (("TRAIN", 4), ("TEST", 2)):
        lines = [
            f"{space if suffix == 'txt' else ''}{number % 2 + 1}.0{space}{number}.5{space}7{space}1e-3"
            for number in range(count)
        ]
        (tmp_path / f"Gun_{part}.{suffix}").write_text("\n".join(lines) + "\n")
    said = []
    dataset = read(tmp_path / f"Gun_TRAIN.{suffix}", said)
    assert dataset.is_test.tolist() == [False] * 4 + [True] * 2 and dataset.class_names == ("1", "2")
    assert dataset.inputs[3].ravel().tolist() == [np.float32(3.5), 7, np.float32(1e-3)]
    assert any(f"Gun_TEST.{suffix}" in line and "data.test=[]" in line for line in said)
    assert read(tmp_path, said).is_test.tolist() == dataset.is_test.tolist(), "the folder of both"
    assert read(tmp_path / f"Gun_TRAIN.{suffix}", test=[]).is_test is None
    explicit = read(tmp_path / f"Gun_TRAIN.{suffix}", test=[str(tmp_path / f"Gun_TEST.{suffix}")])
    assert explicit.is_test.tolist() == dataset.is_test.tolist()


def test_padding_at_the_end_of_series_is_left_out(table):
    said = []
    dataset = table("a\t1\t2\t3\nb\t4\tNaN\tNaN\na\t5\tNaN\t6\n", said, name="t.tsv")
    assert [each[:, 0].tolist() for each in dataset.inputs[:2]] == [[1, 2, 3], [4]]
    assert np.isnan(dataset.inputs[2][1, 0]) and any("1 series" in line for line in said)
