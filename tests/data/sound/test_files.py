"""Recordings against what the standard library, SciPy and libsndfile write, and every refusal by its facts."""

import io
import struct
import subprocess
import sys
import wave

import numpy as np
import pytest
import soundfile
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.io import wavfile

from convpipe.data.sound.files import cancels, decode, read_header, resampled
from convpipe.errors import DataError

SHARES = np.array([0.0, 0.5, -0.5, 0.25, -1.0])


def tone(rate=8000, seconds=0.5):
    return 0.5 * np.sin(2 * np.pi * 440 * np.arange(round(rate * seconds)) / rate)


def wav(values, rate=8000) -> bytes:
    file = io.BytesIO()
    wavfile.write(file, rate, np.asarray(values))
    return file.getvalue()


def pcm(raw: bytes, width: int, channels=1, rate=8000) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(channels), writer.setsampwidth(width), writer.setframerate(rate)
        writer.writeframes(raw)
    return file.getvalue()


def by_standard_library(content: bytes) -> np.ndarray:
    """The oracle: integers of the wave module as shares of their full scale, mixed down."""
    with wave.open(io.BytesIO(content)) as reader:
        width, channels, raw = reader.getsampwidth(), reader.getnchannels(), reader.readframes(reader.getnframes())
    pieces = [raw[at : at + width] for at in range(0, len(raw), width)]
    integers = [each[0] - 128 if width == 1 else int.from_bytes(each, "little", signed=True) for each in pieces]
    shares = np.array(integers, np.float64) / 2 ** (8 * width - 1)
    return shares.reshape(-1, channels).mean(axis=1).astype(np.float32)


def encoded(kind: str, values=None, rate=8000, **options) -> bytes:
    """A file of libsndfile's, such as FLAC."""
    file = io.BytesIO()
    with soundfile.SoundFile(file, "w", rate, 1, format=kind, **options) as writer:
        writer.write(tone(rate) if values is None else values)
    return file.getvalue()


def extensible(content: bytes) -> bytes:
    """The same WAV file with the longer header that some programs write."""
    size, *head = struct.unpack_from("<IHHIIHH", content, 16)
    guid = struct.pack("<H", head[0]) + bytes.fromhex("000000001000800000aa00389b71")
    longer = struct.pack("<IHHIIHH", 40, 0xFFFE, *head[1:]) + struct.pack("<HHI", 22, head[-1], 0)
    return content[:16] + longer + guid + content[20 + size :]


def without_xing(content: bytes) -> bytes:
    """The same MP3 file without its first frame, which states how many there are."""
    return content[content.index(content[:2], 4) :]


@pytest.mark.parametrize(
    "values",
    [
        (SHARES * 128 + 128).astype("uint8"),
        (SHARES * 2**15).astype("int16"),
        (SHARES * 2**31).astype("int32"),
        SHARES.astype("float32"),
        SHARES,
    ],
    ids=lambda values: values.dtype.name,
)
def test_every_encoding_gives_shares_of_the_full_scale(values):
    for content in (wav(values), extensible(wav(values))):
        found, rate = decode(content, "a.wav")
        assert found.dtype == np.float32 and rate == 8000
        np.testing.assert_array_equal(found, SHARES)


@given(st.integers(1, 4), st.integers(1, 3), st.integers(1, 20), st.data())
def test_integers_of_any_width_and_channels_are_those_of_the_standard_library(width, channels, steps, data):
    size = width * channels * steps
    samples = data.draw(st.binary(min_size=size, max_size=size))
    assume(not samples.startswith((b"OggS", b"wvpk")))  # libsndfile refuses samples that look like another format
    content = pcm(samples, width, channels)
    assume(not cancels(content, "a.wav"))  # the loudest channel is taken then, which has a test of its own
    assert read_header(content, "a.wav").channels == channels
    np.testing.assert_array_equal(decode(content, "a.wav")[0], by_standard_library(content))


@pytest.mark.parametrize("subtype", ["PCM_S8", "PCM_16", "PCM_24"])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_flac_file_of_other_samples_than_its_hash_says_is_refused(refused, subtype, channels):
    file = io.BytesIO()
    soundfile.write(file, np.random.default_rng(0).normal(size=(500, channels)) / 5, 8000, subtype, format="FLAC")
    content = bytearray(file.getvalue())
    expected = soundfile.read(io.BytesIO(content), always_2d=True)[0].mean(axis=1)
    np.testing.assert_array_equal(decode(bytes(content), "a.flac")[0], expected.astype(np.float32))
    content[26] ^= 1
    with refused(DataError, file="a.flac", mentions=("hash",)):
        decode(bytes(content), "a.flac")
    content[26:42] = bytes(16)  # no hash is stated
    decode(bytes(content), "a.flac")


