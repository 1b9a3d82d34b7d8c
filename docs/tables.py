"""Write the tables of README.md and docs/, and the accuracies at the top of recipes, from the files under results/.

A table is between the lines `<!-- table: NAME -->` and `<!-- end -->`. NAME is a key of `TABLES`, a function below. A
recipe in conf/experiment/ has a line such as "# Test accuracy 0.917 ± 0.004 over five seeds; 37 s on one core
(results/text.csv)", whose numbers are written.

    python docs/tables.py            # write
    python docs/tables.py --check    # only compare; exit status 1 if a number is out of date
"""

import csv
import re
import sys
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from statistics import mean

PROJECT = Path(__file__).parents[1]
PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
RECIPES = sorted((PROJECT / "conf" / "experiment").glob("*.yaml"))
#: Recipes that are measured on two datasets -> the one of the line in the recipe.
DATA_OF = {"mnist1d": "mnist1d", "mnist1d_mlp": "mnist1d", "mnist1d_paper": "mnist1d_permuted"}
BLOCK = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

SCORE = re.compile(r"(# Test accuracy )[0-9.]+ ± [0-9.]+(.*; )\d+ (?:s|min)(.* \(results/(\w+)\.csv\))")

TABLES: dict[str, Callable[[], str]] = {}


def table(function: Callable[[], str]) -> Callable[[], str]:
    """Register a function that returns a table, under its own name."""
    TABLES[function.__name__] = function
    return function


@cache
def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of results/NAME.csv."""
    with (PROJECT / "results" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def lines(heads: Iterable[str], body: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table."""
    heads = list(heads)
    body = [list(row) for row in body]
    assert all(len(row) == len(heads) for row in body), "a row and the header differ in their number of cells"
    return "\n".join(f"| {' | '.join(row)} |" for row in [heads, ["---"] * len(heads), *body]) + "\n"


def one(name: str, **values: str) -> dict[str, str]:
    """Return the only row of results/NAME.csv with these values."""
    matches = [row for row in rows(name) if all(row[key] == value for key, value in values.items())]
    if len(matches) != 1:
        raise LookupError(f"results/{name}.csv has {len(matches)} rows with {values}")
    return matches[0]


def accuracy(row: dict[str, str], name: str = "test_accuracy") -> str:
    """Format the mean and the standard deviation over seeds."""
    return f"{float(row[name]):.3f} ± {float(row[f'{name}_spread']):.3f}"


def seconds(row: dict[str, str]) -> str:
    """Format the seconds of training."""
    return f"{float(row['train_seconds']):.0f}"


def best_published(data: str) -> str:
    """Format the highest published accuracy on a dataset, with its method; empty if none is known."""
    known = [(float(row["accuracy"]), row["method"]) for row in rows("published") if row["data"] == data]
    if not known:
        return ""
    best = max(value for value, _ in known)
    method = "several" if sum(value == best for value, _ in known) > 1 else next(m for v, m in known if v == best)
    return f"{best:.3f} ({method})"


def published(data: str, method: str) -> str:
    """Format the published accuracy of a method; empty if it is unknown."""
    known = [row for row in rows("published") if row["data"] == data and row["method"] == method]
    return f"{float(known[0]['accuracy']):.3f}" if known else ""


@table
def readme() -> str:
    """Selected recipes, for README.md."""
    selection = {
        "sensors": {
            "osuleaf": "outlines of leaves",
            "acsf1": "power of appliances",
            "japanesevowels": "vowels, unequal lengths",
            "plaid": "current of appliances, unequal lengths",
            "watch": "smartwatch, five folds by person",
            "hapt_hydra_mini": "smartphone, nine new people",
        },
        "text": {
            "trec_contextual": "questions",
            "r8": "Reuters news",
            "newsgroups": "20 Newsgroups",
            "rotten_tomatoes": "film reviews, new films",
        },
        "images": {"mnist_5k": "handwritten digits, 4,000 for training", "fashion_mnist": "clothes"},
        "volumes": {"brain_structures": "brain MRI, other hemisphere"},
        "sound": {"spoken_digits_spectrogram": "spoken digits, new speakers"},
    }
    body = []
    for name, recipes in selection.items():
        for recipe, about in recipes.items():
            row = one(name, experiment=recipe)
            data = row["data"] or recipe
            cells = [f"`{recipe}`", about, f"`{row['model']}`", accuracy(row), seconds(row)]
            body.append([*cells, best_published(data)])
    return lines(["recipe", "data", "model", "accuracy", "seconds", "best published"], body)


