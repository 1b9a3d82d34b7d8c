"""The page of `--help`: the usage, and every choice with the first line of its file.

Third-party packages are not imported, so that the page appears at once.
"""

import re
import shutil
import textwrap
from pathlib import Path

from convpipe.paths import CONF, command
from convpipe.registry import MODALITIES

GROUPS = {
    "data": "datasets of {modality} (data=...)",
    "model": "models (model=...)",
    "training": "training (training=...)",
    "augmentation": "augmentation (augmentation=...)",
    "preprocessing": "preprocessing (preprocessing=...), selected by each dataset",
    "embedding": "token vectors for texts (embedding=...)",
    "experiment": "complete recipes (experiment=...); each file lists its accuracy and its command",
    "debug": "debugging (debug=...)",
}

USAGE = """\
{about}.

usage: {program} [group=name ...] [key=value ...]

  {program} data=gunpoint model=inception_time
  {program} data=digits model=resnet2d augmentation=images
  {program} data=text_table data.path=reviews.csv embedding=static
  {program} training.epochs=50 training.learning_rate=3e-4 seed=3
  {program} data=gunpoint split.folds=5
  {program} -m model=fcn,resnet,lite_time seed=1,2,3
"""

MORE = """\
all keys            {program} --cfg job, also with group=name; meanings and bounds: src/convpipe/{{config,models,data}}/
sweep               -m with comma-separated values; sweep.resume=true skips finished jobs
resume              training.resume=FOLDER continues a stopped run
shell completion    eval "$({program} -sc install=bash)"   (also zsh, fish)
results             {ui} opens them in the browser
compare             {compare} trains matched Conv1D, Conv2D and Conv3D networks on the same task
explain             {explain} RUN SAMPLE shows which parts of a sample contribute to its class
your own code       plugins=[my_module] registers your models, readers and metrics (docs/extending.md)
errors              HYDRA_FULL_ERROR=1 prints the full traceback
"""


def first_line(file: Path) -> str:
    """Return the first descriptive comment of a configuration file; empty if there is none."""
    for line in file.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            return ""
        if not line.startswith("# @package"):
            return line.lstrip("# ").rstrip()
    return ""


def help_page(config_name: str, conf: Path = CONF) -> str:
    """Return the page that `train --help` prints.

    Args:
        config_name: the file in `conf` whose first line describes the command.
        conf: folder of the configuration groups.
    """
    parts = [USAGE.format(about=first_line(conf / f"{config_name}.yaml"), program=command(config_name))]
    for group, title in GROUPS.items():
        parts += _blocks(sorted((conf / group).glob("*.yaml")), title)
    others = {name: command(name) for name in ("ui", "compare", "explain")}
    return fitted("\n".join([*parts, MORE.format(program=command(config_name), **others)]))


def fitted(page: str, width: int | None = None) -> str:
    """Wrap the lines of a page between words.

    Paragraphs are filled. The second column of a table, which follows two spaces, stays a column. Examples of commands,
    which are indented, are continued after a backslash so that they can be copied.

    Args:
        page: text with lines of any length.
        width: number of columns; default: the width of the terminal, but at most 100.

    >>> print(fitted("one two three\\nfour\\n\\nkey  its meaning", 12), end="")
    one two
    three four
    <BLANKLINE>
    key  its
         meaning
    """
    room = width or min(shutil.get_terminal_size().columns, 100)
    blocks: list[list[str]] = []
    for line in page.splitlines():
        prose = _is_prose(line)
        if prose and blocks and _is_prose(blocks[-1][-1]):
            blocks[-1].append(line)
        else:
            blocks.append([line])
    return "".join(f"{_fill(' '.join(block), room)}\n" for block in blocks)


def _is_prose(line: str) -> bool:
    return bool(re.match(r"(?!usage:)\S", line)) and "  " not in line


def _fill(line: str, room: int) -> str:
    if len(line) <= room:
        return line
    indent = line[: len(line) - len(line.lstrip())]
    if column := re.match(r"\s*\S.*?\s{2,}(?=\S)", line):
        if len(column[0]) <= room // 2:
            return "\n".join(_lines(line, room, " " * len(column[0])))
        # A name that leaves too little room gets a separate line.
        hang = f"{indent}    "
        return "\n".join([column[0].rstrip(), *_lines(hang + line[len(column[0]) :], room, hang)])
    if line.startswith("usage:"):
        return "\n".join(_lines(line, room, " " * 9))
    if indent:
        return " \\\n".join(_lines(line, room - 2, f"{indent}    "))
    return "\n".join(_lines(line, room))


def _lines(line: str, room: int, hang: str = "") -> list[str]:
    return textwrap.wrap(line, room, subsequent_indent=hang, break_long_words=False, break_on_hyphens=False)


def _blocks(files: list[Path], title: str) -> list[str]:
    """The choices of a group under its title; datasets have one title per modality."""
    if "{modality}" not in title:
        return [_block(files, title)] if files else []
    names = {file: _modality(file) for file in files}
    plurals = [modality.plural for modality in MODALITIES.values() if modality.plural in names.values()]
    return [_block([file for file in files if names[file] == each], title.format(modality=each)) for each in plurals]


def _modality(file: Path) -> str:
    """The plural of the modality of a dataset; preprocessing that is not named after a modality is for texts."""
    found = re.search(r"override /preprocessing: *(\w+)", file.read_text(encoding="utf-8"))
    name = found[1] if found else "series"
    return MODALITIES[name if name in MODALITIES else "text"].plural


def _block(files: list[Path], title: str) -> str:
    lines = {file.stem: first_line(file) for file in files}
    width = max([18, *map(len, lines)])
    return f"{title}\n" + "".join(f"  {name:<{width}}  {line}\n" for name, line in lines.items())
