"""What `--help` prints: the usage and every name that can be chosen, with the first line of its file.

Nothing is imported beyond the standard library, so that the answer comes at once.
"""

import re
from pathlib import Path

from convpipe import PROJECT

GROUPS = {
    "data": "data sets of {kind} (data=...)",
    "model": "models (model=...)",
    "training": "training (training=...)",
    "augmentation": "augmentation (augmentation=...)",
    "preprocessing": "preparation (preprocessing=...), chosen by each data set",
    "embedding": "vectors of tokens, for texts (embedding=...)",
    "experiment": "whole recipes (experiment=...), each with its score and its command in its file",
    "debug": "debugging (debug=...)",
}
#: preparation that a data set chooses -> what it holds; any other preparation is one of texts.
KINDS = {"series": "series", "text": "texts", "image": "images", "volume": "volumes", "sound": "sound"}

USAGE = """\
{about}

usage: python {script} [name=choice ...] [key=value ...]

  python {script} data=gunpoint model=inception_time
  python {script} data=digits model=resnet2d augmentation=images
  python {script} data=text_table data.path=reviews.csv embedding=static
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
compare             python scripts/compare.py: the same task through Conv1D, Conv2D and Conv3D
explain             python scripts/explain.py FOLDER "a text": which words spoke for the class
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
    for group, title in GROUPS.items():
        parts += _blocks(sorted((conf / group).glob("*.yaml")), title)
    return "\n".join([*parts, MORE.format(script=script)])


def _blocks(files: list[Path], title: str) -> list[str]:
    """The choices of a group under its title; those of data sets under one for each kind of samples."""
    if "{kind}" not in title:
        return [_block(files, title)] if files else []
    chosen = {file: _kind(file) for file in files}
    kinds = [kind for kind in KINDS.values() if kind in chosen.values()]
    return [_block([file for file in files if chosen[file] == kind], title.format(kind=kind)) for kind in kinds]


def _kind(file: Path) -> str:
    found = re.search(r"override /preprocessing: *(\w+)", file.read_text(encoding="utf-8"))
    return KINDS.get(found[1], "texts") if found else "series"


def _block(files: list[Path], title: str) -> str:
    lines = {file.stem: first_line(file) for file in files}
    width = max([18, *map(len, lines)])
    return f"{title}\n" + "".join(f"  {name:<{width}}  {line}\n" for name, line in lines.items())
