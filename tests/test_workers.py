"""Worker threads whose caller can be interrupted."""

import threading

import pytest

from convpipe.workers import Workers


def test_calls_are_made_in_order_and_errors_reach_the_caller():
    seen = []

    def call(number):
        seen.append(number)
        return 1 / number

    workers = Workers(call)
    answers = [workers.submit(number) for number in (2, 0, 4)]
    assert answers[2].result() == 0.25 and answers[0].result() == 0.5
    with pytest.raises(ZeroDivisionError):
        answers[1].result()
    assert seen == [2, 0, 4]
    workers.close()


def test_closing_drops_pending_calls_and_ends_every_thread():
    begun, go, seen = threading.Event(), threading.Event(), []

    def call(number):
        begun.set()
        go.wait()
        seen.append(number)

    workers = Workers(call)
    for number in range(5):
        workers.submit(number)
    begun.wait()
    threading.Timer(0.05, go.set).start()
    workers.close()
    assert seen == [0] and not any(thread.is_alive() for thread in workers._threads)
