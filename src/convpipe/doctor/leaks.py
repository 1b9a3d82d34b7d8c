"""Alarms: samples, recordings or groups in two parts, clocks among the channels, labels inside texts."""

import re
from collections.abc import Iterator

import numpy as np

from convpipe.data.notes import Note, duplicates
from convpipe.doctor.evidence import Evidence

#: Two samples of different parts are nearly equal if their distance is below this fraction of the median distance from
#: a sample to its nearest neighbor.
NEAR = 0.02
MOST_COMPARED = 5_000  # maximum number of validation and test samples that are compared with all others
CLOCK_SHARE = 0.9  # minimum fraction of samples in which the channel is a clock
#: A word leaks a class if it is in at least the first fraction of its texts, and in at most the second of all others.
IN_CLASS, ELSEWHERE = 0.95, 0.02
LEAST_TEXTS = 10  # minimum number of texts of a class
WINDOW_ID = re.compile(r"^(.*), [\d.]+ to [\d.]+ s$")


def same_sample(evidence: Evidence) -> Iterator[Note]:
    """Equal samples in two parts, or with two labels."""
    yield from duplicates(evidence.dataset, evidence.split)


def near_sample(evidence: Evidence) -> Iterator[Note]:
    """Nearly equal samples in two parts."""
    from sklearn.neighbors import NearestNeighbors

    vectors, parts = _comparable(evidence), evidence.parts
    held_out = np.flatnonzero(parts != "train")
    if vectors is None or not len(held_out) or vectors.shape[0] < 10:
        return
    held_out = held_out[np.unique(np.linspace(0, len(held_out) - 1, min(len(held_out), MOST_COMPARED)).astype(int))]
    distances, neighbors = NearestNeighbors(n_neighbors=2).fit(vectors).kneighbors(vectors[held_out])
    # Equal samples are left to the check `same_sample`.
    distance, neighbor = distances[:, 1], neighbors[:, 1]
    usual = float(np.median(distance[distance > 1e-6])) if (distance > 1e-6).any() else 0.0
    close = (distance < NEAR * usual) & (distance > 1e-6) & (parts[held_out] != parts[neighbor])
    if close.any():
        ids, row = evidence.dataset.sample_ids, int(np.flatnonzero(close)[0])
        pair = f"{ids[evidence.rows[held_out[row]]]} and {ids[evidence.rows[neighbor[row]]]}"
        message = f"{close.sum()} validation and test samples nearly equal a sample of another part, such as {pair}"
        yield Note("near_sample", message, True, "set a group so that such samples stay in one part")


def _comparable(evidence: Evidence):
    """The samples as vectors with a meaningful distance; None if texts have no words."""
    if evidence.vectors is not None:
        spread = evidence.vectors.std(axis=0)
        return (evidence.vectors - evidence.vectors.mean(axis=0)) / np.where(spread > 1e-9, spread, 1.0)
    from sklearn.feature_extraction.text import TfidfVectorizer

    try:
        return TfidfVectorizer(ngram_range=(1, 2), min_df=1, max_features=100_000).fit_transform(evidence.texts)
    except ValueError:  # no words at all
        return None


def recording_in_two_parts(evidence: Evidence) -> Iterator[Note]:
    """Windows of one recording in two parts."""
    recordings = getattr(evidence.dataset, "recordings", None)
    if recordings is None:
        matches = [WINDOW_ID.match(str(name)) for name in evidence.dataset.sample_ids]
        if not matches or None in matches:
            return
        recordings = np.array([match[1] for match in matches if match])
    yield from _in_two_parts(evidence, np.asarray(recordings), "recording", "windows of")


def group_in_two_parts(evidence: Evidence) -> Iterator[Note]:
    """A group in two parts, which an official split can cause."""
    if evidence.dataset.groups is not None:
        yield from _in_two_parts(evidence, evidence.dataset.groups, "group", "samples of")


def _in_two_parts(evidence: Evidence, names: np.ndarray, what: str, of: str) -> Iterator[Note]:
    split = evidence.split
    held_out = set(names[np.union1d(split.validation, split.test)].tolist())
    both = sorted(set(names[split.train].tolist()) & held_out)
    if both:
        count = f"{len(both)} {what}{'s' * (len(both) > 1)}"
        message = f"{of} {count} are in the training part and in another part, such as {both[0]}"
        yield Note(f"{what}_in_two_parts", message, True, "leave out the official split, or correct it")


def clock_channel(evidence: Evidence) -> Iterator[Note]:
    """A channel that rises by a constant step in nearly every sample."""
    if evidence.clocks is None:
        return
    share = evidence.clocks.mean(axis=0)
    names = evidence.dataset.channel_names or tuple(map(str, range(len(share))))
    clocks = [names[k] for k in np.flatnonzero(share >= CLOCK_SHARE)]
    if clocks:
        message = f"channel {', '.join(clocks)} rises by a constant step: a clock or a row number, not a signal"
        others = ",".join(name for name in names if name not in clocks)
        yield Note("clock_channel", message, True, f"set 'data.columns=[{others}]'")


def label_in_text(evidence: Evidence) -> Iterator[Note]:
    """Words that occur in nearly all texts of one class and in almost no others."""
    if evidence.dataset.modality != "text":
        return
    from sklearn.feature_extraction.text import CountVectorizer

    counter = CountVectorizer(binary=True, ngram_range=(1, 2), min_df=LEAST_TEXTS, token_pattern=r"(?u)\b\w+\b")
    try:
        found = counter.fit_transform(evidence.texts)
    except ValueError:  # no word is frequent enough
        return
    words, leaking = counter.get_feature_names_out(), []
    for label, name in enumerate(evidence.dataset.class_names):
        own = evidence.labels == label
        if own.sum() < LEAST_TEXTS or own.all():
            continue
        inside = np.asarray(found[own].mean(axis=0)).ravel()
        outside = np.asarray(found[~own].mean(axis=0)).ravel()
        hits = np.flatnonzero((inside >= IN_CLASS) & (outside <= ELSEWHERE))
        if len(hits):
            leaking.append(f"{words[hits[inside[hits].argmax()]]!r} ({name})")
    if leaking:
        message = f"words occur in nearly all texts of a class and in almost no others: {', '.join(leaking[:5])}"
        yield Note("label_in_text", message, True, "remove the label from the texts")
