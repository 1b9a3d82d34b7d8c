"""What a table of texts that is not as it should be gets: one line that names file and place."""

import pytest

from convpipe.errors import ConfigError, DataError

HEAD = "text,label\nx,a\n"
BAD = {
    "missing column": ("t.csv", "body,label\nx,a\n", "has no column text; its columns are: body, label; set data.text"),
    "column twice": ("t.csv", "text,text,label\nx,y,a\n", "has more than one column text"),
    "blank header": ("t.csv", "\n\n", "its first row is blank"),
    "empty file": ("t.csv", "", "is empty"),
    "header only": ("t.csv", "text,label\n", "holds no row with a text and a label"),
    "wrong encoding": ("t.csv", HEAD.encode() + b"caf\xe9,b\n", r"line 3, byte 18 of the file: 0xe9 is not utf-8"),
    "UTF-16": ("t.csv", (HEAD * 2).encode("utf-16"), "it begins like UTF-16: data.encoding=utf-16"),
    "cut-off character": ("t.csv", HEAD.encode() + b"y,\xc3", "line 3, byte 17 of the file: 0xc3 is not utf-8"),
    "empty label": ("t.csv", HEAD + "y, \n", "row 3 has no label"),
    "too many columns": ("t.csv", HEAD + "y,z,b\n", "row 3 has 3 columns, not 2; a value that holds a comma must"),
    "too few columns": ("t.tsv", "text\tlabel\nx\ta\ny\n", "row 3 has 1 columns, not 2; a value that holds a tab must"),
    "open quote": ("t.csv", HEAD + '"y,b\nz,a\n', "row 3: unexpected end of data; mend its quotes, or use"),
    "text behind a quote": ("t.csv", HEAD + '"y" z,b\n', "row 3: ',' expected after '\"'; mend its quotes"),
    "NUL byte": ("t.csv", HEAD + "y\0,b\n", "line 3 holds a NUL byte"),
    "malformed JSON": ("t.jsonl", '{"text": "x", "label": "a"}\n{"text": "y" "label"}\n', "row 2 is malformed JSON "),
    "no object": ("t.jsonl", '["x", "a"]\n', "row 1 is not an object such as"),
    "missing key": ("t.jsonl", '{"text": "x", "y": 1}\n', "row 1 has no column label; its columns are: text, y"),
    "text of another type": ("t.jsonl", '{"text": ["x"], "label": 1}\n', r'row 1: text is \["x"\], not a text'),
    "label of another type": ("t.jsonl", '{"text": "x", "label": [1]}\n', r"row 1: label is \[1\], which is no name"),
    "half a surrogate": ("t.jsonl", '{"text": "\\ud83d", "label": 1}\n', "row 1: text holds half of a surrogate pair"),
    "NUL in JSON": ("t.jsonl", '{"text": "a\\u0000", "label": 1}\n', "row 1: the text holds a NUL character"),
    "nested too deep": ("t.jsonl", "[" * 100_000, "row 1 is malformed JSON "),
    "no Parquet": ("t.parquet", "text,label", "is not a Parquet file"),
    "unknown suffix": ("t.xlsx", "x", r"has the unknown suffix .xlsx; a table of texts ends with .csv, .tsv"),
    "no suffix": ("t", "x", r"has the unknown suffix \(none\)"),
    "one class": ("t.csv", HEAD + "y,a\n", "2 samples of one class only"),
}


@pytest.mark.parametrize("name, content, message", BAD.values(), ids=BAD)
def test_bad_input_gets_one_line_that_names_file_and_place(tmp_path, name, content, message, read, put):
    with pytest.raises(DataError, match=message) as error:
        read(put(tmp_path, name, content))
    assert str(tmp_path / name) in str(error.value) and "\n" not in str(error.value)


def test_a_broken_utf_16_file_is_named_with_its_byte(tmp_path, read, put):
    with pytest.raises(DataError, match="t.csv byte 6: 0x00 is not utf-16"):
        read(put(tmp_path, "t.csv", b"\xff\xfea\0b\0\0\xdc\n\0"), encoding="utf-16")


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_missing_file_and_a_folder_are_named(tmp_path, suffix, read):
    with pytest.raises(
        DataError, match="none.* No such file or directory; check data.path, data.validation and data.test"
    ):
        read(tmp_path / f"none{suffix}")
    folder = tmp_path / f"folder{suffix}"
    folder.mkdir()
    with pytest.raises(DataError, match="folder.* Is a directory"):
        read(folder)
    with pytest.raises(DataError, match="is a folder"):
        read(tmp_path)


