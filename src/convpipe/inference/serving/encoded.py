"""Images and sound that arrive as files in base64, as JSON can hold them."""

import base64
import binascii
import re

import numpy as np

from convpipe.errors import DataError

#: What a web page puts before a file.
DATA_URL = re.compile(r"data:[\w/+.-]*;base64,")


def decoded(sample: str, modality: str, channels: int, sampling_rate: float | None, name: str) -> np.ndarray:
    """One image (height, width, channels) or recording (steps, 1) from a file in base64.

    Args:
        sample: the bytes of a PNG, JPEG, WAV, FLAC, ... file in base64, with or without `data:...;base64,` before them.
        modality: "image" or "sound".
        channels: of the images that the classifier takes.
        sampling_rate: of the classifier in Hz; a recording of another rate is resampled.
        name: what to call the sample in an error.

    Raises:
        DataError: no base64, no file of the modality, or a broken one.
    """
    try:
        content = base64.b64decode(DATA_URL.sub("", sample, count=1), validate=True)
    except (binascii.Error, ValueError):
        remedy = "send a file in base64, or lists of numbers"
        raise DataError(f"a string that is not base64 ({sample[:20]!r})", file=name, remedy=remedy) from None
    if modality == "image":
        from convpipe.data.images.files import decode_bytes

        return decode_bytes(content, name, gray=channels == 1)
    from convpipe.data.sound.files import decode, resampled

    values, found = decode(content, name)
    return resampled(values, found, sampling_rate or found)[:, None]