@table
def sensors() -> str:
    """All recipes for sensor series."""
    body = []
    for row in sorted(rows("sensors"), key=lambda row: row["experiment"]):
        data = row["data"] or row["experiment"]
        cells = [f"`{row['experiment']}`", f"`{row['model']}`", accuracy(row), seconds(row)]
        body.append([*cells, published(data, "InceptionTime"), best_published(data)])
    return lines(["recipe", "model", "accuracy", "seconds", "InceptionTime", "best published"], body)


@table
def texts() -> str:
    """Word vectors, contextual vectors and the linear model on each text dataset."""
    body = []
    for data in ("trec", "sst2", "mr", "r8", "r52", "newsgroups", "rotten_tomatoes"):
        cells = [f"`{data}`"]
        for experiment in (data, f"{data}_contextual"):
            matches = [row for row in rows("text") if row["experiment"] == experiment]
            cells += [accuracy(matches[0]), seconds(matches[0])] if matches else ["", ""]
        body.append([*cells, accuracy(one("text", data=data, experiment="", model="linear")), best_published(data)])
    return lines(["data", "word vectors", "seconds", "contextual", "seconds", "`linear`", "best published"], body)


@table
def images_volumes_sound() -> str:
    """All recipes for images, volumes and sound."""
    body = []
    for name in ("images", "volumes", "sound"):
        for row in rows(name):
            recipe, *rest = row["experiment"].split(", ")
            parts = [f"`{recipe}`", *rest]
            body.append([", ".join(parts), f"`{row['model']}`", accuracy(row), seconds(row), row["seeds"]])
    return lines(["recipe", "model", "accuracy", "seconds", "seeds"], body)


@table
def mnist1d() -> str:
    """MNIST-1D with the original steps, and with the steps in one fixed random order."""
    body = []
    for experiment in dict.fromkeys(row["experiment"] for row in rows("mnist1d")):
        cells = [accuracy(one("mnist1d", experiment=experiment, data=data)) for data in ("mnist1d", "mnist1d_permuted")]
        body.append([f"`{experiment}`", *cells])
    return lines(["recipe", "original", "permuted steps"], body)


def _count(value: str) -> str:
    number = float(value)
    return f"{number / 1e6:.3g} million" if number >= 1e6 else f"{number:,.0f}"


@table
def comparisons() -> str:
    """Conv1D, Conv2D and Conv3D on the same task."""
    body = []
    for data in ("watch", "spoken_digits", "mnist_5k", "brain_structures", "rotten_tomatoes", "r8"):
        for row in rows(f"comparison_{data}"):
            equal = f"equal to {row['equivalent_to']}" if row["equivalent_to"] else accuracy(row, "accuracy")
            costs = [
                _count(row["parameters"]),
                _count(row["multiply_adds"]),
                f"{1000 * float(row['seconds_a_step']):.3g}",
            ]
            body.append([f"`{data}`", row["network"], equal, *costs])
    return lines(["data", "network", "accuracy", "parameters", "multiply-adds", "ms per step"], body)


