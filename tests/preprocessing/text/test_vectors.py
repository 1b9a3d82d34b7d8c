"""Pretrained vectors: every file format, every refusal with its line, one scale, and sources side by side."""

import numpy as np
import pytest

from convpipe.errors import ConfigError, DataError
from convpipe.preprocessing.text import vectors
from convpipe.preprocessing.text.vector_files import read_file
from convpipe.preprocessing.text.vectors import NORM, Table, open_source, read_safetensors, side_by_side

ROWS = {"the": [0.5, -1.0, 2.0], "film": [1.0, 0.0, 0.25], "zebra": [3.0, 4.0, 0.0]}


def lines_of(rows=ROWS) -> str:
    return "".join(f"{token} {' '.join(map(str, numbers))}\n" for token, numbers in rows.items())


def written(folder, content: str, name="vectors.txt"):
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


@pytest.mark.parametrize("header", ["", "3 3\n"], ids=["GloVe", "word2vec"])
@pytest.mark.parametrize("end", ["\n", " \n"], ids=["plain", "trailing space"])
def test_a_text_file_with_and_without_a_header(tmp_path, header, end):
    tokens, rows = read_file(written(tmp_path, header + lines_of().replace("\n", end)), set(), 10**6)
    assert tokens == list(ROWS)
    np.testing.assert_array_equal(rows, list(ROWS.values()))


def test_a_token_may_hold_spaces_and_unusual_ones(tmp_path):
    tokens, _ = read_file(written(tmp_path, "the 1 2 3\n. . . 1 2 3\nat\u2028\x85 1 2 3\n"), set(), 10**6)
    assert tokens == ["the", ". . .", "at\u2028\x85"]


def test_only_the_top_of_a_large_file_is_kept_and_what_is_wanted(tmp_path):
    tokens, _ = read_file(written(tmp_path, lines_of()), {"zebra"}, 6)
    assert tokens == ["the", "zebra"]


@pytest.mark.parametrize(
    ("content", "line", "facts"),
    [
        ("the 1 2 3\nfilm 1 2\n", 2, {"value": 2, "mentions": ("2 numbers", "3")}),
        ("the 1 2 3\nfilm 1 2 3 4\n", 2, {"value": 4, "mentions": ("4 numbers", "3")}),
        ("2 3\nthe 1 2 3\nfilm 1 2\n", 3, {"value": 2, "mentions": ("2 numbers", "3")}),
        ("the 1 2 3\nfilm 1 x 3\n", 2, {"mentions": ("'x'",)}),
        ("the 1 2 3\nfilm 1 nan 3\n", 2, {"mentions": ("finite",)}),
        ("film 0.5x\n", 1, {"value": "film 0.5x", "mentions": ("header",)}),
        ("3 3\nthe 1 2 3\n", 1, {"value": 3, "mentions": ("1 vectors",)}),
    ],
)
def test_a_broken_line_is_named(refused, tmp_path, content, line, facts):
    path = written(tmp_path, content)
    with refused(DataError, file=path, line=line, **facts):
        read_file(path, set(), 10**6)


def test_an_empty_file_holds_no_vectors(refused, tmp_path):
    path = written(tmp_path, "")
    with refused(DataError, file=path, mentions=("no vectors",)):
        read_file(path, set(), 10**6)


def test_an_array_with_its_vocabulary_beside_it(refused, tmp_path):
    np.save(tmp_path / "mine.npy", np.array(list(ROWS.values()), "float32"))
    with refused(DataError, file="mine.npy", remedy="mine.txt"):
        read_file(tmp_path / "mine.npy", set(), 10**6)
    path = written(tmp_path, "the\nfilm\n", "mine.txt")
    with refused(DataError, file="mine.txt", value=2, mentions=("2 tokens", "mine.npy", "3 rows")):
        read_file(tmp_path / "mine.npy", set(), 10**6)
    path.write_text("the\r\nfilm\r\nzebra\r\n")
    tokens, rows = read_file(tmp_path / "mine.npy", set(), 10**6)
    assert tokens == list(ROWS)
    np.testing.assert_array_equal(rows, list(ROWS.values()))