@pytest.mark.parametrize("place, value", [(34, 18), (34, 8), (32, 4), (22, 3)])
def test_a_wav_file_whose_header_contradicts_itself_is_refused(refused, place, value):
    content = bytearray(wav(np.arange(60, dtype="int16")))
    content[place] = value
    with refused(DataError, file="a.wav", mentions=("contradicts",)):
        decode(bytes(content), "a.wav")


def test_floating_point_is_kept_to_the_last_bit():
    values = np.random.default_rng(0).normal(size=1000) * 3
    np.testing.assert_array_equal(decode(wav(values.astype("float32")), "a.wav")[0], values.astype("float32"))
    np.testing.assert_array_equal(decode(wav(values), "a.wav")[0], values.astype("float32"))


def test_stereo_is_mixed_down_by_the_mean():
    content = wav(np.array([[16384, 0], [-16384, 16384]], "int16"))
    assert decode(content, "a.wav")[0].tolist() == [0.25, 0.0]


def test_flac_keeps_every_integer():
    values = (tone() * 2**15).astype("int16")
    found, rate = decode(encoded("FLAC", values), "a.flac")
    assert rate == 8000
    np.testing.assert_array_equal(found, (values / 2**15).astype("float32"))


@pytest.mark.parametrize(("kind", "subtype"), [("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III")])
def test_lossy_files_give_nearly_what_was_written(kind, subtype):
    content = encoded(kind, tone(16000), 16000, subtype=subtype)
    found, rate = decode(content, "a")
    assert rate == 16000 and found.dtype == np.float32 and len(found) == 8000
    assert not read_header(content, "a").is_estimated
    inner = slice(800, -800)
    assert np.sqrt(np.mean((found - tone(16000))[inner] ** 2)) < 0.05 * np.sqrt(np.mean(tone(16000)[inner] ** 2))


def test_the_header_is_read_without_decoding(monkeypatch):
    monkeypatch.setattr(soundfile.SoundFile, "read", None)
    for kind in ("WAV", "FLAC", "OGG", "MP3"):
        header = read_header(encoded(kind, rate=16000), "a")
        assert (header.sampling_rate, header.channels) == (16000, 1)


def test_other_chunks_before_the_samples_are_skipped(refused):
    content = wav(np.array([16384], "int16"))
    with_note = content[:12] + b"LIST" + struct.pack("<I", 3) + b"abc\0" + content[12:]
    assert decode(with_note, "a.wav")[0].tolist() == [0.5]
    with refused(DataError, file="a.wav", mentions=("1 of 2",)):
        read_header(with_note[:-1], "a.wav")


def test_a_recording_of_unknown_size_goes_on_to_the_end_of_the_file():
    content = wav(np.array([16384, 0], "int16"))
    piped = content[:4] + b"\xff" * 4 + content[8:40] + b"\xff" * 4 + content[44:]
    assert decode(piped, "a.wav")[0].tolist() == [0.5, 0.0]


@pytest.mark.parametrize("stated", [0xFFFFFFFF, 0x80000000, 0x7FFFFFDB, 0x7FFFF000, 0])
def test_the_size_that_a_pipe_left_in_the_header_means_to_the_end_of_the_file(stated):
    content = wav(np.array([16384, 0], "int16"))
    whole = min(stated + 36, 0xFFFFFFFF)
    piped = content[:4] + struct.pack("<I", whole) + content[8:40] + struct.pack("<I", stated) + content[44:]
    assert decode(piped, "a.wav")[0].tolist() == [0.5, 0.0] and read_header(piped, "a.wav").is_piped
    assert not read_header(content, "a.wav").is_piped and read_header(content + b"\0", "a.wav").steps == 2


def test_a_wav_file_without_samples_but_with_a_note_is_refused(refused):
    content = wav(np.array([], "int16"))
    noted = content + b"LIST" + struct.pack("<I", 4) + b"note"
    with refused(DataError, file="a.wav", mentions=("no samples",)):
        read_header(noted[:4] + struct.pack("<I", len(noted) - 8) + noted[8:], "a.wav")


@pytest.mark.parametrize("channels", [(1, -1), (0, 1, -1), (0.5, -0.501)])
def test_the_loudest_channel_is_taken_where_channels_cancel_each_other_out(channels):
    values = np.outer(tone(), channels).astype("float32")
    assert cancels(wav(values), "a.wav")
    loudest = values[:, np.abs(channels).argmax()]
    np.testing.assert_array_equal(decode(wav(values), "a.wav")[0], loudest)


