"""What a table of texts leaves open is settled by what stands in it, and said: quotation marks, a header, spellings."""

import json

import numpy as np
import pytest

from convpipe.errors import DataError

MARK = '"'


def test_quotation_marks_that_enclose_nothing_are_characters_in_a_table_with_tabs(tmp_path, read, put):
    texts = [f'"{i}' if i % 10 == 3 else f'{i}"' if i % 10 == 7 else f"{i}" for i in range(100)]
    rows = "".join(f"{text}\t{'ab'[i % 2]}\n" for i, text in enumerate(texts))
    said = []
    samples = read(put(tmp_path, "t.tsv", f"text\tlabel\n{rows}"), said)
    assert list(samples.inputs) == texts and np.bincount(samples.labels).tolist() == [50, 50]
    assert len(said) == 1 and "line 5" in said[0]


def test_quotation_marks_that_enclose_tabs_and_line_ends_enclose(tmp_path, read, put):
    said = []
    samples = read(put(tmp_path, "t.tsv", 'text\tlabel\n"a\tb"\tx\n"c\nd ""e"""\ty\n'), said)
    assert list(samples.inputs) == ["a\tb", 'c\nd "e"'] and said == []


def test_every_value_in_quotation_marks_in_a_table_with_tabs(tmp_path, read, put):
    samples = read(put(tmp_path, "t.tsv", '"text"\t"label"\n"a"\t"x"\n"b"\t"y"\n'))
    assert list(samples.inputs) == ["a", "b"] and samples.class_names == ("x", "y")


def test_a_row_that_swallows_rows_is_named(tmp_path, read, put):
    texts = ['"3' if i == 3 else '7"' if i == 7 else str(i) for i in range(10)]
    rows = [f"{text},{'ab'[i % 2]}\n" for i, text in enumerate(texts)]
    said = []
    samples = read(put(tmp_path, "t.csv", "text,label\n" + "".join(rows)), said)
    assert len(samples) == 6
    (line,) = said
    assert "row 5" in line and "5 lines" in line and "data.quotes=false" in line


def test_a_long_text_of_several_lines_is_no_cause_for_a_warning(tmp_path, read, put):
    said = []
    samples = read(put(tmp_path, "t.csv", 'text,label\n"one, two\nthree, four",a\nfive,b\n'), said)
    assert samples.inputs[0] == "one, two\nthree, four" and said == []


def test_an_open_quotation_mark_in_a_long_table_names_its_row(tmp_path, read, put, refused):
    rows = "".join(f"{MARK * (i == 100)}text {i},{'ab'[i % 2]}\n" for i in range(8000))
    with refused(DataError, file="t.csv", line=102, remedy="data.quotes=false"):
        read(put(tmp_path, "t.csv", "text,label\n" + rows))


def test_a_header_is_no_sample_where_columns_are_wanted_by_number(tmp_path, read, put):
    train = put(tmp_path, "train.csv", "Label,Text\na,one\nb,two\n")
    test, said = put(tmp_path, "test.csv", "Label,Text\nb,three\na,four\n"), []
    samples = read(train, said, text="1", label="0", test=str(test))
    assert samples.class_names == ("a", "b") and samples.is_test.tolist() == [False] * 2 + [True] * 2
    assert samples.sample_ids[0] == f"{train} row 2" and list(samples.inputs) == ["one", "two", "three", "four"]
    assert sum("header" in line for line in said) == 2


def test_names_above_numbers_are_a_header(tmp_path, read, put):
    samples = read(put(tmp_path, "t.csv", "note,stars\nbad,1\ngood,5\nso,3\n"), text="0", label="1")
    assert samples.class_names == ("1", "3", "5")


def test_a_first_label_that_occurs_once_is_read_with_a_warning(tmp_path, read, put):
    said = []
    path = put(tmp_path, "t.csv", "satz,art\neins,a\nzwei,b\ndrei,a\nvier,b\n")
    assert len(read(path, said, text="0", label="1")) == 5
    assert len(said) == 1 and "'art'" in said[0]


@pytest.mark.parametrize("first, second", [("1.0", "1"), ("dru\u0308cken", "dr\u00fccken")])
def test_spellings_of_one_class_are_one_class(tmp_path, first, second, read, put):
    said = []
    samples = read(put(tmp_path, "t.csv", f"text,label\nw,{first}\nx,{second}\ny,0\nz,{second}\n"), said)
    assert samples.class_names == ("0", second) and samples.labels.tolist() == [1, 1, 0, 1]
    assert len(said) == 1 and "one class" in said[0]


def test_a_whole_number_in_json_is_one_class_with_and_without_a_fraction(tmp_path, read, put):
    labels = [0, 1, 1.0, True, "v1.0"]
    lines = [json.dumps({"text": f"t{i}", "label": label}) + "\n" for i, label in enumerate(labels)]
    samples = read(put(tmp_path, "t.jsonl", "".join(lines)))
    assert samples.class_names == ("0", "1", "true", "v1.0") and samples.labels.tolist() == [0, 1, 1, 2, 3]


def test_a_spelling_of_the_test_part_meets_the_class_of_training(tmp_path, read, put):
    train = put(tmp_path, "a.csv", "text,label\nx,e\u0301\ny,b\n")
    test = put(tmp_path, "b.csv", "text,label\nv,b\nw,\u00e9\n")
    samples = read(train, test=str(test))
    assert samples.class_names == ("b", "\u00e9") and samples.labels.tolist() == [1, 0, 0, 1]


def test_a_class_that_is_spelled_in_one_way_keeps_its_name(tmp_path, read, put):
    said = []
    assert read(put(tmp_path, "t.csv", "text,label\nx,1.0\ny,2.50\n"), said).class_names == ("1.0", "2.50")
    assert said == []


def test_classes_that_differ_by_case_stay_two_with_a_warning(tmp_path, read, put):
    said = []
    assert read(put(tmp_path, "t.csv", "text,label\nx,Good\ny,good\n"), said).class_names == ("Good", "good")
    assert len(said) == 1 and "Good" in said[0]


def test_groups_are_compared_in_one_spelling(tmp_path, read, put):
    path = put(tmp_path, "t.csv", "text,label,by\nx,a,e\u0301\ny,b,\u00e9\n")
    assert len({*read(path, group="by").groups}) == 1


def test_a_column_is_found_in_any_normal_form(tmp_path, read, put):
    path = put(tmp_path, "t.csv", "u\u0308ber,label\nx,a\ny,b\n")
    assert list(read(path, text="\u00fcber").inputs) == ["x", "y"]


@pytest.mark.parametrize("mark", ["\u2028", "\u0085", "\x0c", "\x1c"])
def test_other_marks_of_line_ends_stay_within_a_text(tmp_path, mark, read, put):
    assert list(read(put(tmp_path, "t.csv", f"text,label\na{mark}b,x\nc,y\n")).inputs) == [f"a{mark}b", "c"]


def test_damaged_parquet_is_read_or_refused_in_one_line(tmp_path, read, write):
    rows, random = [(f"text {i} \u00fc", "ab"[i % 2]) for i in range(200)], np.random.default_rng(4)
    whole = write(tmp_path, ".parquet", rows[:100]).read_bytes()
    refusals = 0
    for _ in range(120):
        content = bytearray(whole)
        for place in random.integers(len(content), size=4):
            content[place] = random.integers(256)
        (tmp_path / "b.parquet").write_bytes(content[: random.choice([len(content), random.integers(len(content))])])
        try:
            list(read(tmp_path / "b.parquet").inputs)
        except DataError as error:
            refusals += "\n" not in str(error)
    assert refusals > 20