def test_an_array_with_a_parquet_index(refused, tmp_path):
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    np.save(tmp_path / "mine.npy", np.ones((2, 3), "float16"))
    parquet.write_table(pyarrow.table({"index": ["a", "b"]}), tmp_path / "mine.parquet")
    assert read_file(tmp_path / "mine.npy", set(), 10**6)[0] == ["a", "b"]
    parquet.write_table(pyarrow.table({"word": ["a", "b"]}), tmp_path / "mine.parquet")
    with refused(DataError, file="mine.parquet", key="index", value="word"):
        read_file(tmp_path / "mine.npy", set(), 10**6)


@pytest.mark.parametrize("array", [np.ones(3), np.ones((2, 3), int)], ids=["one axis", "integers"])
def test_an_array_of_another_form_is_refused(refused, tmp_path, array):
    np.save(tmp_path / "mine.npy", array)
    with refused(DataError, file="mine.npy", mentions=(array.dtype, array.shape, "floating")):
        read_file(tmp_path / "mine.npy", set(), 10**6)


def test_what_is_neither_a_name_nor_a_file_is_refused(refused):
    facts = {"key": "embedding.pretrained", "value": "nowhere.txt", "mentions": ("glove", "wordllama")}
    with refused(ConfigError, **facts):
        open_source("nowhere.txt", "word", set(), print)


def table(name="mine", rows=ROWS, factor=1.0) -> Table:
    return Table(name, list(rows), factor * np.array(list(rows.values()), "float32"))


def test_the_first_of_equal_tokens_counts():
    found, there = Table("mine", ["a", "b", "a"], np.array([[1.0], [2.0], [3.0]])).look_up(["a", "x"])
    assert found.tolist() == [[1.0], [0.0]] and there.tolist() == [True, False]


@pytest.mark.parametrize("factor", [0.01, 1.0, 50.0])
def test_learned_tokens_have_the_stated_mean_norm_whatever_the_source(factor):
    joined = side_by_side([table(factor=factor)], ["film", "new", "the"])
    norms = np.linalg.norm(joined.learned.astype("float32"), axis=1)
    assert norms[joined.found].mean() == pytest.approx(NORM, rel=1e-3) and norms[1] == 0
    assert joined.found.tolist() == [True, False, True]
    assert joined.others == ["zebra"]
    ratio = joined.other_vectors[0].astype("float32") / np.array(ROWS["zebra"])[:].clip(1e-9)
    assert ratio[0] == pytest.approx(
        NORM / np.mean([np.linalg.norm(ROWS["film"]), np.linalg.norm(ROWS["the"])]), rel=1e-3
    )


def test_sources_stand_side_by_side_with_zeros_where_one_knows_nothing():
    other = table("other", {"new": [2.0], "the": [2.0], "yak": [6.0]})
    joined = side_by_side([table(), other], ["film", "new", "the"])
    assert joined.learned.shape == (3, 4) and joined.found.all()
    assert joined.learned[0, 3] == 0 and (joined.learned[1, :3] == 0).all() and joined.learned[1, 3] == NORM
    assert joined.others == ["zebra", "yak"]
    assert joined.other_vectors[1].tolist() == [0, 0, 0, 3 * NORM]


def test_of_tokens_beyond_the_training_part_as_many_are_kept_as_there_is_room_for(monkeypatch):
    monkeypatch.setattr(vectors, "MOST_BYTES", 6)
    assert side_by_side([table()], ["film"]).others == ["the"]


def test_a_source_that_knows_nothing_of_the_texts_is_refused(refused):
    with refused(DataError, key="embedding.pretrained", value="mine", mentions=("2 tokens", "'x', 'y'")):
        side_by_side([table()], ["x", "y"])


def test_safetensors_are_read_as_their_format_says():
    header = b'{"__metadata__":{"a":"b"},"w":{"dtype":"F16","shape":[2,2],"data_offsets":[4,12]}}'
    numbers = np.array([[1.5, -2.0], [0.25, 4.0]], "float16")
    content = len(header).to_bytes(8, "little") + header + b"skip" + numbers.tobytes()
    arrays = read_safetensors(content)
    assert list(arrays) == ["w"]
    np.testing.assert_array_equal(arrays["w"], numbers)
