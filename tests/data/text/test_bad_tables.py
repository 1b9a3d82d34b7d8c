"""What a table of texts that is not as it should be gets: one line that names file and place."""

import pytest

from convpipe.errors import ConfigError, DataError

HEAD = "text,label\nx,a\n"
JSON = '{"text": "x", "label": "a"}\n'
BAD = {
    "missing column": (
        "t.csv",
        "body,label\nx,a\n",
        dict(key="data.text", value="text", remedy="data.text", mentions=("body, label",)),
    ),
    "key twice": (
        "t.jsonl",
        JSON + '{"text": "x", "label": "a", "text": "y"}\n',
        dict(line=2, remedy="correct", mentions=("the key text",)),
    ),
    "column twice": ("t.csv", "text,text,label\nx,y,a\n", dict(key="data.text", mentions=("more than one", "text"))),
    "blank header": ("t.csv", "\n\n", dict(key="data.text", mentions=("blank",))),
    "empty file": ("t.csv", "", dict(mentions=("empty",))),
    "header only": ("t.csv", "text,label\n", dict(mentions=("no row",))),
    "wrong encoding": (
        "t.csv",
        HEAD.encode() + b"caf\xe9,b\n",
        dict(line=3, key="data.encoding", value="utf-8", mentions=("byte 18 of the file", "0xe9")),
    ),
    "UTF-16": ("t.csv", (HEAD * 2).encode("utf-16"), dict(key="data.encoding", remedy="data.encoding=utf-16")),
    "cut-off character": ("t.csv", HEAD.encode() + b"y,\xc3", dict(line=3, mentions=("byte 17 of the file", "0xc3"))),
    "empty label": ("t.csv", HEAD + "y, \n", dict(line=3, mentions=("no label",))),
    "too many columns": (
        "t.csv",
        HEAD + "y,z,b\n",
        dict(line=3, value=3, remedy="a comma", mentions=("3 columns", "expected 2")),
    ),
    "too few columns": (
        "t.tsv",
        "text\tlabel\nx\ta\ny\n",
        dict(line=3, value=1, remedy="a tab", mentions=("1 columns", "expected 2")),
    ),
    "open quote": ("t.csv", HEAD + '"y,b\nz,a\n', dict(line=3, remedy="data.quotes=false")),
    "text behind a quote": ("t.csv", HEAD + '"y" z,b\n', dict(line=3, remedy="data.quotes=false")),
    "carriage return": ("t.csv", HEAD + "y,b\rz,a\n", dict(line=3, remedy="CRLF")),
    "NUL byte": ("t.csv", HEAD + "y\0,b\n", dict(line=3, mentions=("NUL",))),
    "malformed JSON": ("t.jsonl", JSON + '{"text": "y" "label"}\n', dict(line=2, mentions=("JSON", "character 14"))),
    "no object": ("t.jsonl", '["x", "a"]\n', dict(line=1, remedy='{"text": "...", "label": "..."}')),
    "missing key": (
        "t.jsonl",
        '{"text": "x", "y": 1}\n',
        dict(line=1, key="data.label", value="label", remedy="data.label", mentions=("text, y",)),
    ),
    "text of another type": (
        "t.jsonl",
        '{"text": ["x"], "label": 1}\n',
        dict(line=1, value=["x"], mentions=("text", '["x"]')),
    ),
    "label of another type": ("t.jsonl", '{"text": "x", "label": [1]}\n', dict(line=1, value=[1], mentions=("label",))),
    "half a surrogate": ("t.jsonl", '{"text": "\\ud83d", "label": 1}\n', dict(line=1, mentions=("surrogate",))),
    "NUL in JSON": ("t.jsonl", '{"text": "a\\u0000", "label": 1}\n', dict(line=1, mentions=("NUL",))),
    "nested too deep": ("t.jsonl", "[" * 100_000, dict(line=1, mentions=("JSON",))),
    "no Parquet": ("t.parquet", "text,label", dict(mentions=("Parquet",))),
    "unknown suffix": ("t.xlsx", "x", dict(value=".xlsx", remedy=".csv, .tsv", mentions=(".xlsx",))),
    "no suffix": ("t", "x", dict(value="", mentions=("suffix",))),
    "one class": ("t.csv", HEAD + "y,a\n", dict(mentions=("2 samples", "one class"))),
}


@pytest.mark.parametrize("name, content, facts", BAD.values(), ids=BAD)
def test_bad_input_gets_one_line_that_names_file_and_place(tmp_path, name, content, facts, read, put, refused):
    with refused(DataError, file=name, **facts) as error:
        read(put(tmp_path, name, content))
    assert str(error.value).startswith(str(tmp_path / name))


def test_a_broken_utf_16_file_is_named_with_its_byte(tmp_path, read, put, refused):
    with refused(DataError, file="t.csv", key="data.encoding", value="utf-16", mentions=("byte 6", "0x00")):
        read(put(tmp_path, "t.csv", b"\xff\xfea\0b\0\0\xdc\n\0"), encoding="utf-16")


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_missing_file_and_a_folder_are_named(tmp_path, suffix, read, refused):
    remedy = "data.path, data.validation and data.test"
    with refused(DataError, file=f"none{suffix}", remedy=remedy, mentions=("No such file",)):
        read(tmp_path / f"none{suffix}")
    folder = tmp_path / f"folder{suffix}"
    folder.mkdir()
    with refused(DataError, file=folder, mentions=("Is a directory",)):
        read(folder)
    with refused(DataError, file=tmp_path, mentions=("a folder",)):
        read(tmp_path)