@table
def fixed_kernels() -> str:
    """Seconds of fit and prediction, and accuracy, of convpipe and aeon."""
    peers = {"mini_rocket": "MiniRocket", "hydra": "Hydra", "hydra_mini": "MultiRocketHydra"}
    measured = {(row["set"], row["model"]): row for row in rows("benchmark_fixed_kernels") if not row["error"]}
    sets = list(dict.fromkeys(data for data, _ in measured if not data.startswith("mean")))
    names = [name for model, peer in peers.items() for name in (model, f"{peer}Classifier")]

    def values(data: str, name: str) -> tuple[float, float]:
        row = measured[data, name]
        return float(row["fit_seconds"]) + float(row["predict_seconds"]), float(row["accuracy"])

    def cell(seconds: float, accuracy: float) -> str:
        return f"{seconds:.2f} ({accuracy:.3f})"

    body = [[f"`{data}`", *(cell(*values(data, name)) for name in names)] for data in sets]
    means = [cell(*map(mean, zip(*(values(data, name) for data in sets), strict=True))) for name in names]
    heads = [head for model, peer in peers.items() for head in (f"`{model}`", f"aeon {peer}")]
    return lines(["dataset", *heads], [*body, ["mean", *means]])


@table
def costs() -> str:
    """Parameters and multiply-adds of all models."""
    body = [
        [f"`{row['model']}`", row["input"], f"{int(row['parameters']):,}", f"{float(row['multiply_adds']) / 1e6:,.3g}"]
        for row in rows("models")
    ]
    return lines(["model", "input", "parameters", "million multiply-adds"], body)


@table
def training_steps() -> str:
    """Milliseconds per training step, by library."""
    about = {"fcn": "`fcn`, 427 steps, batches of 16", "fcn_unequal": "`fcn`, series of unequal length"}
    about |= {
        "inception_time": "`inception_time`, 427 steps, batches of 16",
        "text_cnn": "`text_cnn`, 40 tokens, batches of 64",
    }
    measured = {(row["model"], row["library"]): row for row in rows("benchmark_training")}
    body = []
    for model, text in about.items():
        cells = []
        for library in ("convpipe", "keras", "torch"):
            row = measured.get((model, library))
            values = row and [1000 * float(row[f"seconds_a_step{end}"]) for end in ("", "_lowest", "_highest")]
            cells.append(f"{values[0]:.1f} ({values[1]:.1f} to {values[2]:.1f})" if values else "–")
        limit = 1000 * float(measured[model, "convpipe"]["arithmetic_limit_seconds"])
        body.append([text, *cells, f"{limit:.1f}"])
    return lines(["network", "convpipe", "Keras `fit`", "PyTorch", "arithmetic limit"], body)


@table
def certificates() -> str:
    """Certificates of all models in all export formats."""
    measured: dict[str, dict[str, dict]] = {}
    for row in rows("export"):
        if not row["quantize"]:
            name = f"`{row['model']}`" if row["recipe"] == row["model"] else f"`{row['model']}` ({row['recipe']})"
            measured.setdefault(f"{name} | {row['data']}", {})[row["format"]] = row
    body = []
    for name, formats in measured.items():
        several = [formats[each] for each in ("saved_model", "onnx", "litert")]
        cells = [
            f"{row['same_class']} of {row['samples']}, {float(row['largest_difference']):.0e}"
            if row["status"] == "passed"
            else row["status"]
            for row in several
        ]
        passed = [row for row in several if row["status"] == "passed"]
        times = " / ".join(f"{float(row['latency_ms']):.2g}" if row in passed else "–" for row in several)
        body.append(
            [*name.split(" | "), *cells, f"{int(passed[-1]['size_bytes']) / 1000:,.0f}" if passed else "", times]
        )
    return lines(["model", "data", "`saved_model`", "`onnx`", "`litert`", "kB", "ms"], body)


