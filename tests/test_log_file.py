"""The log of a run, from the command line and from a program without logging configuration."""

import logging

import pytest

from convpipe.log_file import TerminalLines, file_only, log, log_file


@pytest.fixture
def unset(monkeypatch):
    """Logging as in a program that did not configure it; returns the records of its root logger."""
    reached: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: reached.append(record.getMessage())
    monkeypatch.setattr(log, "level", logging.NOTSET)
    monkeypatch.setattr(logging.getLogger(), "handlers", [handler])
    monkeypatch.setattr(logging.getLogger(), "level", logging.WARNING)
    log.manager._clear_cache()
    yield reached
    log.manager._clear_cache()


def lines(path) -> list[str]:
    return [line.split(" ", 2)[2] for line in path.read_text("utf-8").splitlines()]


def test_everything_is_in_the_file_and_only_warnings_reach_the_caller(unset, tmp_path):
    with log_file(tmp_path / "log.txt"):
        log.info("epoch 1")
        file_only.info("a table")
        log.warning("a warning: 日本")
    log.info("not any more")
    assert lines(tmp_path / "log.txt") == ["epoch 1", "a table", "a warning: 日本"]
    assert unset == ["a warning: 日本"]
    assert log.propagate and not log.handlers and not log.level


def test_the_file_is_appended_to_and_names_the_error(tmp_path):
    for error in (None, KeyboardInterrupt()):
        try:
            with log_file(tmp_path / "log.txt"):
                log.warning("here")
                if error:
                    raise error
        except KeyboardInterrupt:
            pass
    found = lines(tmp_path / "log.txt")
    assert found[:2] == ["here", "here"] and "KeyboardInterrupt" in found[2]


def test_lines_wrap_between_words_on_a_terminal_only(monkeypatch):
    message = "a sentence that is longer than forty columns and a/path/that/has/no/blank/and/is/long"
    record = logging.LogRecord("convpipe", logging.INFO, "", 1, message, (), None)
    assert TerminalLines().format(record) == message
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "40")
    assert TerminalLines().format(record).split() == message.split()
    assert len(TerminalLines().format(record).splitlines()) == 3
    record.whole = True
    assert TerminalLines().format(record) == message