def test_a_parquet_file_without_the_column_or_with_numbers_for_texts(tmp_path, read, write):
    path = write(tmp_path, ".parquet", [(1, "a"), (2, "b")])
    with pytest.raises(DataError, match="column text holds int64, not texts"):
        read(path)
    with pytest.raises(DataError, match="has no single column body; its columns are: text, label"):
        read(path, text="body")


def test_a_parquet_file_that_is_cut_off(tmp_path, read, write):
    path = write(tmp_path, ".parquet", [(f"text {i}", "ab"[i % 2]) for i in range(100)])
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(DataError, match="is not a Parquet file"):
        read(path)


def test_a_label_that_training_never_saw(tmp_path, read, put):
    train, test = put(tmp_path, "a.csv", HEAD + "y,b\n"), put(tmp_path, "b.csv", HEAD + "y,c\nz,c\n")
    with pytest.raises(DataError, match=r"b.csv row 3: no row of .*a.csv has its label 'c' \(2 such rows\)"):
        read(train, test=str(test))


def test_an_empty_group_is_named(tmp_path, read, put):
    with pytest.raises(DataError, match="row 3 has no group"):
        read(put(tmp_path, "t.csv", "text,label,by\nx,a,1\ny,b,\n"), group="by")


def test_a_number_of_a_column_that_is_not_there(tmp_path, read, put):
    with pytest.raises(DataError, match="has no column 5, but 2, counted from 0; set data.text"):
        read(put(tmp_path, "t.csv", "x,a\ny,b\n"), text="5", label="1")
    with pytest.raises(DataError, match="row 2 has 1 columns, not 2; a space separates columns"):
        read(put(tmp_path, "t.txt", "a x\nb\n"), text="1", label="0", separator=" ")


@pytest.mark.parametrize(
    "chosen, message",
    [
        ({"encoding": "utf8000"}, "data.encoding=utf8000 is no encoding"),
        ({"separator": "::"}, "data.separator must be one character, not '::'"),
        ({"validation": "v.csv"}, "data.validation needs data.test as well"),
        ({"text": "0"}, "must be all names, or all numbers"),
        ({"empty": "drop"}, "data.empty=drop is not a choice"),
    ],
)
def test_settings_that_cannot_be_used(tmp_path, chosen, message, read, put):
    with pytest.raises(ConfigError, match=message):
        read(put(tmp_path, "t.csv", HEAD), **chosen)


def test_a_txt_table_needs_a_separator(tmp_path, read, put):
    with pytest.raises(ConfigError, match="say what separates its columns"):
        read(put(tmp_path, "t.txt", HEAD))


def test_empty_texts_are_counted_and_kept_or_refused(tmp_path, read, put):
    path, said = put(tmp_path, "t.csv", "text,label\nx,a\n,b\n  ,b\n"), []
    assert list(read(path, said).inputs) == ["x", "", "  "]
    assert said == [f"{path}: 2 of 3 texts are empty and kept as unknown, the first in row 3"]
    with pytest.raises(DataError, match=r"t.csv row 3: the text is empty \(2 such rows\)"):
        read(path, empty="refuse")


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_a_missing_value_is_an_empty_text_but_no_label(tmp_path, suffix, read, write):
    said = []
    samples = read(write(tmp_path, suffix, [("x", "a"), (None, "b")]), said)
    assert samples.inputs[1] == "" and "1 of 2 texts are empty" in said[0]
    with pytest.raises(DataError, match="row 2 has no label"):
        read(write(tmp_path, suffix, [("x", "a"), ("y", None)]))


def test_the_training_file_cannot_be_the_test_file(tmp_path, read, put):
    path = put(tmp_path, "t.csv", "text,label\nx,a\ny,b\n")
    with pytest.raises(DataError, match="data.test=.* is the training file itself"):
        read(path, test=str(path))


def test_another_separator_is_named(tmp_path, read, put):
    with pytest.raises(DataError, match="its columns are: text;label; set data.separator=';'"):
        read(put(tmp_path, "t.csv", "text;label\nx;a\n"))