def test_a_parquet_file_without_the_column_or_with_numbers_for_texts(tmp_path, read, write, refused):
    path = write(tmp_path, ".parquet", [(1, "a"), (2, "b")])
    with refused(DataError, file=path, key="data.text", value="text", mentions=("int64",)):
        read(path)
    with refused(DataError, file=path, key="data.text", value="body", mentions=("text, label",)):
        read(path, text="body")


def test_a_parquet_file_that_is_cut_off(tmp_path, read, write, refused):
    path = write(tmp_path, ".parquet", [(f"text {i}", "ab"[i % 2]) for i in range(100)])
    path.write_bytes(path.read_bytes()[:-50])
    with refused(DataError, file=path, mentions=("Parquet",)):
        read(path)


def test_a_label_that_training_never_saw(tmp_path, read, put, refused):
    train, test = put(tmp_path, "a.csv", HEAD + "y,b\n"), put(tmp_path, "b.csv", HEAD + "y,c\nz,c\n")
    with refused(DataError, file=test, line=3, value="c", mentions=(train, "'c'", "2 such rows")):
        read(train, test=str(test))


def test_an_empty_group_is_named(tmp_path, read, put, refused):
    with refused(DataError, file="t.csv", line=3, key="data.group", mentions=("no group",)):
        read(put(tmp_path, "t.csv", "text,label,by\nx,a,1\ny,b,\n"), group="by")


def test_a_number_of_a_column_that_is_not_there(tmp_path, read, put, refused):
    with refused(
        DataError, file="t.csv", key="data.text", value="5", remedy="data.text", mentions=("2, counted from 0",)
    ):
        read(put(tmp_path, "t.csv", "x,a\ny,b\n"), text="5", label="1")
    with refused(DataError, file="t.txt", line=2, value=1, remedy="a space"):
        read(put(tmp_path, "t.txt", "a x\nb\n"), text="1", label="0", separator=" ")


@pytest.mark.parametrize(
    "chosen, mentions",
    [
        ({"encoding": "utf8000"}, ("data.encoding=utf8000", "latin-1")),
        ({"separator": "::"}, ("data.separator='::'", "one character")),
        ({"validation": "v.csv"}, ("data.test", "split.validation_size")),
        ({"text": "0"}, ("data.text", "data.label", "names", "numbers")),
        ({"empty": "drop"}, ("data.empty=drop", "unknown")),
    ],
)
def test_settings_that_cannot_be_used(tmp_path, chosen, mentions, read, put, refused):
    ((name, value),) = chosen.items()
    with refused(ConfigError, key=f"data.{name}", value=value, mentions=mentions):
        read(put(tmp_path, "t.csv", HEAD), **chosen)


def test_a_txt_table_needs_a_separator(tmp_path, read, put, refused):
    with refused(ConfigError, file="t.txt", key="data.separator", remedy='"data.separator=' + "' '" + '"'):
        read(put(tmp_path, "t.txt", HEAD))


def test_empty_texts_are_counted_and_kept_or_refused(tmp_path, read, put, refused):
    path, said = put(tmp_path, "t.csv", "text,label\nx,a\n,b\n  ,b\n"), []
    assert list(read(path, said).inputs) == ["x", "", "  "]
    assert len(said) == 1 and said[0].startswith(f"{path}: 2 of 3 texts are empty") and "row 3" in said[0]
    with refused(
        DataError, file=path, line=3, key="data.empty", remedy="data.empty=unknown", mentions=("2 such rows",)
    ):
        read(path, empty="refuse")


def test_a_class_that_may_be_a_missing_value_is_said(tmp_path, read, put):
    said = []
    samples = read(put(tmp_path, "t.csv", "text,label\nx,a\ny,nan\n"), said)
    assert samples.class_names == ("a", "nan") and any("class nan" in line for line in said)


def test_a_text_with_two_labels_is_said(tmp_path, read, put):
    said = []
    read(put(tmp_path, "t.csv", "text,label\nx,a\ny,b\nx ,b\nx,a\nz,b\nz,b\n ,a\n ,b\n"), said)
    (line,) = [line for line in said if "two labels" in line]
    assert line.startswith("warning: 1 text ") and "row 2 (a)" in line and "row 4 (b)" in line
    said.clear()
    train, test = put(tmp_path, "a.csv", "text,label\nx,a\ny,b\n"), put(tmp_path, "b.csv", "text,label\nx,b\ny,b\n")
    read(train, said, test=str(test))
    assert any("two labels" in line and "a.csv row 2 (a)" in line and "b.csv row 2 (b)" in line for line in said)


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_a_missing_value_is_an_empty_text_but_no_label(tmp_path, suffix, read, write, refused):
    said = []
    samples = read(write(tmp_path, suffix, [("x", "a"), (None, "b")]), said)
    assert samples.inputs[1] == "" and "1 of 2 texts are empty" in said[0]
    with refused(DataError, file=f"table{suffix}", line=2, mentions=("no label",)):
        read(write(tmp_path, suffix, [("x", "a"), ("y", None)]))


def test_the_training_file_cannot_be_the_test_file(tmp_path, read, put, refused):
    path = put(tmp_path, "t.csv", "text,label\nx,a\ny,b\n")
    with refused(DataError, file=path, key="data.test", value=str(path), mentions=("training file",)):
        read(path, test=str(path))


def test_another_separator_is_named(tmp_path, read, put, refused):
    with refused(DataError, file="t.csv", remedy='"data.separator=' + "';'" + '"', mentions=("text;label",)):
        read(put(tmp_path, "t.csv", "text;label\nx;a\n"))
