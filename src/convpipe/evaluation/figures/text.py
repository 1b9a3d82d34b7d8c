"""Pages of texts: the worst mistakes with colored words, and the n-grams that the kernels of a `text_cnn` detect.

Each page is one self-contained HTML file without scripts; every text in it is escaped.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from html import escape
from itertools import groupby
from operator import itemgetter

import numpy as np

from convpipe.data.dataset import Dataset, Subset
from convpipe.evaluation.explanation import Explanation, explain, kernel_maxima, text_preprocessing
from convpipe.evaluation.figures.context import FigureContext
from convpipe.evaluation.figures.mistakes import Mistakes, percent
from convpipe.inference.classifier import Classifier, Predictions

#: Maximum number of mistakes on a page, and of tokens of each.
MOST_MISTAKES, MOST_TOKENS = 12, 160
#: Maximum number of texts to search for n-grams, of kernels in the table, and of n-grams of each kernel.
MOST_TEXTS, MOST_KERNELS, MOST_N_GRAMS = 1000, 40, 6
#: Maximum number of n-grams with the same activation in the list.
TIES = 8

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>
:root {{ color-scheme: light dark; --text: #1b1b1b; --page: #fff; --faint: #6a6a6a; --line: #ddd;
  --for: 0 114 178; --against: 213 94 0; }}
@media (prefers-color-scheme: dark) {{ :root {{ --text: #e8e8e8; --page: #16181b; --faint: #a2a2a2; --line: #3a3d42;
  --for: 64 150 220; --against: 224 112 32; }} }}
body {{ margin: 2rem auto; max-width: 62rem; padding: 0 1.2rem; background: var(--page); color: var(--text);
  font: 16px/1.6 system-ui, sans-serif; overflow-wrap: anywhere; }}
h1 {{ font-size: 1.5rem; margin-bottom: .2rem; }} h2 {{ font-size: 1.05rem; margin: 0; }}
section {{ border-top: 1px solid var(--line); padding: 1rem 0; }}
.faint {{ color: var(--faint); font-size: .85rem; margin: 0 0 .4rem; }}
.for, .against {{ border-radius: .2em; padding: .08em 0; color: var(--text); }}
.for {{ background: rgb(var(--for) / var(--a)); }} .against {{ background: rgb(var(--against) / var(--a)); }}
table {{ border-collapse: collapse; width: 100%; }} th, td {{ text-align: left; padding: .35rem .8rem .35rem 0;
  border-top: 1px solid var(--line); vertical-align: top; }}
th {{ font-size: .85rem; color: var(--faint); white-space: nowrap; }}
td.number {{ text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }}
</style></head><body>
<h1>{title}</h1>
{body}
</body></html>
"""


def figures(
    dataset: Dataset, subset: Subset, predictions: Predictions, classifier: Classifier, context: FigureContext
) -> dict[str, str]:
    """Return the worst mistakes with colored words, and for a `text_cnn` the n-grams of the strongest kernels."""
    pages = {"worst_mistakes": worst_mistakes(subset, predictions, classifier, context)}
    rows = strongest_kernels(classifier, subset.inputs, subset.labels)
    return pages | ({"strongest_kernels": kernel_table(rows, classifier.class_names, context)} if rows else {})


def worst_mistakes(subset: Subset, predictions: Predictions, classifier: Classifier, context: FigureContext) -> str:
    """Return a page of the wrong predictions with the highest confidence, with words colored by contribution."""
    names = classifier.class_names
    mistakes = Mistakes(subset, predictions.probabilities, names, MOST_MISTAKES)
    if not mistakes:
        return _page("No mistakes", context, f"<p>All {len(subset):,} texts are classified correctly.</p>")
    explained = [explain(classifier, subset.inputs[row]) for row in mistakes]
    methods = " and ".join(dict.fromkeys(each.method_line for each in explained))
    sides = '<span class="for" style="--a:.6">for it</span>, <span class="against" style="--a:.6">against it</span>'
    about = f"Color: contribution of a word to the predicted class, relative to the mean of the others ({sides})."
    about += f" Method: {methods}."
    pairs = zip(explained, mistakes, strict=True)
    sections = [_mistake(each, subset.labels[row], mistakes.place(row)) for each, row in pairs]
    return _page(mistakes.headline("texts"), context, f'<p class="faint">{about}</p>' + "\n".join(sections))


