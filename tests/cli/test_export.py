"""The command export: its page, its table, and its exit statuses."""

from pathlib import Path

import pytest

from convpipe.cli import export as command
from convpipe.inference.export import export
from convpipe.inference.export.certificate import Certificate


@pytest.fixture
def called(home, monkeypatch, called_with):
    """`called("runs/one", ...)`: the exit status, standard output and standard error."""
    monkeypatch.setattr(command, "exit_now", lambda: None)
    return lambda *words: called_with(command, "export", *words)


@pytest.fixture
def finished(home, monkeypatch):
    """`finished(passed, accuracy)` replaces the export by one with this result and returns the classifier folder."""

    def make(passed: bool, accuracy_after: float) -> str:
        same = 100 if passed else 99
        figures = Certificate("test", 100, same, 0, 1e-7, 0.9, accuracy_after, 1.5, "so measured", "a runtime")
        done = export.Export(home / "out", figures, {"size_bytes": 10, "multiply_adds": 20, "arena_bytes": 30}, passed)
        monkeypatch.setattr(export, "export", lambda *given, **options: done)
        (home / "classifier").mkdir(exist_ok=True)
        (home / "classifier" / "classifier.json").write_text("{}")
        return str(home / "classifier")

    return make


def test_help_fits_80_columns_and_names_every_format(called):
    status, page, _ = called("--help")
    assert status == 0 and max(map(len, page.splitlines())) <= 80
    assert [name for name in ("saved_model", "onnx", "litert", "float16", "int8", "int16x8") if name not in page] == []


def test_the_certificate_is_printed(called, finished):
    status, out, err = called(finished(True, 0.9), "--format", "saved_model")
    assert (status, err) == (0, "") and max(map(len, out.splitlines()[:-1])) <= 80
    assert [fact for fact in ("100 of 100", "1.0e-07", "1.5 ms", "a runtime", "out") if fact not in out] == []


def test_a_failed_certificate_is_printed_and_exits_with_status_1(called, finished):
    status, out, err = called(finished(False, 0.89), "--format", "saved_model")
    assert status == 1 and "99 of 100" in out and err.count("\n") == 1 and "wrote" not in out


def test_a_quantized_file_that_loses_accuracy_causes_a_warning(called, finished):
    status, _, err = called(finished(True, 0.88), "--format", "litert", "--quantize", "int8")
    assert status == 0 and err.count("\n") == 1 and "2.0 points" in err


@pytest.mark.parametrize("words, facts", [
    (("--format", "onnx", "--quantize", "int8"), ("int8", "--format litert")),
    (("--format", "saved_model"), ("nowhere",)),
])  # fmt: skip
def test_mistake_gets_one_line_and_status_2(called, monkeypatch, words, facts):
    monkeypatch.chdir(Path("/"))
    status, out, err = called("nowhere", *words)
    assert (status, out, err.count("\n")) == (2, "", 1) and [fact for fact in facts if fact not in err] == []
