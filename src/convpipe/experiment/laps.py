"""Where the time of a run goes."""

import time


class Laps:
    """Seconds by phase; a phase that comes again, as with folds, adds to its own.

    >>> laps = Laps()
    >>> laps.end("data")
    >>> list(laps.seconds)
    ['data']
    """

    def __init__(self):
        self._began = time.perf_counter()
        self.seconds: dict[str, float] = {}

    def end(self, phase: str) -> None:
        """Say that what was done since the last call was this phase."""
        now = time.perf_counter()
        self.seconds[phase] = round(self.seconds.get(phase, 0.0) + now - self._began, 3)
        self._began = now
