"""Entries register once, by name, and are listed without heavy imports."""

import subprocess
import sys
from dataclasses import dataclass

import pytest

from convpipe import plugins
from convpipe.config import DataSettings, ModelSettings
from convpipe.errors import ConfigError, PluginError
from convpipe.registry import (
    METRICS,
    MODALITIES,
    MODELS,
    READERS,
    Registry,
    register_metric,
    register_model,
    register_reader,
    registering,
)


@dataclass
class NoName(ModelSettings):
    """A model without a name."""


@pytest.fixture
def registry(monkeypatch):
    """A separate registry without built-in entries."""
    table = Registry("thing", "convpipe.paths")
    table.add("first", 1)
    return table


def test_entries_keep_their_order_and_their_plugin(registry):
    with registering("my_things"):
        registry.add("second", 2)
    assert dict(registry) == {"first": 1, "second": 2} and len(registry) == 2
    assert registry.plugin_of("first") is None and registry.plugin_of("second") == "my_things"


def test_an_unknown_name_is_refused_with_the_nearest(registry, refused):
    with refused(ConfigError, key="thing", value="frist", remedy="first"):
        registry["frist"]


def test_a_name_can_be_registered_once(registry, refused):
    with registering("my_things"), refused(PluginError, file="my_things", key="thing", value="first"):
        registry.add("first", 3)
    assert registry["first"] == 1


@pytest.mark.parametrize("settings", [NoName, str, None, DataSettings])
def test_a_model_needs_settings_with_a_name(settings, refused):
    with registering("my_models"), refused(PluginError, file="my_models"):
        register_model(settings)


def test_a_reader_needs_settings_with_a_reader(refused):
    with registering("my_readers"), refused(PluginError, file="my_readers"):
        register_reader(ModelSettings, "series")


def test_a_metric_of_a_plugin_does_not_replace_a_built_in_one(refused):
    with registering("my_metrics"), refused(PluginError, key="metric", value="accuracy"):
        register_metric("accuracy")(print)


def test_every_entry_names_modules_and_settings_that_exist():
    import pkgutil

    for name, modality in MODALITIES.items():
        assert pkgutil.resolve_name(modality.settings)().modality == name
        module = pkgutil.resolve_name(modality.preprocessing)
        assert callable(module.fit) and callable(module.load)
        assert callable(pkgutil.resolve_name(modality.figures).figures)
    assert all(reader.modality in MODALITIES for reader in READERS.values())
    assert all(model.settings.name == name for name, model in MODELS.items())
    assert all(callable(metric.function) for metric in METRICS.values())


def test_listing_everything_imports_nothing_heavy():
    heavy = "{'keras', 'tensorflow', 'sklearn', 'scipy', 'matplotlib', 'pandas', 'pyarrow', 'mlflow', 'hydra'}"
    code = "import sys; from convpipe.registry import *; [list(t) for t in (MODELS, READERS, METRICS, MODALITIES)]"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; print({heavy} & set(sys.modules))"], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


@pytest.fixture
def no_plugins(monkeypatch):
    """The state of a new process: no plugin is imported or named in the environment."""
    monkeypatch.setattr(plugins, "_imported", [])
    monkeypatch.setenv(plugins.VARIABLE, "")  # restored afterwards, although loading writes it


def test_plugins_are_imported_from_the_current_folder_and_passed_to_children(no_plugins, tmp_path, monkeypatch):
    (tmp_path / "a_plugin_of_this_test.py").write_text("LOADED = True")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    plugins.load_plugins(["a_plugin_of_this_test"])
    assert plugins.imported() == ("a_plugin_of_this_test",)
    assert sys.modules.pop("a_plugin_of_this_test").LOADED
    assert plugins.os.environ[plugins.VARIABLE] == "a_plugin_of_this_test"


def test_a_plugin_of_an_installed_package_is_imported_by_its_entry_point(no_plugins, tmp_path, monkeypatch):
    about = tmp_path / "installed_plugin-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: installed-plugin\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[convpipe.plugins]\nany_name = an_installed_plugin\n")
    (tmp_path / "an_installed_plugin.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    plugins.load_plugins()
    assert plugins.imported() == ("an_installed_plugin",)


@pytest.mark.parametrize("content", ["import nothing_like_this", "1 / 0", "def broken(:", "raise SystemError('x\\ny')"])
def test_an_error_of_a_plugin_is_one_line_that_names_it(no_plugins, tmp_path, monkeypatch, refused, content):
    (tmp_path / "a_broken_plugin.py").write_text(content)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    with refused(PluginError, value="a_broken_plugin", mentions=("a_broken_plugin",)):
        plugins.load_plugins(["a_broken_plugin"])
    assert plugins.imported() == ()


def test_a_needed_plugin_that_was_not_named_is_refused_and_not_imported(no_plugins, tmp_path, monkeypatch, refused):
    (tmp_path / "a_needed_plugin.py").write_text("raise SystemExit('imported')")
    monkeypatch.chdir(tmp_path)
    with refused(PluginError, file="classifier", value="a_needed_plugin", remedy="plugins=[a_needed_plugin]"):
        plugins.require(["a_needed_plugin"], "runs/classifier")


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["plugins=[a.b, c]", "model=fcn"], ["a.b", "c"]),
        (["+plugins=['a']"], ["a"]),
        (["++plugins=a"], ["a"]),
        (["plugins=[]", "model.plugins=[x]"], []),
    ],
)
def test_plugins_are_found_on_the_command_line(words, names):
    assert plugins.named_in(words) == names
