"""Images and sound that arrive as base64 strings in JSON."""

import base64
import binascii
import re

import numpy as np

from convpipe.errors import DataError

#: Prefix of a data URL, as web pages send it.
DATA_URL = re.compile(r"data:[\w/+.-]*;base64,")


def decoded(sample: str, modality: str, channels: int, sampling_rate: float | None, name: str) -> np.ndarray:
    """Decode one image (height, width, channels) or recording (steps, 1) from a file in base64.

    Args:
        sample: a PNG, JPEG, WAV, FLAC, ... file in base64, with or without the prefix `data:...;base64,`.
        modality: "image" or "sound".
        channels: of the images that the classifier takes.
        sampling_rate: of the classifier in Hz; recordings with another rate are resampled.
        name: of the sample for error messages.

    Raises:
        DataError: the string is not base64, or not a readable file of the modality.
    """
    try:
        content = base64.b64decode(DATA_URL.sub("", sample, count=1), validate=True)
    except (binascii.Error, ValueError):
        remedy = "send a file in base64, or lists of numbers"
        raise DataError(f"the string is not base64 ({sample[:20]!r})", file=name, remedy=remedy) from None
    if modality == "image":
        from convpipe.data.images.files import decode_bytes

        return decode_bytes(content, name, gray=channels == 1)
    from convpipe.data.sound.files import decode, resampled

    values, found = decode(content, name)
    return resampled(values, found, sampling_rate or found)[:, None]
