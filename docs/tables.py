"""Write the tables of README.md and docs/ from the files under results/.

A table stands between the lines `<!-- table: NAME -->` and `<!-- end -->`, where NAME is a function of `TABLES` below.

    python docs/tables.py            # write
    python docs/tables.py --check    # compare only; exit status 1 if a table is not up to date
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
BLOCK = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

TABLES: dict[str, Callable[[], str]] = {}


def table(function: Callable[[], str]) -> Callable[[], str]:
    """Register a function that returns the lines of a table under its own name."""
    TABLES[function.__name__] = function
    return function


@cache
def rows(name: str) -> list[dict[str, str]]:
    """The rows of results/NAME.csv."""
    with (PROJECT / "results" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def lines(heads: Iterable[str], body: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    heads = list(heads)
    body = [list(row) for row in body]
    assert all(len(row) == len(heads) for row in body), "a row has another number of cells than the head"
    return "\n".join(f"| {' | '.join(row)} |" for row in [heads, ["---"] * len(heads), *body]) + "\n"


def one(name: str, **wanted: str) -> dict[str, str]:
    """The only row of results/NAME.csv with these values."""
    found = [row for row in rows(name) if all(row[key] == value for key, value in wanted.items())]
    if len(found) != 1:
        raise LookupError(f"results/{name}.csv has {len(found)} rows with {wanted}")
    return found[0]


def accuracy(row: dict[str, str], name: str = "test_accuracy") -> str:
    """Mean and standard deviation over seeds."""
    return f"{float(row[name]):.3f} ± {float(row[f'{name}_spread']):.3f}"


def seconds(row: dict[str, str]) -> str:
    """Seconds of training."""
    return f"{float(row['train_seconds']):.0f}"


def best_published(data: str) -> str:
    """The highest published accuracy on a dataset, with its method; empty if none is known."""
    known = [(float(row["accuracy"]), row["method"]) for row in rows("published") if row["data"] == data]
    if not known:
        return ""
    best = max(value for value, _ in known)
    method = "several" if sum(value == best for value, _ in known) > 1 else next(m for v, m in known if v == best)
    return f"{best:.3f} ({method})"


def published(data: str, method: str) -> str:
    """A published accuracy; empty if it is not known."""
    known = [row for row in rows("published") if row["data"] == data and row["method"] == method]
    return f"{float(known[0]['accuracy']):.3f}" if known else ""


@table
def readme() -> str:
    """A choice of recipes, for README.md."""
    chosen = {
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
        "images": {"mnist_5k": "4,000 digits to train", "fashion_mnist": "clothes"},
        "volumes": {"brain_structures": "brain MRI, other hemisphere"},
        "sound": {"spoken_digits_spectrogram": "spoken digits, new speakers"},
    }
    body = []
    for name, recipes in chosen.items():
        for recipe, what in recipes.items():
            row = one(name, experiment=recipe)
            data = row["data"] or recipe
            cells = [f"`{recipe}`", what, f"`{row['model']}`", accuracy(row), seconds(row)]
            body.append([*cells, best_published(data)])
    return lines(["recipe", "data", "model", "accuracy", "seconds", "best published"], body)


@table
def sensors() -> str:
    """Every recipe for sensor series."""
    body = []
    for row in sorted(rows("sensors"), key=lambda row: row["experiment"]):
        data = row["data"] or row["experiment"]
        cells = [f"`{row['experiment']}`", f"`{row['model']}`", accuracy(row), seconds(row)]
        body.append([*cells, published(data, "InceptionTime"), best_published(data)])
    return lines(["recipe", "model", "accuracy", "seconds", "InceptionTime", "best published"], body)


@table
def texts() -> str:
    """Word vectors, contextual vectors and the linear model, for each set of texts."""
    body = []
    for data in ("trec", "sst2", "mr", "r8", "r52", "newsgroups", "rotten_tomatoes"):
        cells = [f"`{data}`"]
        for experiment in (data, f"{data}_contextual"):
            found = [row for row in rows("text") if row["experiment"] == experiment]
            cells += [accuracy(found[0]), seconds(found[0])] if found else ["", ""]
        body.append([*cells, accuracy(one("text", data=data, experiment="", model="linear")), best_published(data)])
    return lines(["data", "word vectors", "seconds", "contextual", "seconds", "`linear`", "best published"], body)


@table
def images_volumes_sound() -> str:
    """Every recipe for images, volumes and sound."""
    body = []
    for name in ("images", "volumes", "sound"):
        for row in rows(name):
            recipe, *rest = row["experiment"].split(", ")
            parts = [f"`{recipe}`", *rest]
            body.append([", ".join(parts), f"`{row['model']}`", accuracy(row), seconds(row), row["seeds"]])
    return lines(["recipe", "model", "accuracy", "seconds", "seeds"], body)


@table
def mnist1d() -> str:
    """MNIST-1D as it is, and with its steps in one fixed random order."""
    body = []
    for experiment in dict.fromkeys(row["experiment"] for row in rows("mnist1d")):
        cells = [accuracy(one("mnist1d", experiment=experiment, data=data)) for data in ("mnist1d", "mnist1d_permuted")]
        body.append([f"`{experiment}`", *cells])
    return lines(["recipe", "as it is", "steps permuted"], body)


def _count(value: str) -> str:
    number = float(value)
    return f"{number / 1e6:.3g} million" if number >= 1e6 else f"{number:,.0f}"


@table
def comparisons() -> str:
    """The same task through Conv1D, Conv2D and Conv3D."""
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
    return lines(["data", "network", "accuracy", "parameters", "multiply-adds", "ms a step"], body)


@table
def fixed_kernels() -> str:
    """Seconds of fit and prediction, and accuracy, beside aeon's classifiers."""
    peers = {"mini_rocket": "MiniRocket", "hydra": "Hydra", "hydra_mini": "MultiRocketHydra"}
    measured = {(row["set"], row["model"]): row for row in rows("benchmark_fixed_kernels") if not row["error"]}
    sets = list(dict.fromkeys(data for data, _ in measured if not data.startswith("mean")))
    names = [name for model, peer in peers.items() for name in (model, f"{peer}Classifier")]

    def figures(data: str, name: str) -> tuple[float, float]:
        row = measured[data, name]
        return float(row["fit_seconds"]) + float(row["predict_seconds"]), float(row["accuracy"])

    def cell(seconds: float, accuracy: float) -> str:
        return f"{seconds:.2f} ({accuracy:.3f})"

    body = [[f"`{data}`", *(cell(*figures(data, name)) for name in names)] for data in sets]
    means = [cell(*map(mean, zip(*(figures(data, name) for data in sets), strict=True))) for name in names]
    heads = [head for model, peer in peers.items() for head in (f"`{model}`", f"aeon {peer}")]
    return lines(["set", *heads], [*body, ["mean", *means]])


