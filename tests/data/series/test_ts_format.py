"""The .ts reader: round trips, and errors about broken files."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convpipe.data.series.ts_format import parse_ts
from convpipe.errors import DataError

HEADER = "@problemName Walks\n@univariate true\n@classLabel true left right\n@data\n"
numbers = st.floats(width=32, allow_nan=False, allow_infinity=False)


@st.composite
def series_of(draw, channels):
    steps = draw(st.integers(1, 6))
    value = st.one_of(numbers, st.just(float("nan")))
    return np.array(
        draw(st.lists(st.lists(value, min_size=channels, max_size=channels), min_size=steps, max_size=steps))
    )


def as_text(series):
    def word(value):
        return "?" if np.isnan(value) else repr(float(value))

    return ":".join(",".join(map(word, channel)) for channel in series.T)


@given(st.data(), st.integers(1, 3), st.sampled_from(["\n", "\r\n"]))
def test_round_trip(data, channels, newline):
    written = data.draw(st.lists(series_of(channels), min_size=1, max_size=4))
    classes = [data.draw(st.sampled_from(["a", "c"])) for _ in written]
    header = ["# made by a test", "", f"@dimensions {channels}", "@equalLength false", "@classLabel true a c", "@data"]
    rows = [f"{as_text(series)}:{name}" for series, name in zip(written, classes, strict=True)]
    read = parse_ts(newline.join(header + rows).encode(), "x.ts")
    assert read.classes == classes
    assert read.lines == list(range(7, 7 + len(rows)))
    for was, now in zip(written, read.inputs, strict=True):
        assert now.dtype == np.float32
        np.testing.assert_array_equal(now, was.astype(np.float32))


def test_header_in_any_case_comments_blank_lines_and_byte_order_mark():
    text = "\ufeff#first\n\n  @CLASSLABEL\tTrue b a\n@UniVariate TRUE\n# more\n@DATA\n\n# inside\n 1, 2 ,?:a \n\n"
    read = parse_ts(text.encode(), "x.ts")
    assert read.class_names == ("b", "a") and read.classes == ["a"] and read.lines == [9]
    np.testing.assert_array_equal(read.inputs[0], np.array([[1], [2], [np.nan]], dtype=np.float32))


def test_almost_everything_in_the_header_is_optional():
    read = parse_ts(b"@data\n1,2:3,4:b\n5:6:a", "x.ts")
    assert read.class_names == ("a", "b")
    assert [series.shape for series in read.inputs] == [(2, 2), (1, 2)]


def test_comments_in_latin_1_are_read():
    assert parse_ts(b"# Sch\xe4fer\n" + HEADER.encode() + b"1:left", "x.ts").classes == ["left"]


def test_nan_is_a_missing_value():
    assert np.isnan(parse_ts(HEADER.encode() + b"1,NaN,2:left", "x.ts").inputs[0][1, 0])


BROKEN = {
    "empty file": ("", 1, ("@data",)),
    "header cut off": ("@problemName W\n@classLabel true a b", 2, ("@data",)),
    "not a ts file": ("a,b\n1,2\n", 1, ("header", "@")),
    "no data": (HEADER, 4, ("no data",)),
    "unknown key": ("@clasLabel true a\n@data\n1:a", 1, ("@claslabel", "did you mean classlabel?")),
    "time stamps": ("@timestamps true\n@data\n(0,1):a", 1, ("time stamps",)),
    "tuples": (HEADER + "(0,1),(1,2):left", 5, ("time stamps",)),
    "no classes": ("@classLabel false\n@data\n1,2", 1, ("classes", "@classlabel false")),
    "regression": ("@targetLabel true\n@data\n1,2:0.5", 1, ("classes", "@targetlabel true")),
    "dimensions in words": ("@dimensions two\n@data\n1:a", 1, ("@dimensions", "two")),
    "line cut inside values": (HEADER + "1,2:left\n1,2", 6, ("no class",)),
    "line cut after the colon": (HEADER + "1,2:left\n1,2:", 6, ("no class",)),
    "label cut off": (HEADER + "1,2:le", 5, ("class le ", "left, right")),
    "channel missing": ("@dimensions 3\n@classLabel true a b\n@data\n1:2:3:a\n1:2:a", 5, ("2 channels", "expected 3")),
    "channel missing, none declared": ("@data\n1:2:a\n1:a", 3, ("1 channels", "expected 2")),
    "channels of unequal steps": ("@data\n1,2:3:a", 2, ("channels", "1, 2")),
    "unequal steps": (
        "@equalLength true\n" + HEADER + "1,2:left\n\n1:left",
        8,
        ("1 steps", "line 6 has 2", "@equalLength true"),
    ),
    "not a number": (HEADER + "1,2x,3:left", 5, ("step 1 of channel 0", "(2x)")),
    "empty value": ("@data\n1,2:1,:a", 2, ("step 1 of channel 1", "(empty)")),
    "infinite": (HEADER + "1,?,-inf:left", 5, ("step 2 of channel 0", "(-inf)")),
    "too large": (HEADER + "1e39:left", 5, ("step 0 of channel 0", "(1e39)")),
    "label missing, none declared": ("@data\n1,2:3,4", 2, ("no class",)),
}


@pytest.mark.parametrize("text, line, mentions", BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_refused_with_file_and_line(text, line, mentions, refused):
    with refused(DataError, file="x.ts", line=line, mentions=(f"x.ts line {line}", *mentions)):
        parse_ts(text.encode(), "x.ts")


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_one_line(content):
    try:
        parse_ts(b"@data\n" + content, "x.ts")
    except DataError as error:
        assert str(error).startswith("x.ts line ")


@given(st.integers(0, 60))
def test_a_truncated_file_is_refused_or_ends_with_a_complete_line(cut):
    rows = "1.5,2.5:left\n3.5,4.5:right\n"
    whole = HEADER + rows
    try:
        read = parse_ts(whole[: max(0, len(whole) - cut)].encode(), "x.ts")
    except DataError as error:
        assert str(error).startswith("x.ts line ")
    else:
        assert [series.tolist() for series in read.inputs] == [[[1.5], [2.5]], [[3.5], [4.5]]][: len(read.inputs)]
