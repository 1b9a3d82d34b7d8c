"""Wav files against those that SciPy and the standard library write, and every refusal by its message."""

import struct
import wave

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.io import wavfile

from convpipe.data.sound.wav import decode, read_header, resampled
from convpipe.errors import DataError

SHARES = np.array([0.0, 0.5, -0.5, 0.25, -1.0])


def written(path, values, rate=8000) -> bytes:
    wavfile.write(path, rate, values)
    return path.read_bytes()


def pcm(path, raw: bytes, width: int, channels=1, rate=8000) -> bytes:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels), file.setsampwidth(width), file.setframerate(rate)
        file.writeframes(raw)
    return path.read_bytes()


def extensible(content: bytes) -> bytes:
    """The same file with the longer header that some programs write."""
    size, *head = struct.unpack_from("<IHHIIHH", content, 16)
    longer = struct.pack("<IHHIIHH", 40, 0xFFFE, *head[1:]) + struct.pack("<HHI", 22, head[-1], 0)
    return content[:16] + longer + struct.pack("<H", head[0]) + bytes(14) + content[20 + size :]


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
def test_every_encoding_gives_shares_of_the_full_scale(tmp_path, values):
    content = written(tmp_path / "a.wav", values)
    for each in (content, extensible(content)):
        found, rate = decode(each, "a.wav")
        assert found.dtype == np.float32 and rate == 8000
        np.testing.assert_array_equal(found, SHARES)


@given(st.lists(st.integers(-(2**23), 2**23 - 1), min_size=1, max_size=20))
def test_24_bits_are_read_with_their_sign(tmp_path_factory, numbers):
    raw = b"".join(number.to_bytes(3, "little", signed=True) for number in numbers)
    found, _ = decode(pcm(tmp_path_factory.mktemp("wav") / "a.wav", raw, 3), "a.wav")
    np.testing.assert_allclose(found, np.array(numbers) / 2**23, rtol=1e-7)


def test_stereo_is_mixed_down_by_the_mean(tmp_path):
    content = written(tmp_path / "a.wav", np.array([[16384, 0], [-16384, 16384]], "int16"))
    assert read_header(content, "a.wav").channels == 2
    assert decode(content, "a.wav")[0].tolist() == [0.25, 0.0]


def test_other_chunks_before_the_samples_are_skipped(tmp_path):
    content = written(tmp_path / "a.wav", np.array([16384], "int16"))
    with_note = content[:12] + b"LIST" + struct.pack("<I", 3) + b"abc\0" + content[12:]
    assert decode(with_note, "a.wav")[0].tolist() == [0.5]


def test_a_recording_of_unknown_size_goes_on_to_the_end_of_the_file(tmp_path):
    content = written(tmp_path / "a.wav", np.array([16384, 0], "int16"))
    piped = content[:40] + struct.pack("<I", 0xFFFFFFFF) + content[44:]
    assert decode(piped, "a.wav")[0].tolist() == [0.5, 0.0]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda content: b"", "a.wav: an empty file"),
        (lambda content: b"ID3" + content, "a.wav: not a wav file"),
        (lambda content: content[:30], "a.wav: a broken wav file, without a format"),
        (lambda content: content[:-3], "a.wav: cut off, 17 of 20 bytes"),
        (lambda content: content[:40] + bytes(4), "a.wav: holds no samples"),
        (lambda content: content[:20] + b"\6\0" + content[22:], "a.wav: samples of A-law, 16 bits"),
        (lambda content: content[:22] + b"\0\0" + content[24:], "a.wav: a broken wav file .0 channels"),
    ],
)
def test_a_broken_file_is_named_with_its_fault(tmp_path, spoil, message):
    content = written(tmp_path / "a.wav", np.zeros(10, "int16"))
    with pytest.raises(DataError, match=message) as raised:
        decode(spoil(content), "a.wav")
    assert "\n" not in str(raised.value)


def test_samples_that_are_not_numbers_are_refused(tmp_path):
    content = written(tmp_path / "a.wav", np.array([0, np.nan], "float32"))
    with pytest.raises(DataError, match="a.wav: .*not finite"):
        decode(content, "a.wav")


@pytest.mark.parametrize(("before", "after"), [(16000, 8000), (8000, 11025), (44100, 8000)])
def test_a_tone_keeps_its_pitch_when_resampled(before, after):
    def tone(rate):
        return np.sin(2 * np.pi * 440 * np.arange(rate // 2) / rate)

    found = resampled(tone(before).astype("float32"), before, after)
    assert found.dtype == np.float32 and abs(len(found) - after // 2) <= 1
    inner = slice(after // 20, -after // 20)
    np.testing.assert_allclose(found[: after // 2][inner], tone(after)[: len(found)][inner], atol=0.01)


def test_what_the_lower_rate_cannot_hold_is_filtered_out():
    high = np.sin(2 * np.pi * 7000 * np.arange(8000) / 16000).astype("float32")
    assert np.abs(resampled(high, 16000, 8000)[200:-200]).max() < 0.02