def _page(title: str, context: FigureContext, body: str) -> str:
    return PAGE.format(title=title, body=f'<p class="faint">{escape(str(context))}</p>\n{body}')


def _mistake(explanation: Explanation, label: int, sample_id: str) -> str:
    predicted, probabilities = explanation.predicted, explanation.probabilities
    true_name, predicted_name = (escape(explanation.class_names[each]) for each in (label, predicted))
    head = f"<h2>{true_name} → {predicted_name} ({percent(probabilities[predicted])})</h2>"
    place = f'<p class="faint">{escape(sample_id)} · {true_name}: {percent(probabilities[label])}</p>'
    return f"<section>{head}{place}<div>{colored_words(explanation, predicted)}</div></section>"


def colored_words(explanation: Explanation, label: int) -> str:
    """Return the tokens of a text as HTML, colored by contribution to a class; of a long text, an excerpt."""
    pieces = []
    for space, word, value, share in strongest_excerpt(explanation.tokens, explanation.for_class(label)):
        text = escape(word)
        if abs(share) >= 0.05:
            side = "for" if value > 0 else "against"
            text = f'<span class="{side}" style="--a:{0.7 * abs(share):.2f}" title="{value:+.2f}">{text}</span>'
        pieces.append(space + text)
    return "".join(pieces)


def strongest_excerpt(tokens: Sequence[str], values: np.ndarray, most: int = MOST_TOKENS) -> Iterator[tuple]:
    """Yield the `most` consecutive tokens with the largest absolute contributions, with "…" where the text is cut.

    Args:
        tokens: of the text.
        values: (tokens,), the contribution of each.
        most: number of tokens.

    Yields:
        The separator before the token, the token for reading, its value, and the value relative to the largest one.

    >>> list(strongest_excerpt(["a", "b", "c"], np.array([0.0, -3.0, 1.5]), most=2))
    [('… ', '', 0.0, 0.0), (' ', 'b', -3.0, -1.0), (' ', 'c', 1.5, 0.5)]
    """
    total = np.concatenate([[0.0], np.cumsum(np.abs(values))])
    start = int((total[most:] - total[:-most]).argmax()) if len(values) > most else 0
    shown = values[start : start + most]
    strongest = float(np.abs(shown).max()) or 1.0
    if start:
        yield "… ", "", 0.0, 0.0
    for (space, word), value in zip(join_tokens(tokens)[start : start + most], shown.tolist(), strict=True):
        yield space, word, value, value / strongest
    if start + most < len(values):
        yield " …", "", 0.0, 0.0


def join_tokens(tokens: Sequence[str]) -> list[tuple[str, str]]:
    """Return the separator before each token, and the token for reading.

    >>> join_tokens(["it", "##s", "ok"]), join_tokens(["▁no", "body"]), join_tokens(["a", " ", "b"])
    ([('', 'it'), ('', 's'), (' ', 'ok')], [(' ', 'no'), ('', 'body')], [('', 'a'), ('', ' '), ('', 'b')])
    """
    if any(token.startswith("▁") for token in tokens):
        return [(" " * token.startswith("▁"), token.removeprefix("▁").replace("▁", " ")) for token in tokens]
    if all(len(token) <= 1 for token in tokens) and any(not token.strip() for token in tokens):
        return [("", token) for token in tokens]
    joined = [not number or token.startswith("##") for number, token in enumerate(tokens)]
    return [("" if close else " ", token.removeprefix("##")) for close, token in zip(joined, tokens, strict=True)]


def format_tokens(tokens: Sequence[str]) -> str:
    """Join tokens to one line of text.

    >>> format_tokens(["▁no", "body", "▁came"])
    'nobody came'
    """
    return " ".join("".join(space + token for space, token in join_tokens(tokens)).split())


