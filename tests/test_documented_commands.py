"""Every command in README and docs/ is valid: known settings, known options, valid values."""

import pkgutil
import re
import shlex
from collections.abc import Iterator

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser

from convpipe.config import Settings
from convpipe.config.schema import to_settings
from convpipe.overrides import readable
from convpipe.paths import CONF, PROJECT
from convpipe.schemas import register_schemas

PAGES = [PROJECT / "README.md", PROJECT / "data" / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
BLOCK = re.compile(r"```(?:sh|shell)\n(.*?)```", re.DOTALL)
#: Commands of Hydra: the schema of their configuration.
SCHEMAS = {
    "train": "convpipe.config:Settings",
    "compare": "convpipe.experiment.comparison.settings:ComparisonSettings",
    "benchmark": "convpipe.experiment.benchmark.settings:BenchmarkSettings",
    "convolve": "convpipe.convolution.settings:ConvolveSettings",
    "doctor": "convpipe.doctor.settings:DoctorSettings",
}


def commands() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield the page, the script and the arguments of each command in a block of shell code."""
    for page in PAGES:
        for block in BLOCK.findall(page.read_text(encoding="utf-8")):
            for line in block.replace("\\\n", " ").splitlines():
                words = shlex.split(line, comments=True)
                for place, word in enumerate(words):
                    if found := re.fullmatch(r"scripts/(\w+)\.py", word):
                        yield page.name, found[1], tuple(words[place + 1 :])


COMMANDS = list(dict.fromkeys(commands()))
BY_HYDRA = [each for each in COMMANDS if each[1] in SCHEMAS]
BY_ARGPARSE = [each for each in COMMANDS if each[1] not in SCHEMAS]


def named(values):
    return " ".join((values[1], *values[2]))[:80] if isinstance(values, tuple) else None


@pytest.fixture(scope="module")
def composed():
    """`composed(script, words)`: the typed configuration of a Hydra command; for a sweep, that of its first job."""
    roots = {"comparison_settings": "compare", "benchmark_settings": "benchmark", "convolve_settings": "convolve"}
    roots |= {"doctor_settings": "doctor"}
    register_schemas(**{name: pkgutil.resolve_name(SCHEMAS[script]) for name, script in roots.items()})
    GlobalHydra.instance().clear()

    def one(script: str, words: tuple[str, ...]):
        overrides = [word for word in readable(list(words), CONF) if not word.startswith("-") and word != "job"]
        parsed = OverridesParser.create().parse_overrides(overrides)
        first = []
        for text, override in zip(overrides, parsed, strict=True):
            if override.is_sweep_override():
                text = f"{override.get_key_element()}={next(override.sweep_string_iterator())}"
            if not text.startswith(("hydra/", "hydra.", "plugins=")):
                first.append(text)
        return to_settings(compose(script, first), pkgutil.resolve_name(SCHEMAS[script]))

    with initialize_config_dir(str(PROJECT / "conf"), version_base="1.3"):
        yield one
    GlobalHydra.instance().clear()


def test_there_are_commands_of_every_kind():
    scripts = {file.stem for file in (PROJECT / "scripts").glob("*.py")}
    assert {script for _, script, _ in COMMANDS} <= scripts
    assert {"train", "predict", "evaluate", "explain", "serve", "export", "promote", "reproduce", "ui"} <= {
        script for _, script, _ in COMMANDS
    }


@pytest.mark.parametrize("command", BY_HYDRA, ids=named)
def test_settings_of_documented_commands_are_valid(command, composed, monkeypatch, tmp_path):
    monkeypatch.setenv("CONVPIPE_HOME", str(tmp_path))
    _, script, words = command
    if any(word.startswith(("plugins=", "peers=")) or word == "--help" for word in words):
        words = tuple(word for word in words if not word.startswith("peers="))
    if any(word.startswith("plugins=") for word in words):
        pytest.skip("needs the modules that the page shows; tests/test_extending.py runs them")
    assert isinstance(composed(script, words), pkgutil.resolve_name(SCHEMAS[script]) if script != "train" else Settings)


@pytest.mark.parametrize("command", BY_ARGPARSE, ids=named)
def test_options_of_documented_commands_are_known(command, monkeypatch):
    _, script, words = command
    module = pkgutil.resolve_name(f"convpipe.cli.{script}")
    monkeypatch.setattr("sys.argv", [script, *words])
    if not hasattr(module, "arguments"):
        pytest.skip("parses inside its run")
    module.arguments()
