"""The programs of docs/deploy.md run."""

import re

import pytest

from convpipe.inference.export import export
from convpipe.inference.export.formats import FORMATS
from convpipe.paths import PROJECT

PROGRAMS = re.findall(r"```python\n(.*?)```", (PROJECT / "docs" / "deploy.md").read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.slow
@pytest.mark.parametrize("name, program", zip(FORMATS, PROGRAMS, strict=True))
def test_a_documented_program_names_a_class(made, name, program, tmp_path, monkeypatch, capsys):
    for package in ("ai_edge_litert",) if name == "litert" else FORMATS[name].packages:
        pytest.importorskip(package)
    classifier, _ = made("series")
    classifier.save(tmp_path / "classifier")
    export.export(tmp_path / "classifier", FORMATS[name], certified=False, report=lambda line: None)
    monkeypatch.chdir(tmp_path)
    exec(program.replace("(1, 100, 6)", "(1, 20, 2)"), {})
    assert capsys.readouterr().out.strip() in classifier.class_names
