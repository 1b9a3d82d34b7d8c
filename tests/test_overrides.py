"""Command-line overrides as a shell and Hydra parse them."""

import shlex
import subprocess

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import example, given
from hypothesis import strategies as st

from convpipe.errors import ConfigError
from convpipe.overrides import pasteable, quoted, readable
from convpipe.paths import CONF

AWKWARD = ["~x", "year=2024", "lab#3", "R&D", "na\u00efve_\u65e5\u672c", "my data", "a[1]", "a,b", "(x)", "it's"]
AWKWARD += ['say "x"', "c:\\x\\", "{x}", "2024_01_05", "1e3", "a!b", "$HOME", "`ls`", "a*", "\\", '\\"', "null", "007"]
AWKWARD += [" a ", "50%", "a/b.csv", "./a", "../a", "/a b/c", "[0]", "True", "a;b", "-m"]
UNQUOTED = ["year=2024", "lab#3", "R&D", "na\u00efve_\u65e5\u672c", "a[1]", "(x)", "it's", "2024_01_05", "1e3", "a (1)"]
UNCHANGED = ["-m", "--cfg", "model=fcn,resnet", "model.kernel_sizes=[3,3]", "model.kernel_sizes=[3", "seed", "seed=1"]
UNCHANGED += ["seed=1,2", "training.learning_rate=1e-3", "~data", "model=[fcn]", "data.path=a b", "plugins=[a,b]"]
UNCHANGED += ["data.path='a b'"]


def parsed(word):
    return OverridesParser.create().parse_override(word).value()


@pytest.fixture(scope="module")
def pasted():
    """Each awkward value, as Hydra parses it after a shell."""
    words = " ".join(pasteable("data.path", value) for value in AWKWARD)
    shown = subprocess.run(["bash", "-c", f"printf '%s\\0' {words}"], capture_output=True, text=True, check=True).stdout
    return dict(zip(AWKWARD, [parsed(word) for word in shown.split("\0")[:-1]], strict=True))


@pytest.mark.parametrize("value", AWKWARD)
def test_a_remedy_can_be_pasted_into_a_shell(pasted, value):
    assert pasted[value] == value


@given(st.text(st.characters(exclude_characters="\0\n\r", exclude_categories=["Cs"]), min_size=1))
@example('\\"')
@example("\\")
def test_any_quoted_text_passes_through_hydra(value):
    assert parsed(f"data.path={quoted(value)}") == value
    assert shlex.split(pasteable("a", value))[0].startswith("a=")


@pytest.mark.parametrize("value", UNQUOTED)
def test_a_plain_path_gets_no_quotes(value):
    (word,) = readable([f"data.path={value}"], CONF)
    assert parsed(word) == value


@pytest.mark.parametrize("word", UNCHANGED)
def test_other_words_are_unchanged(word):
    assert readable([word], CONF) == [word]


def test_the_home_folder_is_expanded(monkeypatch):
    monkeypatch.setenv("HOME", "/home/ann [1]")
    (word,) = readable(["hydra.run.dir=~/exp"], CONF)
    assert parsed(word) == "/home/ann [1]/exp"


@pytest.mark.parametrize(("word", "value"), [("embedding=[0]", [0]), ("model=0", 0), ("data=null", None)])
def test_a_choice_that_is_not_a_name_is_refused(word, value, refused):
    with refused(ConfigError, key=word.partition("=")[0], value=value, remedy="choose one of "):
        readable([word], CONF)
