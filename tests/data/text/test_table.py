"""Tables of texts: every format and encoding, parts, and what the reader says."""

import codecs

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convpipe import config
from convpipe.data.splits import make_splits
from convpipe.data.text.formats import FORMATS
from convpipe.errors import DataError

ROWS = [('it is, as they say,\n"fine"', "good"), ("ein übler Film – čau 🎬", "bad"), ("  spaces stay ", "good")]


def options(suffix):
    return {"separator": ";"} if suffix == ".txt" else {}


@pytest.mark.parametrize("suffix", FORMATS)
def test_each_format_gives_the_raw_texts_labels_groups_and_sample_ids(tmp_path, suffix, read, write):
    rows = [(*row, group) for row, group in zip(ROWS, "xyx", strict=True)]
    path = write(tmp_path, suffix, rows, ("text", "label", "film"))
    samples = read(path, group="film", **options(suffix))
    assert list(samples.inputs) == [text for text, _ in ROWS] and samples.modality == "text"
    assert samples.class_names == ("bad", "good") and samples.labels.tolist() == [1, 0, 1]
    assert samples.labels.dtype == np.int64 and samples.groups.tolist() == ["x", "y", "x"]
    first = 1 if suffix in (".jsonl", ".ndjson", ".parquet") else 2  # a header is row 1
    assert list(samples.sample_ids) == [f"{path} row {first + i}" for i in range(3)]
    assert samples.is_test is None and len(samples.sha256) == 64


@pytest.mark.parametrize("suffix", FORMATS)
def test_texts_can_be_asked_for_in_any_order_and_again(tmp_path, suffix, read, write):
    rows = [(f"text {i}", "ab"[i % 2]) for i in range(7)]
    part = read(write(tmp_path, suffix, rows), **options(suffix)).subset([5, 0, 6, 1, 1])
    assert list(part.inputs) == ["text 5", "text 0", "text 6", "text 1", "text 1"]
    assert part.sample_ids[0].endswith(f"row {6 if suffix in ('.jsonl', '.ndjson', '.parquet') else 7}")
    assert part.inputs[-1] == "text 1" and len(part.inputs) == 5


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "iso-8859-2", "cp1250"])
@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_an_encoding_is_named(tmp_path, encoding, suffix, read, write):
    rows = [("čau, světe", "a"), ("šlo to", "b")]
    samples = read(write(tmp_path, suffix, rows, encoding=encoding), encoding=encoding)
    assert [*samples.inputs] == ["čau, světe", "šlo to"] and samples.class_names == ("a", "b")


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path, read, put):
    path = put(tmp_path, "t.csv", codecs.BOM_UTF8 + b"text,label\r\nx,a\r\ny,b\r\n")
    assert list(read(path).inputs) == ["x", "y"]


def test_lines_of_label_and_text_are_split_at_line_feeds_and_the_first_space_only(tmp_path, read, put):
    path = put(tmp_path, "t.txt", '1 he said " no\x85 so what\r\n0 caf\xe9 "\n\n1  two\t spaces\n', "latin-1")
    samples = read(path, text="1", label="0", separator=" ", encoding="latin-1")
    assert list(samples.inputs) == ['he said " no\x85 so what', 'caf\xe9 "', " two\t spaces"]
    assert samples.labels.tolist() == [1, 0, 1] and samples.sample_ids[2] == f"{path} row 4"


def test_columns_by_number_mean_no_header(tmp_path, read, put):
    samples = read(put(tmp_path, "t.csv", "7,a b,x\n10,c,y\n"), text="1", label="0")
    assert list(samples.inputs) == ["a b", "c"] and samples.class_names == ("7", "10")


def test_a_tab_can_be_written_as_it_is_on_a_command_line_and_quotes_switched_off(tmp_path, read, put):
    path = put(tmp_path, "t.txt", 'text\tlabel\n"open\ta\nmid"dle\tb\n')
    assert list(read(path, separator="\\t", quotes=False).inputs) == ['"open', 'mid"dle']


def test_labels_may_be_numbers_or_truth_values(tmp_path, read, put):
    path = put(tmp_path, "t.jsonl", '{"text": "x", "label": true}\n\n{"text": "y", "label": 3}\n')
    samples = read(path)
    assert samples.class_names == ("3", "true") and samples.sample_ids[1] == f"{path} row 3"


