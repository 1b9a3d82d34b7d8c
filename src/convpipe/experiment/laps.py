"""Seconds of a run by phase."""

import time


class Laps:
    """Measure seconds by phase. Repeated phases, such as those of folds, are added up.

    >>> laps = Laps()
    >>> laps.end("data")
    >>> list(laps.seconds)
    ['data']
    """

    def __init__(self):
        self._began = time.perf_counter()
        self.seconds: dict[str, float] = {}

    def end(self, phase: str) -> None:
        """Add the time since the last call to this phase."""
        now = time.perf_counter()
        self.seconds[phase] = round(self.seconds.get(phase, 0.0) + now - self._began, 3)
        self._began = now
