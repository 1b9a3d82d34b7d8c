"""Check labeled data before training: leaks, facts that tell the class, and the installation.

usage: {program} data=NAME [data.KEY=VALUE ...] [window.seconds=S] [html=FILE]

Every check says what it found and what to type. An alarm means that results will be wrong. Nothing is trained but
small linear models.

data=, window.*, split.*   as of train
html=FILE                  writes the findings as a page too
exit status                0 without an alarm, 1 with one, 2 for data that cannot be read
every key                  {program} --cfg job
"""

import shutil
import sys
import textwrap

from convpipe.cli.start import start

WIDTH = 80


def run(config) -> None:
    """Print the findings; everything else is imported here, after the arguments."""
    from pathlib import Path

    from convpipe.config.schema import to_settings
    from convpipe.data import load
    from convpipe.data.splits import make_splits
    from convpipe.doctor.examination import examine
    from convpipe.doctor.installation import installation
    from convpipe.doctor.page import page
    from convpipe.doctor.settings import DoctorSettings

    settings = to_settings(config, DoctorSettings)
    said: list[str] = []
    dataset = load(settings.data, settings.window, said.append)
    split = make_splits(dataset, settings.split)[0]
    examination = examine(settings.data.name, dataset, split, tuple(said), settings.seed)
    about = list(installation())
    for line in lines(examination, about):
        print(line)
    if settings.html:
        Path(settings.html).expanduser().write_text(page(examination, about), encoding="utf-8")
        print(f"wrote {settings.html}")
    if examination.alarms:
        sys.exit(1)


def lines(examination, about):
    """The findings for a terminal, at most `WIDTH` columns wide."""
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
    """Run the command on the words of `sys.argv`."""
    schemas = {"doctor_settings": "convpipe.doctor.settings:DoctorSettings"}
    start(run, config_name="doctor", schemas=schemas, page=__doc__)