def test_a_parquet_column_of_categories_is_read_across_row_groups(tmp_path, read):
    import pyarrow
    import pyarrow.parquet

    texts = [f"t{i % 3}" for i in range(20)]
    columns = {"text": pyarrow.array(texts).dictionary_encode(), "label": [float(i % 2) for i in range(20)]}
    pyarrow.parquet.write_table(pyarrow.table(columns), tmp_path / "t.parquet", row_group_size=6)
    samples = read(tmp_path / "t.parquet")
    assert list(samples.inputs) == texts and samples.class_names == ("0.0", "1.0")
    assert [samples.inputs[i] for i in (19, 0, 7, 6)] == [texts[i] for i in (19, 0, 7, 6)]


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_only_some_of_the_texts_are_in_memory_at_once(tmp_path, suffix, monkeypatch, read, write):
    monkeypatch.setattr("convpipe.data.text.parquet.ROWS", 10)
    samples = read(write(tmp_path, suffix, [(f"text {i}", "ab"[i % 2]) for i in range(300)]))
    assert samples.inputs[299] == "text 299"
    held = [len(value) for value in vars(samples.inputs).values() if isinstance(value, list)]
    assert max(held, default=0) <= 10


def test_a_test_table_of_another_format_is_the_official_test_part(tmp_path, read, write):
    train, test = write(tmp_path, ".csv", ROWS), write(tmp_path, ".parquet", ROWS[:2][::-1])
    samples = read(train, test=str(test))
    assert samples.is_test.tolist() == [False] * 3 + [True] * 2 and samples.labels.tolist() == [1, 0, 1, 0, 1]
    assert samples.inputs[3] == ROWS[1][0] and samples.sample_ids[4] == f"{test} row 2"


def test_a_validation_table_is_the_official_validation_part(tmp_path, read, put):
    paths = [put(tmp_path, f"{name}.csv", f"text,label\n{name},a\n{name} 2,b\n") for name in ("one", "two", "three")]
    samples = read(paths[0], validation=str(paths[1]), test=str(paths[2]))
    assert list(samples.inputs) == ["one", "one 2", "two", "two 2", "three", "three 2"]
    (split,) = make_splits(samples, config.Split())
    assert [part.tolist() for part in (split.train, split.validation, split.test)] == [[0, 1], [2, 3], [4, 5]]


def test_the_hash_tells_contents_and_what_is_read_of_them(tmp_path, read, put):
    path = put(tmp_path, "t.csv", "text,label,other\nx,a,c\ny,b,d\n")
    hashes = [read(path).sha256, read(path).sha256, read(path, label="other").sha256]
    put(tmp_path, "t.csv", "text,label,other\nx,a,c\nz,b,d\n")
    assert hashes[0] == hashes[1] and len({*hashes, read(path).sha256}) == 3


def test_texts_of_both_parts_are_counted_and_warned_of(tmp_path, read, put):
    train = put(tmp_path, "a.csv", "text,label\nsame,x\nother,y\n,x\n")
    test = put(tmp_path, "b.csv", "text,label\nnew,x\n same ,y\n,y\n")
    said = []
    read(train, said, test=str(test))
    assert len(said) == 4 and said[2].startswith(f"warning: 1 of 3 texts of {test} ") and "two labels" in said[3]
    assert str(train) in said[2] and "row 3" in said[2]


def test_groups_of_both_parts_are_counted_and_warned_of(tmp_path, read, put):
    train = put(tmp_path, "a.csv", "text,label,by\nu,x,ann\nv,y,bob\n")
    test, said = put(tmp_path, "b.csv", "text,label,by\nw,x,cid\nz,y,bob\n"), []
    read(train, said, test=str(test), group="by")
    assert len(said) == 1 and said[0].startswith(f"warning: 1 group of {test} ")
    assert str(train) in said[0] and "bob" in said[0]


def test_texts_that_repeat_are_warned_of_where_a_cut_may_divide_them(tmp_path, read, put):
    path, said = put(tmp_path, "a.csv", "text,label,by\nsame,x,1\nother,y,2\nsame,x,1\n"), []
    read(path, said)
    assert len(said) == 1 and said[0].startswith(f"warning: 1 of 3 texts of {path} ")
    read(path, said, group="by")
    assert len(said) == 1


def test_a_label_seen_once_is_read(tmp_path, read, put):
    samples = read(put(tmp_path, "t.csv", "text,label\nx,a\ny,b\nz,b\n"))
    assert np.bincount(samples.labels).tolist() == [1, 2]


def test_a_table_that_is_changed_while_it_is_in_use_is_noticed(tmp_path, read, put, refused):
    samples = read(put(tmp_path, "t.csv", "text,label\nx,a\ny,b\n"))
    put(tmp_path, "t.csv", "text,label\nanother,a\ny,b\n")
    with refused(DataError, file="t.csv", mentions=("changed",)):
        samples.inputs[0]


TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20), min_size=2)


@settings(max_examples=40, deadline=None)
@given(texts=TEXTS, suffix=st.sampled_from([".csv", ".tsv", ".jsonl"]))
def test_whatever_a_text_holds_comes_back(tmp_path_factory, texts, suffix, read, write):
    rows = [(text, "ab"[i % 2]) for i, text in enumerate(texts)]
    samples = read(write(tmp_path_factory.mktemp("t"), suffix, rows))
    assert list(samples.inputs) == texts
    assert [samples.inputs[i] for i in reversed(range(len(texts)))] == texts[::-1]
