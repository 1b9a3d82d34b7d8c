"""All checks in their order, and what they found."""

from collections.abc import Callable
from dataclasses import dataclass

from convpipe.data.dataset import Dataset
from convpipe.data.notes import Note, overview
from convpipe.data.splits import Split
from convpipe.doctor import leaks, shortcuts
from convpipe.doctor.evidence import Evidence, gather

#: What each check looks for, in the order in which they are made.
CHECKS: dict[str, Callable] = {
    "equal samples in two parts or with two labels": leaks.same_sample,
    "nearly equal samples in two parts": leaks.near_sample,
    "windows of one recording in two parts": leaks.recording_in_two_parts,
    "a group in two parts": leaks.group_in_two_parts,
    "a clock or counter among the channels": leaks.clock_channel,
    "labels inside texts": leaks.label_in_text,
    "length, level, order, size or format that tells the class": shortcuts.facts,
    "a test part unlike the training part": shortcuts.parts_differ,
    "random split against split by group": shortcuts.random_or_by_group,
}


#: Checks that other modalities have no use for.
ONLY_FOR = {"a clock or counter among the channels": "series", "labels inside texts": "text"}


@dataclass(frozen=True)
class Examination:
    """What was found in a dataset.

    Args:
        title: name of the dataset and its source.
        notes: everything that was found: sizes, what readers said, what the checks found.
        clean: the checks that found nothing, in words.
        looked_at: samples that the checks read; fewer than the dataset has where it is large.
        total: samples of the dataset.
    """

    title: str
    notes: tuple[Note, ...]
    clean: tuple[str, ...]
    looked_at: int
    total: int

    @property
    def alarms(self) -> list[Note]:
        """The notes that say that results will be wrong."""
        return [note for note in self.notes if note.is_alarm]


def examine(title: str, dataset: Dataset, split: Split, said: tuple[str, ...] = (), seed: int = 0) -> Examination:
    """Make every check.

    Args:
        title: name of the dataset.
        dataset: what was read.
        split: its parts.
        said: lines of the reader: what it dropped, converted or guessed.
        seed: of the draw from a large dataset.
    """
    notes = overview(dataset, split) + [Note("reader", line) for line in said]
    evidence: Evidence = gather(dataset, split, seed)
    clean = []
    for words, check in CHECKS.items():
        found = list(check(evidence))
        notes += found
        if not found and ONLY_FOR.get(words, dataset.modality) == dataset.modality:
            clean.append(words)
    return Examination(title, tuple(notes), tuple(clean), len(evidence.rows), len(dataset))
