"""A user's own modules, imported so that they can register models, readers, metrics and modalities.

A plugin is imported only if the user names it: by `plugins=[...]` on the command line, by `--plugin`, by the variable
CONVPIPE_PLUGINS (names separated by commas), or by an installed package with an entry point in the group
`convpipe.plugins`. A file that convpipe reads, such as a classifier's, may name plugins but never causes an import.
"""

import os
import re
import sys
from collections.abc import Collection, Iterable
from importlib import import_module
from importlib.metadata import entry_points

from convpipe.errors import ConvpipeError, PluginError
from convpipe.registry import registering

VARIABLE = "CONVPIPE_PLUGINS"
GROUP = "convpipe.plugins"

#: Names of the imported plugins, in order of import.
_imported: list[str] = []


def imported() -> tuple[str, ...]:
    """The names of the plugins imported in this process."""
    return tuple(_imported)


def load_plugins(names: Iterable[str] = ()) -> None:
    """Import the given plugins, those in CONVPIPE_PLUGINS, and those of installed packages.

    Child processes import the same plugins.

    Args:
        names: importable modules; modules in the current folder are importable.

    Raises:
        PluginError: a plugin cannot be imported, or registers something invalid; the message names it.
    """
    in_environment = [name.strip() for name in os.environ.get(VARIABLE, "").split(",")]
    for name in dict.fromkeys([*(point.value for point in entry_points(group=GROUP)), *in_environment, *names]):
        if name and name not in _imported:
            _import(name)
    if _imported:
        os.environ[VARIABLE] = ",".join(_imported)


def _import(name: str) -> None:
    if os.getcwd() not in sys.path and "" not in sys.path:
        sys.path.append(os.getcwd())
    try:
        with registering(name):
            import_module(name)
    except ConvpipeError:
        raise
    except Exception as error:  # a plugin is the user's code, which may raise anything
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        remedy = "correct the module, or use one that can be imported from the current folder"
        raise PluginError(f"plugin {name} cannot be imported ({reason})", value=name, remedy=remedy) from error
    _imported.append(name)


def named_in(arguments: Iterable[str]) -> list[str]:
    """Return the plugins named on a command line, which are needed before Hydra parses it.

    >>> named_in(["model=fcn", "plugins=[my_models,my_metrics]"])
    ['my_models', 'my_metrics']
    """
    lists = [found[1] for word in arguments if (found := re.match(r"\+{0,2}plugins=(.*)", word))]
    return [name.strip(" '\"") for each in lists for name in each.strip("[]").split(",") if name.strip(" '\"")]


def require(names: Collection[str], what: str) -> None:
    """Refuse to continue if the user did not name a needed plugin.

    Args:
        names: the needed plugins.
        what: the file or folder that needs them, such as the folder of a classifier.

    Raises:
        PluginError: a plugin is missing; the message names it and shows how to name it.
    """
    if set(names) - {*_imported}:
        load_plugins()
    missing = [name for name in names if name not in _imported]
    if missing:
        listed = ",".join(missing)
        message = f"needs the plugin {listed}, which is code and is imported only if you name it"
        remedy = f"add plugins=[{listed}] or --plugin {listed}, or set {VARIABLE}={listed}"
        raise PluginError(message, file=what, value=listed, remedy=remedy)
