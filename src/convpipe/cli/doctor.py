"""Check labeled data for leaks and shortcuts before training, and check the installation.

usage: {program} data=NAME [data.KEY=VALUE ...] [window.seconds=S] [html=FILE]

Each finding names the problem and the remedy. An alarm means that results would be wrong. A shortcut is a property of a
sample other than its content, such as length or file size, that predicts the class. The checks train only small linear
models and trees.

data=, window.*, split.*   as in train
html=FILE                  writes the findings to an HTML page too
exit status                0: no alarm; 1: at least one alarm; 2: the data cannot be read
all keys                   {program} --cfg job
"""

import shutil
import sys
import textwrap

from convpipe.cli.start import start

WIDTH = 80


def run(config) -> None:
    """Print the findings. Imports follow the arguments."""
    from pathlib import Path

    from convpipe.config.schema import to_settings
    from convpipe.data import load
    from convpipe.data.splits import make_splits
    from convpipe.doctor.examination import examine
    from convpipe.doctor.installation import installation
    from convpipe.doctor.page import page
    from convpipe.doctor.settings import DoctorSettings

    settings = to_settings(config, DoctorSettings)
    reported: list[str] = []
    dataset = load(settings.data, settings.window, reported.append)
    split = make_splits(dataset, settings.split)[0]
    examination = examine(settings.data.name, dataset, split, tuple(reported), settings.seed)
    about = list(installation())
    for line in lines(examination, about):
        print(line)
    if settings.html:
        Path(settings.html).expanduser().write_text(page(examination, about), encoding="utf-8")
        print(f"wrote {settings.html}")
    if examination.alarms:
        sys.exit(1)


def lines(examination, about):
    """Yield the findings as lines of at most `WIDTH` columns."""
    yield from _wrapped(
        "", f"{examination.title}: {examination.looked_at:,} of {examination.total:,} samples were read"
    )
    for note in examination.notes:
        yield from _wrapped("ALARM " if note.is_alarm else "note  ", note.message)
        if note.remedy:
            yield from _wrapped("      ", f"-> {note.remedy}")
    for words in examination.clean:
        yield from _wrapped("ok    ", f"nothing found: {words}")
    yield ""
    for name, value in about:
        yield from _wrapped(f"{name:<13} ", str(value))


def _wrapped(label: str, words: str) -> list[str]:
    room, hang = min(WIDTH, shutil.get_terminal_size().columns), " " * len(label)
    look = {"break_on_hyphens": False, "break_long_words": False}
    return textwrap.wrap(words, room, initial_indent=label, subsequent_indent=hang, **look)  # type: ignore[arg-type]


def main() -> None:
    """Run the command on `sys.argv`."""
    schemas = {"doctor_settings": "convpipe.doctor.settings:DoctorSettings"}
    start(run, config_name="doctor", schemas=schemas, page=__doc__)
