"""The cores of a run, and threads that work for a caller whom Ctrl-C may interrupt at any moment.

An interrupt inside `concurrent.futures` can leave a lock taken for good, and whatever comes next then waits for ever.
`queue.SimpleQueue` is written in C and has no such moment.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any


def own_cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cores() -> int:
    """Processor cores that one run computes on: those of this process, or fewer where TensorFlow is limited."""
    return min(own_cores(), int(os.environ.get("TF_NUM_INTRAOP_THREADS") or own_cores()))


class Answer:
    """What a call gives, once it is made."""

    def __init__(self):
        self._given: SimpleQueue = SimpleQueue()

    def result(self) -> Any:
        """Wait for the call, and return or raise what it returned or raised; to be asked for once."""
        value, error = self._given.get()
        if error is not None:
            raise error
        return value


class Workers:
    """Some threads that make calls in the order in which they are handed over.

    Args:
        function: what is called.
        count: threads.

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
        """Have the function called with these arguments."""
        answer = Answer()
        self._calls.put((answer, arguments))
        return answer

    def close(self) -> None:
        """Drop the calls that are not begun, whose answers must not be waited for, and wait for the others."""
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
                answer._given.put((function(*arguments), None))
            except BaseException as error:  # whatever it is, the caller waits for it
                answer._given.put((None, error))
