"""Build the report of one run, and the comparison of several runs."""

from collections.abc import Sequence
from dataclasses import asdict
from html import escape
from pathlib import Path

from convpipe.config.schema import flat
from convpipe.evaluation.report_page import sections
from convpipe.evaluation.report_page.run_facts import RunFacts, run_facts
from convpipe.evaluation.report_page.sections import Markup, figure, section, table
from convpipe.registry import METRICS

STYLE = Path(__file__).parent / "report.css"
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<main>
<header><h1>{title}</h1>{summary}</header>
{body}
</main>
</body>
</html>
"""
#: The file name of a report in the folder of its run.
REPORT = "report.html"


def write_report(folder: Path, place: Path | None = None, result: dict | None = None) -> Path:
    """Write the report of a run.

    Args:
        folder: of the run.
        place: the output file; by default report.html in the folder.
        result: the future content of result.json; by default that file is read.

    Returns:
        The path of the file.

    Raises:
        ConvpipeError: the folder has no readable run, or the run is not finished.
    """
    place = place or folder / REPORT
    place.write_text(report(run_facts(folder, result)), encoding="utf-8")
    return place


def report(facts: RunFacts) -> str:
    """Return the report of one run as HTML."""
    parts = (
        sections.scores,
        sections.data,
        sections.curves,
        sections.classes,
        sections.calibration,
        sections.samples,
        sections.others,
        sections.settings,
        sections.costs,
        sections.origin,
    )
    return _page(facts.title, _summary(facts), "\n".join(filter(None, (part(facts) for part in parts))))


def _page(title: str, summary: str, body: str) -> str:
    style = STYLE.read_text(encoding="utf-8")
    return PAGE.format(title=escape(title), style=style, summary=summary, body=body)


def _summary(facts: RunFacts) -> str:
    """Return the key numbers of a run, for the top of the page."""
    result, numbers = facts.result, []
    for part in ("test", "validation"):
        if result.get(part):
            numbers.append((f"{part} accuracy", f"{result[part]['accuracy']:.3f}"))
    numbers.append(("classes", str(len(facts.predictions.class_names)) if facts.predictions else "-"))
    numbers.append(("training", f"{result['train']['seconds']:.1f} s, {result['train']['epochs']:g} epochs"))
    numbers.append(("parameters", f"{result['parameters']:,}"))
    cells = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in numbers)
    return f"<dl class=summary>{cells}</dl>"


def comparison(several: Sequence[RunFacts]) -> str:
    """Return the comparison of several runs as HTML, with a warning if their data or splits differ."""
    names = [f"{number}. {facts.title}" for number, facts in enumerate(several, 1)]
    hashes = [{facts.result.get(key) for facts in several} for key in ("data_sha256", "split_sha256")]
    warning = ""
    if len(hashes[0]) > 1:
        warning = "These runs use different data, so their metrics are not comparable."
    elif len(hashes[1]) > 1:
        warning = "These runs use different splits of the same data, so small differences are not meaningful."
    legend = "".join(f"<li>{escape(facts.title)}: <code>{escape(str(facts.folder))}</code></li>" for facts in several)
    summary = f"<ol>{legend}</ol>" + (f"<p class=warning>{escape(warning)}</p>" if warning else "")
    body = [_compare_metrics(several, names), _compare_settings(several, names)]
    for title, name in (("Training", "learning_curves"), ("Confusion matrices", "confusion_matrix")):
        shown = [
            f'<div class="beside"><h3>{escape(label)}</h3>{figure(facts, name, title)}</div>'
            for label, facts in zip(names, several, strict=True)
        ]
        body.append(section(title, f'<div class="row">{"".join(shown)}</div>'))
    return _page(f"Comparison of {len(several)} runs", summary, "\n".join(filter(None, body)))


def _compare_metrics(several: Sequence[RunFacts], names: Sequence[str]) -> str:
    rows: list[list[object]] = []
    for part in ("test", "validation"):
        keys = dict.fromkeys(key for facts in several for key in facts.result.get(part) or {} if key in METRICS)
        for key in keys:
            values = [(facts.result.get(part) or {}).get(key) for facts in several]
            known = [value for value in values if value is not None]
            best = (max if METRICS[key].higher_is_better else min)(known)
            cells = [_format(value, value == best and len(set(known)) > 1) for value in values]
            rows.append([f"{part} {METRICS[key].label}", *cells])
    numbers = {"parameters": "{:,.0f}", "multiply_adds": "{:,.0f}"}
    for key, form in numbers.items():
        rows.append([key.replace("_", "-"), *(form.format(facts.result[key]) for facts in several)])
    rows.append(["training seconds", *(f"{facts.result['train']['seconds']:.1f}" for facts in several)])
    return section("Metrics", table(["", *names], rows))


def _format(value: float | None, best: bool) -> object:
    if value is None:
        return "-"
    return Markup(f"<b>{value:.3f}</b>") if best else f"{value:.3f}"


def _compare_settings(several: Sequence[RunFacts], names: Sequence[str]) -> str:
    """Return a table of the settings in which the runs differ."""
    settings = [flat(asdict(facts.settings)) for facts in several]
    keys = dict.fromkeys(key for each in settings for key in each)
    rows = []
    for key in keys:
        values = ["" if value is None else str(value) for value in (each.get(key, "-") for each in settings)]
        if len(set(values)) > 1 and not key.startswith(("tracking.", "sweep.", "training.resume")):
            rows.append([Markup(f"<code>{escape(key)}</code>"), *values])
    return section("Settings that differ", table(["setting", *names], rows, len(names) + 1) if rows else "<p>None.</p>")