@table
def costs() -> str:
    """Parameters and multiply-adds of every model."""
    body = [
        [f"`{row['model']}`", row["input"], f"{int(row['parameters']):,}", f"{float(row['multiply_adds']) / 1e6:,.3g}"]
        for row in rows("models")
    ]
    return lines(["model", "sample", "parameters", "million multiply-adds"], body)


@table
def training_steps() -> str:
    """Milliseconds of a training step."""
    about = {"fcn": "`fcn`, 427 steps, batches of 16", "fcn_unequal": "the same, series of unequal steps"}
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
            cells.append(f"{values[0]:.1f} ({values[1]:.1f} to {values[2]:.1f})" if values else "no twin")
        limit = 1000 * float(measured[model, "convpipe"]["arithmetic_limit_seconds"])
        body.append([text, *cells, f"{limit:.1f}"])
    return lines(["network", "here", "bare `fit` of Keras", "PyTorch", "arithmetic limit"], body)


@table
def certificates() -> str:
    """Every model in every format of export."""
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
    """What quantizing to LiteRT costs."""
    body = []
    for recipe in ("watch", "mnist_5k"):
        for row in rows("export"):
            if row["recipe"] == recipe and row["format"] == "litert":
                accuracies = [f"{float(row[f'accuracy_{when}']):.4f}" for when in ("before", "after")]
                same = f"{row['same_class']} of {row['samples']}"
                sizes = [f"{int(row[name]) / 1000:,.0f}" for name in ("size_bytes", "arena_bytes")]
                cells = [f"`{recipe}`", row["quantize"] or "float32", *accuracies, same, sizes[0]]
                body.append([*cells, f"{float(row['latency_ms']):.2g}", sizes[1]])
    heads = ["recipe", "numbers", "accuracy", "after", "same class", "kB", "ms", "memory of tensors, kB"]
    return lines(heads, body)


@table
def start() -> str:
    """What surrounds the fit of short runs, by phase, and in imports of TensorFlow, beside an earlier commit."""
    before = "2820755"
    runs = ("series", "image", "text")
    latest = [row["commit"] for row in rows("benchmark_start") if row["commit"] != before][-1]
    of = {each: {name: one("benchmark_start", run=name, commit=each) for name in runs} for each in (latest, before)}
    now, then = of[latest], of[before]
    phases = {"start and end of the process": "start_and_end_seconds"}
    phases |= {f"`{name}`": f"{name}_seconds" for name in ("data", "backend", "preparation", "tracking")}
    phases |= {"`training` without the fit": "training_seconds", "the fit": "fit_seconds"}
    phases |= {f"`{name}`": f"{name}_seconds" for name in ("saving", "evaluation", "figures", "report")}
    phases |= {"whole run": "run_seconds", "beside the fit": "beside_fit_seconds"}
    body = [[name, *(f"{float(now[run][column]):.2f}" for run in runs)] for name, column in phases.items()]
    body.append(["the same before", *(f"{float(then[run]['beside_fit_seconds']):.2f}" for run in runs)])
    body.append(["in imports of TensorFlow", *(f"**{float(now[run]['imports']):.2f}**" for run in runs)])
    body.append(["the same before", *(f"{float(then[run]['imports']):.2f}" for run in runs)])
    return lines(["seconds", *runs], body)


@table
def scaling() -> str:
    """How seconds and memory of fixed kernels grow."""
    body = []
    for row in rows("benchmark_scaling"):
        sizes = [f"{int(row[name]):,}" for name in ("series", "steps")]
        body.append([*sizes, f"{float(row['seconds']):.1f}", f"{float(row['peak_memory_mb']):,.0f}", row["data_mb"]])
    return lines(["series", "steps", "seconds", "peak memory (MB)", "data (MB)"], body)


def written(text: str) -> str:
    """A page with its tables made anew."""
    return BLOCK.sub(lambda found: found[1] + TABLES[found[2]]() + found[3], text)


def main() -> int:
    """Write or compare all pages; the exit status."""
    stale = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        if (new := written(text)) != text:
            stale.append(page.relative_to(PROJECT))
            if "--check" not in sys.argv:
                page.write_text(new, encoding="utf-8")
    done = "differ from results/; run python docs/tables.py" if "--check" in sys.argv else "written"
    for page in stale:
        print(f"{page}: tables {done}")
    return int(bool(stale) and "--check" in sys.argv)


if __name__ == "__main__":
    sys.exit(main())
