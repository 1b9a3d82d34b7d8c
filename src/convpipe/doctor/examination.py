"""All checks, in order, and their findings."""

from collections.abc import Callable
from dataclasses import dataclass

from convpipe.data.dataset import Dataset
from convpipe.data.notes import Note, overview
from convpipe.data.splits import Split
from convpipe.doctor import leaks, shortcuts
from convpipe.doctor.evidence import Evidence, gather

#: The subject of each check -> the check, in order.
CHECKS: dict[str, Callable] = {
    "equal samples in two parts or with two labels": leaks.same_sample,
    "nearly equal samples in two parts": leaks.near_sample,
    "windows of one recording in two parts": leaks.recording_in_two_parts,
    "a group in two parts": leaks.group_in_two_parts,
    "a clock or counter among the channels": leaks.clock_channel,
    "labels inside texts": leaks.label_in_text,
    "a length, level, order, size or format that predicts the class": shortcuts.facts,
    "a test part that differs from the training part": shortcuts.parts_differ,
    "a random split compared with a split by group": shortcuts.random_or_by_group,
}


#: Checks that apply to one modality only.
ONLY_FOR = {"a clock or counter among the channels": "series", "labels inside texts": "text"}


@dataclass(frozen=True)
class Examination:
    """The findings for a dataset.

    Args:
        title: name of the dataset.
        notes: sizes, notes of the reader, and findings of the checks.
        clean: the subjects of the checks that found nothing.
        looked_at: number of samples that the checks read; fewer than `total` for a large dataset.
        total: number of samples of the dataset.
    """

    title: str
    notes: tuple[Note, ...]
    clean: tuple[str, ...]
    looked_at: int
    total: int

    @property
    def alarms(self) -> list[Note]:
        """The notes about problems that would make results wrong."""
        return [note for note in self.notes if note.is_alarm]


def examine(title: str, dataset: Dataset, split: Split, said: tuple[str, ...] = (), seed: int = 0) -> Examination:
    """Run every check.

    Args:
        title: name of the dataset.
        dataset: the dataset.
        split: its parts.
        said: lines of the reader about dropped, converted or guessed data.
        seed: seed of the subset of a large dataset.
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
