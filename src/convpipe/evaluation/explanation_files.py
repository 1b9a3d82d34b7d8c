"""Write explanations to files: PNG figures, and HTML pages with a figure or a text."""

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
    """Refuse an invalid output for explanations before anything is computed.

    Args:
        output: a file, or a folder.
        several: whether there is more than one sample.
        is_text: whether the samples are texts, which are written as HTML pages only.
        overwrite: whether the output may exist.

    Raises:
        ConfigError: an unknown suffix, one file for several samples, a PNG file for a text, an output that exists, or
            a missing parent folder.
    """
    key, value = "--output", str(output)
    if is_folder(output):
        if output.exists() and not output.is_dir():
            raise ConfigError("is not a folder", file=output, key=key, value=value, remedy="choose another")
        if output.is_dir() and any(output.iterdir()) and not overwrite:
            remedy = "choose another folder, or add --overwrite"
            raise ConfigError("the folder is not empty", file=output, key=key, value=value, remedy=remedy)
        return
    if output.suffix.lower() not in SUFFIXES:
        remedy = f"use {' or '.join(SUFFIXES)}, or a folder"
        raise ConfigError(f"unknown suffix {output.suffix}", file=output, key=key, value=value, remedy=remedy)
    if several:
        message = "one file cannot contain several samples"
        raise ConfigError(message, file=output, key=key, value=value, remedy="give a folder")
    if is_text and output.suffix.lower() == ".png":
        raise ConfigError("texts are written as HTML pages", file=output, key=key, value=value, remedy="use .html")
    paths.check_output(output, overwrite)
    if not output.absolute().parent.is_dir():
        raise ConfigError(
            "the parent folder does not exist", file=output, key=key, value=value, remedy="create the folder first"
        )


def is_folder(output: Path) -> bool:
    """Whether an output is a folder: it exists as one, or its name has no suffix."""
    return output.is_dir() or not output.suffix


def write_explanation(output: Path, explanation: "Explanation", context: "FigureContext", number: int) -> Path:
    """Write one explanation atomically.

    Args:
        output: a file or a folder, as for `check_place`.
        explanation: of the sample.
        context: the source of the sample.
        number: of the sample, from 1, for the file name in a folder.

    Returns:
        The path of the file.
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
    """Return the end of a sample id as part of a file name.

    >>> _slug("data/test.csv row 2")
    '_data_test.csv_row_2'
    """
    letters = re.sub(r"[^\w.-]+", "_", sample_id)[-60:].strip("_")
    return f"_{letters}" if letters else ""


def picture_of(explanation: "Explanation", context: "FigureContext") -> bytes:
    """Return the figure of an explanation as the bytes of a PNG file."""
    from convpipe.evaluation.figures.explanation import explanation_figure
    from convpipe.evaluation.figures.words import save_png

    file = io.BytesIO()
    save_png(explanation_figure(explanation, context), file)
    return file.getvalue()


def page_of(explanation: "Explanation", context: "FigureContext", picture: bytes) -> str:
    """Return a self-contained HTML page of an explanation.

    Args:
        explanation: of the sample.
        context: the source of the sample.
        picture: the bytes of a PNG file; empty for a text.
    """
    from convpipe.evaluation.explanation_lines import explanation_lines
    from convpipe.evaluation.figures.explanation import explanation_html
    from convpipe.evaluation.figures.text import PAGE

    about = ", ".join([str(context), *([explanation.sample_id] if explanation.sample_id else [])])
    head = f'<p class="faint">{escape(about)}</p>'
    if not picture:
        body = explanation_html(explanation)
    else:
        lines = "\n".join(line.plain for line in explanation_lines(explanation, color=False, picture=False))
        data = b64encode(picture).decode()
        image = f'<img style="max-width:100%" alt="{escape(lines)}" src="data:image/png;base64,{data}">'
        body = f"{image}<pre>{escape(lines)}</pre>"
    title = f"Explanation of the class {explanation.class_names[explanation.label]}"
    return PAGE.format(title=escape(title), body=head + body)
