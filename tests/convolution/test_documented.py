"""docs/convolution.md: what it shows is what the commands print, and every picture that it names exists."""

import re
import shlex

import pytest
from omegaconf import OmegaConf

from convpipe.config.schema import to_settings
from convpipe.convolution.settings import CASES, ConvolveSettings
from convpipe.convolution.worked import work
from convpipe.paths import PROJECT

DOCS = PROJECT / "docs"
PAGE = (DOCS / "convolution.md").read_text(encoding="utf-8")
EXCERPTS = re.findall(r"```sh\npython scripts/convolve\.py (case=\w+)\n```\n\n```text\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = re.findall(r"^python scripts/convolve\.py (layer\..*)$", PAGE, re.MULTILINE)


def printed(arguments: str) -> list[str]:
    overrides = OmegaConf.from_dotlist(shlex.split(arguments))
    config = OmegaConf.merge(OmegaConf.structured(ConvolveSettings), overrides)
    return list(work(to_settings(config, ConvolveSettings)))


@pytest.mark.parametrize(("arguments", "excerpt"), EXCERPTS, ids=lambda value: value.split("\n")[0].strip())
def test_an_excerpt_is_what_its_command_prints(arguments, excerpt):
    lines = printed(arguments)
    assert [line for line in excerpt.splitlines() if line not in lines] == []


def test_every_case_with_numbers_is_shown():
    shown = {arguments.removeprefix("case=") for arguments, _ in EXCERPTS}
    named = set(re.findall(r"case=(\w+)", PAGE))
    assert set(CASES) - named == {"layer"} and shown >= set(CASES) - {"layer", "stride", "dilation", "padding"}


@pytest.mark.parametrize("arguments", [command.replace(" compare=true", "") for command in COMMANDS])
def test_a_layer_of_the_page_is_worked_out(arguments):
    assert any(line.startswith("  check: ") for line in printed(arguments))


def test_every_picture_of_the_page_exists_and_is_small():
    names = re.findall(r"\(pictures/([\w.]+)\)", PAGE)
    assert len(names) > 12
    sizes = {name: (DOCS / "pictures" / name).stat().st_size for name in names}
    assert {name: size for name, size in sizes.items() if size > 300_000} == {}
