"""The cores of a run, and worker threads that are safe to interrupt with Ctrl-C at any point.

An interrupt inside `concurrent.futures` can leave a lock acquired, and the next call then waits forever.
`queue.SimpleQueue` is written in C and is not interrupted while it holds a lock.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any


def own_cores() -> int:
    """Number of processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cores() -> int:
    """Number of processor cores that a run uses: those of this process, or fewer if TensorFlow is limited."""
    return min(own_cores(), int(os.environ.get("TF_NUM_INTRAOP_THREADS") or own_cores()))


class Answer:
    """The result of a submitted call."""

    def __init__(self):
        self._outcome: SimpleQueue = SimpleQueue()

    def result(self) -> Any:
        """Wait for the call, then return its result or raise its exception. Call this method once only."""
        value, error = self._outcome.get()
        if error is not None:
            raise error
        return value


class Workers:
    """Threads that make calls in the order of their submission.

    Args:
        function: the function to call.
        count: number of threads.

    >>> workers = Workers(pow)
    >>> workers.submit(2, 10).result()
    1024
    >>> workers.close()
    """

    def __init__(self, function: Callable, count: int = 1):
        self._calls: SimpleQueue = SimpleQueue()
        self._threads = [Thread(target=self._work, args=[function], daemon=True) for _ in range(count)]
        for thread in self._threads:
            thread.start()

    def submit(self, *arguments) -> Answer:
        """Schedule a call of the function with these arguments."""
        answer = Answer()
        self._calls.put((answer, arguments))
        return answer

    def close(self) -> None:
        """Drop the calls that have not started, whose results never arrive, and wait for the others."""
        with suppress(Empty):
            while True:
                self._calls.get_nowait()
        for _ in self._threads:
            self._calls.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self, function: Callable) -> None:
        while (call := self._calls.get()) is not None:
            answer, arguments = call
            try:
                answer._outcome.put((function(*arguments), None))
            except BaseException as error:  # the caller waits for any exception
                answer._outcome.put((None, error))
