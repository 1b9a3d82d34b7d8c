"""The findings as one HTML page that works offline."""

import html
from collections.abc import Iterable

from convpipe.data.notes import Note
from convpipe.doctor.examination import Examination

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>{title}: data check</title>
<style>
:root {{ --ink: #1d2733; --paper: #fff; --soft: #f4f6f8; --line: #d5dbe1; --alarm: #a4262c; --good: #0b6b4f; }}
@media (prefers-color-scheme: dark) {{
  :root {{ --ink: #e6eaee; --paper: #14191f; --soft: #1e252d; --line: #38424d; --alarm: #ff9a94; --good: #7fd6b8; }}
}}
body {{ font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 0 auto;
  max-width: 60rem; padding: 1.5rem; overflow-wrap: anywhere; }}
h1 {{ font-size: 1.5rem; }} h2 {{ font-size: 1.15rem; margin-top: 2rem; }}
li {{ margin: .4rem 0; }} .alarm strong {{ color: var(--alarm); }} .clean {{ color: var(--good); }}
code {{ background: var(--soft); padding: .1rem .3rem; border-radius: .25rem; }}
table {{ border-collapse: collapse; }} td {{ border-bottom: 1px solid var(--line); padding: .25rem .8rem .25rem 0; }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{summary}</p>
<h2>Alarms</h2>
{alarms}
<h2>Notes</h2>
{notes}
<h2>Checks that found nothing</h2>
{clean}
<h2>Installation</h2>
<table><tbody>{installation}</tbody></table>
</main>
</body>
</html>
"""


def page(examination: Examination, installation: Iterable[tuple[str, str]]) -> str:
    """Return the findings as an HTML page.

    Args:
        examination: the findings.
        installation: names and values of the installation.
    """
    alarms = examination.alarms
    others = [note for note in examination.notes if not note.is_alarm]
    counts = f"{examination.looked_at:,} of {examination.total:,} samples were read."
    summary = f"{len(alarms)} alarm{'s' * (len(alarms) != 1)}. {counts}"
    return PAGE.format(
        title=html.escape(examination.title),
        summary=summary,
        alarms=_items(alarms, "alarm"),
        notes=_items(others, "note"),
        clean="<ul>" + "".join(f'<li class="clean">{html.escape(words)}</li>' for words in examination.clean) + "</ul>",
        installation="".join(f"<tr><td>{html.escape(a)}</td><td>{html.escape(b)}</td></tr>" for a, b in installation),
    )


def _items(notes: list[Note], kind: str) -> str:
    if not notes:
        return "<p>None.</p>"
    return f'<ul class="{kind}">' + "".join(f"<li>{_item(note)}</li>" for note in notes) + "</ul>"


def _item(note: Note) -> str:
    message = html.escape(note.message)
    message = f"<strong>{message}</strong>" if note.is_alarm else message
    return message + ("" if note.remedy is None else f"<br>What to do: {html.escape(note.remedy)}")