@table
def quantized() -> str:
    """Accuracy, size and time of quantized LiteRT files."""
    body = []
    for recipe in ("watch", "mnist_5k"):
        for row in rows("export"):
            if row["recipe"] == recipe and row["format"] == "litert":
                accuracies = [f"{float(row[f'accuracy_{when}']):.4f}" for when in ("before", "after")]
                same = f"{row['same_class']} of {row['samples']}"
                sizes = [f"{int(row[name]) / 1000:,.0f}" for name in ("size_bytes", "arena_bytes")]
                cells = [f"`{recipe}`", row["quantize"] or "float32", *accuracies, same, sizes[0]]
                body.append([*cells, f"{float(row['latency_ms']):.2g}", sizes[1]])
    heads = ["recipe", "type", "accuracy before", "after", "same class", "kB", "ms", "tensor memory, kB"]
    return lines(heads, body)


@table
def start() -> str:
    """Seconds of short runs by phase, and the time outside the fit, now and at an earlier commit."""
    before = "2820755"
    runs = ("series", "image", "text")
    latest = [row["commit"] for row in rows("benchmark_start") if row["commit"] != before][-1]
    of = {each: {name: one("benchmark_start", run=name, commit=each) for name in runs} for each in (latest, before)}
    now, then = of[latest], of[before]
    phases = {"start and end of the process": "start_and_end_seconds"}
    phases |= {f"`{name}`": f"{name}_seconds" for name in ("data", "backend", "preparation", "tracking")}
    phases |= {"`training` without the fit": "training_seconds", "the fit": "fit_seconds"}
    phases |= {f"`{name}`": f"{name}_seconds" for name in ("saving", "evaluation", "figures", "report")}
    phases |= {"whole run": "run_seconds", "outside the fit": "beside_fit_seconds"}
    body = [[name, *(f"{float(now[run][column]):.2f}" for run in runs)] for name, column in phases.items()]
    body.append(["outside the fit, before", *(f"{float(then[run]['beside_fit_seconds']):.2f}" for run in runs)])
    body.append(["in imports of TensorFlow", *(f"**{float(now[run]['imports']):.2f}**" for run in runs)])
    body.append(["in imports of TensorFlow, before", *(f"{float(then[run]['imports']):.2f}" for run in runs)])
    return lines(["seconds", *runs], body)


@table
def scaling() -> str:
    """Seconds and memory of `hydra_mini` by the number and the length of the series."""
    body = []
    for row in rows("benchmark_scaling"):
        sizes = [f"{int(row[name]):,}" for name in ("series", "steps")]
        body.append([*sizes, f"{float(row['seconds']):.1f}", f"{float(row['peak_memory_mb']):,.0f}", row["data_mb"]])
    return lines(["series", "steps", "seconds", "peak memory (MB)", "data (MB)"], body)


def updated(text: str) -> str:
    """Return a page with new tables."""
    return BLOCK.sub(lambda match: match[1] + TABLES[match[2]]() + match[3], text)


def updated_recipe(name: str, text: str) -> str:
    """Return a recipe with the accuracy and the seconds of its row."""

    def line(match: re.Match) -> str:
        data = {"data": DATA_OF[name]} if name in DATA_OF else {}
        row = one(match[4], experiment=name, **data)
        duration = float(row["train_seconds"])
        time = f"{duration:.0f} s" if duration < 120 else f"{duration / 60:.0f} min"
        return f"{match[1]}{accuracy(row)}{match[2]}{time}{match[3]}"

    return SCORE.sub(line, text)


def main() -> int:
    """Write or compare all pages and recipes. Return the exit status."""
    stale = []
    for page in PAGES + RECIPES:
        text = page.read_text(encoding="utf-8")
        new = updated_recipe(page.stem, text) if page in RECIPES else updated(text)
        if new != text:
            stale.append(page.relative_to(PROJECT))
            if "--check" not in sys.argv:
                page.write_text(new, encoding="utf-8")
    outcome = "differ from results/; run python docs/tables.py" if "--check" in sys.argv else "written"
    for page in stale:
        print(f"{page}: numbers {outcome}")
    return int(bool(stale) and "--check" in sys.argv)


if __name__ == "__main__":
    sys.exit(main())
