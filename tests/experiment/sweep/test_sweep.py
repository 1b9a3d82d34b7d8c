"""Sweeps without the processes of their jobs: the list of jobs, and the closing of a sweep."""

import subprocess
import sys

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given
from hypothesis import strategies as st

from convpipe.cli import sweep_hook
from convpipe.errors import ConfigError
from convpipe.experiment.sweep import sweep
from convpipe.paths import PROJECT

WORDS = (
    "seed=1,2", "model=fcn,resnet", "model.filters=[1,2],[3]", "model.filters=[[1,'a b'],[2]]", "seed=range(1,4)",
    "seed=choice(3,1)", "seed=sort(3,1,2)", "seed=shuffle(1)", "data.name='a, b','c=d'", "data.name='it\\'s',\"x\"",
    "data.name='say \"x\"'", "+a={b:1,c:'d e'},{b:2}", "++a=null,true", "~window", "a=", "a=1,'1'", "a=glob(*)",
    "a=tag(t,choice(1,2))", "x@y=fcn,mlp", "a='${b}'", "a=int(3),float(2)",
)  # fmt: skip


def parsed(words):
    return OverridesParser.create(config_loader=Choices()).parse_overrides(list(words))


class Choices:
    """A fake configuration folder, which glob() reads."""

    def get_group_options(self, group, results_filter=None):
        return ["fcn", "mlp"]


@given(st.lists(st.sampled_from(WORDS), max_size=4))
def test_jobs_equal_those_of_hydras_basic_sweeper(words):
    from hydra._internal.core_plugins.basic_sweeper import BasicSweeper

    (expected,) = BasicSweeper.split_arguments(parsed(words), None)
    assert sweep._jobs_of(parsed(words)) == expected


def test_a_repeated_key_keeps_its_place_and_takes_the_last_values():
    assert sweep._jobs_of(parsed(["seed=1,2", "model=fcn", "seed=3"])) == [["seed=3", "model=fcn"]]


@pytest.mark.parametrize("word", ["seed=interval(1,2)", "+x=interval(0.5,1)", "seed=tag(t,interval(1,2))"])
def test_an_interval_is_refused_with_its_key(refused, word):
    with refused(ConfigError, key=word.partition("=")[0], remedy="=1,2"):
        sweep._jobs_of(parsed([word]))


def test_no_module_uses_internals_of_hydra():
    sources = sorted((PROJECT / "src").rglob("*.py"))
    assert sources and [file.name for file in sources if "hydra._internal" in file.read_text(encoding="utf-8")] == []


class Ended:
    """A fake sweep that records how it was closed."""

    def __init__(self, status=0):
        self.status, self.closed = status, []

    def close(self, status=None):
        self.closed.append(status)
        return self.status


@pytest.mark.parametrize("error, closed", [(KeyboardInterrupt, "KILLED"), (ZeroDivisionError, "FAILED")])
def test_a_sweep_is_closed_after_every_end(monkeypatch, error, closed):
    ended = Ended()
    with pytest.raises(error), sweep_hook.closing():
        monkeypatch.setattr(sweep_hook, "_current", ended)
        raise error
    assert ended.closed == [closed]


def test_sweep_with_a_failed_job_ends_with_status_1(monkeypatch):
    with pytest.raises(SystemExit) as caught, sweep_hook.closing():
        monkeypatch.setattr(sweep_hook, "_current", Ended(1))
    assert caught.value.code == 1


def test_a_sweep_with_finished_jobs_ends_without_an_error(monkeypatch):
    ended = Ended()
    with sweep_hook.closing():
        monkeypatch.setattr(sweep_hook, "_current", ended)
    assert ended.closed == [None]


def test_a_refused_sweep_raises_the_error():
    error = ConfigError("no such key")
    with pytest.raises(ConfigError) as caught, sweep_hook.closing():
        raise sweep_hook._Refused from error
    assert caught.value is error


def test_launching_process_does_not_import_tensorflow():
    program = "import sys, convpipe.experiment.sweep.sweep, convpipe.experiment.run_record; "
    program += "print({'tensorflow', 'keras', 'mlflow'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
