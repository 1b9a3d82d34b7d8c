"""The files of explanations: pictures, and pages that hold their picture or their text."""

import io
import re
from base64 import b64encode
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from convpipe import paths
from convpipe.errors import ConfigError

if TYPE_CHECKING:
    from convpipe.evaluation.explanation import Explanation
    from convpipe.evaluation.figures.context import FigureContext

SUFFIXES = (".png", ".html")


def check_place(output: Path, several: bool, is_text: bool, overwrite: bool) -> None:
    """Refuse a place for explanations before anything is computed.

    Args:
        output: a file, or a folder.
        several: whether there is more than one sample.
        is_text: whether the samples are texts, which have pages only.
        overwrite: whether a file may be there already.

    Raises:
        ConfigError: another suffix, a file for several samples, a picture of a text, or something that is there.
    """
    key, value = "--output", str(output)
    if is_folder(output):
        if output.exists() and not output.is_dir():
            raise ConfigError("is no folder", file=output, key=key, value=value, remedy="name another")
        if output.is_dir() and any(output.iterdir()) and not overwrite:
            remedy = "name another folder, or add --overwrite"
            raise ConfigError("the folder is not empty", file=output, key=key, value=value, remedy=remedy)
        return
    if output.suffix.lower() not in SUFFIXES:
        remedy = f"use {' or '.join(SUFFIXES)}, or a folder"
        raise ConfigError(f"unknown suffix {output.suffix}", file=output, key=key, value=value, remedy=remedy)
    if several:
        message = "one file does not hold several samples"
        raise ConfigError(message, file=output, key=key, value=value, remedy="name a folder")
    if is_text and output.suffix.lower() == ".png":
        raise ConfigError("a text is written as a page", file=output, key=key, value=value, remedy="use .html")
    paths.check_output(output, overwrite)
    if not output.absolute().parent.is_dir():
        raise ConfigError(
            "its folder does not exist", file=output, key=key, value=value, remedy="make the folder first"
        )


def is_folder(output: Path) -> bool:
    """Whether a place stands for a folder: it is one, or has no suffix."""
    return output.is_dir() or not output.suffix


def write_explanation(output: Path, explanation: "Explanation", context: "FigureContext", number: int) -> Path:
    """Write one explanation; the file is there whole, or is as it was before.

    Args:
        output: as `check_place` takes it.
        explanation: of the sample.
        context: where the sample comes from.
        number: of the sample, from 1, for its name in a folder.

    Returns:
        The file.
    """
    is_text = explanation.modality == "text"
    if is_folder(output):
        output.mkdir(parents=True, exist_ok=True)
        output = output / f"{number:04d}{_slug(explanation.sample_id)}{'.html' if is_text else '.png'}"
    picture = b"" if is_text else picture_of(explanation, context)
    content = picture if output.suffix.lower() == ".png" else page_of(explanation, context, picture)
    paths.write_whole(output, content)
    return output


def _slug(sample_id: str) -> str:
    """The end of a sample's id as a part of a file name.

    >>> _slug("data/test.csv row 2")
    '_data_test.csv_row_2'
    """
    letters = re.sub(r"[^\w.-]+", "_", sample_id)[-60:].strip("_")
    return f"_{letters}" if letters else ""


def picture_of(explanation: "Explanation", context: "FigureContext") -> bytes:
    """The figure of an explanation as a PNG file."""
    from convpipe.evaluation.figures.explanation import explanation_figure
    from convpipe.evaluation.figures.words import save_png

    file = io.BytesIO()
    save_png(explanation_figure(explanation, context), file)
    return file.getvalue()


def page_of(explanation: "Explanation", context: "FigureContext", picture: bytes) -> str:
    """A page without anything from elsewhere.

    Args:
        explanation: of the sample.
        context: where it comes from.
        picture: a PNG file; empty for a text.
    """
    from convpipe.evaluation.explanation_lines import explanation_lines
    from convpipe.evaluation.figures.explanation import explanation_html
    from convpipe.evaluation.figures.text import PAGE

    about = ", ".join([str(context), *([explanation.sample_id] if explanation.sample_id else [])])
    head = f'<p class="faint">{escape(about)}</p>'
    if not picture:
        body = explanation_html(explanation)
    else:
        said = "\n".join(line.plain for line in explanation_lines(explanation, color=False, picture=False))
        data = b64encode(picture).decode()
        image = f'<img style="max-width:100%" alt="{escape(said)}" src="data:image/png;base64,{data}">'
        body = f"{image}<pre>{escape(said)}</pre>"
    title = f"Why {explanation.class_names[explanation.label]}?"
    return PAGE.format(title=escape(title), body=head + body)
