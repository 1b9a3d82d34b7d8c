"""What `--help` prints: the usage and every name that can be chosen, with the first line of its file.

Nothing is imported beyond the standard library, so that the answer comes at once.
"""

from pathlib import Path

from convpipe import PROJECT

GROUPS = {
    "data": "data sets (data=...)",
    "model": "models (model=...)",
    "training": "training (training=...)",
    "augmentation": "augmentation (augmentation=...)",
    "experiment": "whole recipes (experiment=...), each with its score and its command in its file",
    "debug": "debugging (debug=...)",
}

USAGE = """\
{about}

usage: python {script} [name=choice ...] [key=value ...]

  python {script} data=gunpoint model=inception_time
  python {script} training.epochs=50 training.learning_rate=3e-4 seed=3
  python {script} data=gunpoint split.folds=5
  python {script} -m model=fcn,resnet,lite_time seed=1,2,3
"""

MORE = """\
every key           python {script} --cfg job, also after choices; meaning, unit and bounds: src/convpipe/config/
sweep               -m, with the choices between commas; sweep.resume=true skips jobs that are finished
resume              training.resume=FOLDER goes on with a run that was stopped
shell completion    eval "$(python {script} -sc install=bash)"   (also zsh, fish)
results             python scripts/ui.py opens them in the browser
errors              HYDRA_FULL_ERROR=1 shows the whole traceback
"""


def first_line(file: Path) -> str:
    """The first comment of a configuration file that says something to people; empty where there is none."""
    for line in file.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            return ""
        if not line.startswith("# @package"):
            return line.lstrip("# ").rstrip()
    return ""


def help_page(script: str, config_name: str, conf: Path = PROJECT / "conf") -> str:
    """The page that `python SCRIPT --help` prints.

    Args:
        script: the script as the reader called it, for the examples.
        config_name: the file in `conf` whose first line says what the script does.
        conf: folder of the configuration groups.
    """
    parts = [USAGE.format(about=first_line(conf / f"{config_name}.yaml"), script=script)]
    parts += [_group(conf / group, title) for group, title in GROUPS.items() if (conf / group).is_dir()]
    return "\n".join([*parts, MORE.format(script=script)])


def _group(folder: Path, title: str) -> str:
    lines = {file.stem: first_line(file) for file in sorted(folder.glob("*.yaml"))}
    width = max([18, *map(len, lines)])
    return f"{title}\n" + "".join(f"  {name:<{width}}  {line}\n" for name, line in lines.items())