def strongest_kernels(classifier: Classifier, texts: Sequence[str], labels: np.ndarray) -> list[dict]:
    """Find the kernels of a `text_cnn` with the largest contributions, and the n-grams that activate them most.

    Args:
        classifier: for texts.
        texts: to search for n-grams; MOST_TEXTS evenly spaced ones are used.
        labels: (n,) int, the classes of the texts.

    Returns:
        One dictionary per kernel: kernel_size; filter; label, the class with the largest weight; contribution to that
        class, averaged over its texts; n_grams, a dictionary from the MOST_N_GRAMS with the largest activations, and
        all that tie with the last, to their activations. Empty for other networks and for ensembles.
    """
    rows = np.unique(np.linspace(0, len(texts) - 1, MOST_TEXTS).astype(int))
    selected, labels = [texts[row] for row in rows.tolist()], np.asarray(labels)[rows]
    kernels: list[dict] = []
    for maxima in kernel_maxima(classifier, selected):
        for number, label in enumerate(maxima.weights.argmax(axis=1).tolist()):
            own = np.flatnonzero(labels == label)
            if not maxima.activations[own, number].any():
                continue
            contribution = float(maxima.activations[own, number].mean() * maxima.weights[number, label])
            kernel = {"kernel_size": maxima.kernel_size, "filter": number, "label": label}
            kernels.append(kernel | {"contribution": contribution, "maxima": maxima, "texts": own})
    kernels.sort(key=lambda kernel: (kernel["label"], -kernel["contribution"]))
    # By class, so that a frequent class does not hide the others.
    classes = [list(each) for _, each in groupby(kernels, key=itemgetter("label"))]
    most = max(2, MOST_KERNELS // len(classifier.class_names))
    tokens = cache(lambda row: text_preprocessing(classifier).tokens(selected[row]))
    return [_with_n_grams(kernel, tokens) for each in classes for kernel in each[:most]]


def _with_n_grams(kernel: dict, tokens: Callable[[int], list[str]]) -> dict:
    """Replace the maxima and texts of a kernel by its n-grams."""
    maxima, own, number = kernel.pop("maxima"), kernel.pop("texts"), kernel["filter"]
    n_grams: dict[str, float] = {}
    for row in own[np.argsort(-maxima.activations[own, number], kind="stable")].tolist():
        winner = maxima.winner(row, number)
        tied = n_grams and _same(winner.activation, list(n_grams.values())[-1])
        if not winner.activation or (len(n_grams) >= MOST_N_GRAMS and not tied):
            break
        n_grams.setdefault(format_tokens(tokens(row)[winner.start : winner.stop]), winner.activation)
    return kernel | {"n_grams": n_grams}


def _same(one: float, other: float) -> bool:
    """Whether two activations are equal up to rounding in float32."""
    return math.isclose(one, other, rel_tol=1e-5)


def _joined_ties(n_grams: dict[str, float]) -> Iterator[tuple[str, float]]:
    """Yield the n-grams as HTML with their activations; those with equal activations are joined, at most TIES."""
    groups: list[tuple[list[str], float]] = []
    for text, value in n_grams.items():
        if groups and _same(groups[-1][1], value):
            groups[-1][0].append(escape(text))
        else:
            groups.append(([escape(text)], value))
    for texts, value in groups:
        more = f" = {len(texts) - TIES:,} more" if len(texts) > TIES else ""
        yield " = ".join(texts[:TIES]) + more, value


def kernel_table(kernels: list[dict], class_names: Sequence[str], context: FigureContext) -> str:
    """Return a page with the results of `strongest_kernels`."""
    rows = []
    for kernel in kernels:
        best = _joined_ties(kernel["n_grams"])
        n_grams = " · ".join(f'{text} <span class="faint">{value:.3g}</span>' for text, value in best)
        numbers = f"{kernel['contribution']:.2f}", kernel["kernel_size"], kernel["filter"]
        cells = "".join(f'<td class="number">{number}</td>' for number in numbers)
        rows.append(f"<tr><td>{escape(class_names[kernel['label']])}</td><td>{n_grams}</td>{cells}</tr>")
    head = (
        '<p class="faint">The output of each kernel is its maximum activation over the text. The table lists the '
        "kernels with the largest contribution to each class, relative to the mean of the others. N-grams: those in "
        "texts of the class with the highest activations (in gray; equal activations are joined by =). Contribution: "
        "to the score of the class, averaged over its texts.</p>"
    )
    names = "".join(f"<th>{name}</th>" for name in ("class", "n-grams", "contribution", "kernel size", "filter"))
    table = f"<table><tr>{names}</tr>{''.join(rows)}</table>"
    return _page("N-grams of the strongest kernels", context, head + table)