@pytest.mark.parametrize("channels", [(1, 1), (1, 0), (1, -0.5), (0, 0)])
def test_channels_that_leave_a_signal_are_averaged(channels):
    values = np.outer(tone(), channels).astype("float32")
    assert not cancels(wav(values), "a.wav")
    np.testing.assert_allclose(decode(wav(values), "a.wav")[0], values.mean(axis=1), atol=1e-7)


@pytest.mark.parametrize("rate", [1, 4_000_000_000])
def test_a_sampling_rate_that_no_recorder_has_is_refused(rate, refused):
    content = wav(np.zeros(10, "int16"))
    with refused(DataError, file="a.wav", remedy="remove"):
        read_header(content[:24] + struct.pack("<I", rate) + content[28:], "a.wav")


def test_a_recording_beyond_the_memory_is_refused_by_its_header(monkeypatch, refused):
    monkeypatch.setattr("convpipe.data.sound.files.MOST", 19)
    assert read_header(wav(np.zeros(19, "int16")), "a.wav").steps == 19
    with refused(DataError, file="a.wav", value=10, mentions=("2 channels",)):
        read_header(wav(np.zeros((10, 2), "int16")), "a.wav")


def test_an_mp3_file_may_start_and_end_with_tags():
    content = encoded("MP3")
    tagged = b"ID3\x03\0\0\0\0\x07\x68" + bytes(1000) + content + b"TAG" + bytes(125)
    np.testing.assert_array_equal(decode(tagged, "a.mp3")[0], decode(content, "a.mp3")[0])


def test_an_mp3_file_that_does_not_state_its_length_is_read():
    content = without_xing(encoded("MP3", bitrate_mode="CONSTANT", compression_level=0.5))
    assert read_header(content, "a.mp3").is_estimated
    assert len(decode(content, "a.mp3")[0]) >= 4000


@pytest.mark.parametrize(
    ("spoil", "mentions"),
    [
        (lambda content: b"", ["empty"]),
        (lambda content: b"ID3" + content, []),
        (lambda content: b"<html></html>", []),
        (lambda content: content[:30], ["data"]),
        (lambda content: content[:-3], ["17 of 20 bytes"]),
        (lambda content: content[:-20], ["0 of 20 bytes"]),
        (lambda content: content[:40] + bytes(4), ["no samples"]),
        (lambda content: content[:22] + b"\0\0" + content[24:], ["zero"]),
        (lambda content: content[:20] + b"\x99\0" + content[22:], ["fmt"]),
    ],
)
def test_a_broken_wav_file_is_named_with_its_fault(refused, spoil, mentions):
    with refused(DataError, file="a.wav", remedy="remove", mentions=mentions):
        read_header(spoil(wav(np.zeros(10, "int16"))), "a.wav")


@pytest.mark.parametrize("kind", ["FLAC", "OGG", "MP3"])
def test_a_file_that_is_cut_off_anywhere_is_refused(refused, kind):
    content = encoded(kind)
    for kept in [*range(0, len(content), 97), len(content) - 1]:
        with refused(DataError, file="a", remedy="remove"):
            decode(content[:kept], "a")


def test_an_ogg_file_that_ends_between_two_pages_is_refused(refused):
    content = encoded("OGG", tone(seconds=5))
    with refused(DataError, file="a.ogg", mentions=("cut off",)):
        read_header(content[: content.rindex(b"OggS")], "a.ogg")


def test_a_format_of_which_a_cut_would_not_be_seen_is_refused(refused):
    with refused(DataError, file="a.wav", mentions=("AIFF",), remedy="WAV"):
        read_header(encoded("AIFF"), "a.wav")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_samples_that_are_not_numbers_are_refused(refused, value):
    content = wav(np.array([0, value], "float32"))
    assert read_header(content, "a.wav").channels == 1
    with refused(DataError, file="a.wav", mentions=("finite",)):
        decode(content, "a.wav")


def test_the_library_is_imported_when_sound_is_read_and_not_before():
    code = "import sys, convpipe.data.sound.folder; sys.exit('soundfile' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.mark.parametrize(("before", "after"), [(16000, 8000), (8000, 11025), (44100, 8000)])
def test_a_tone_keeps_its_pitch_when_resampled(before, after):
    found = resampled(2 * tone(before).astype("float32"), before, after)
    assert found.dtype == np.float32 and abs(len(found) - after // 2) <= 1
    inner = slice(after // 20, -after // 20)
    np.testing.assert_allclose(found[: after // 2][inner], 2 * tone(after)[: len(found)][inner], atol=0.01)


def test_what_the_lower_rate_cannot_hold_is_filtered_out():
    high = np.sin(2 * np.pi * 7000 * np.arange(8000) / 16000).astype("float32")
    assert np.abs(resampled(high, 16000, 8000)[200:-200]).max() < 0.02
