"""What a user of an exported file must know: description.json, and the rules for tokens of texts."""

import json
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from convpipe import __version__
from convpipe.inference.classifier import Classifier
from convpipe.inference.export.entry import Entry
from convpipe.inference.export.formats import Format
from convpipe.inference.export.graph import INPUT, OUTPUT
from convpipe.models.layers.masking import most_steps
from convpipe.preprocessing.text.tokenizers import SPELLINGS, WORD

PACKAGES = ("tensorflow", "keras", "numpy", "onnx", "tf2onnx", "onnxruntime", "ai-edge-litert")
RULES = {
    "word": "find all matches of `pattern`, ignoring case, in what stands between white space, with ’ as '; an item "
    "that is a key of `spellings` becomes its value",
    "character": "each character is a token",
    "subword": "byte pair encoding in subwords.json, which the package `tokenizers` reads",
}


def versions() -> dict[str, str]:
    """Python, convpipe and the packages that take part."""
    found = {"python": platform.python_version(), "convpipe": __version__}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def description(
    classifier: Classifier, entry: Entry, chosen: Format, quantize: str | None, numbers: dict, source: dict
) -> dict[str, Any]:
    """What description.json holds.

    Args:
        classifier: what was exported.
        entry: how samples enter the graph.
        chosen: the format.
        quantize: how it was quantized, or None.
        numbers: scale and zero point of the input and the output by "input" and "output", where these are whole.
        source: the run and its data hash, as far as they are known.
    """
    training = classifier.training
    whole = numbers.get("input", {})
    taken: dict[str, Any] = {"name": INPUT, "shape": [None if chosen.batches else 1, *entry.shape]}
    taken |= {"dtype": whole.pop("dtype", entry.dtype), "meaning": entry.meaning} | whole
    if entry.padding is not None:
        taken["padding"] = "NaN" if entry.padding != entry.padding else entry.padding
    taken |= {"channel_names": list(training.channel_names), "sampling_rate_hz": _sampling_rate(classifier)}
    taken |= {"window": _window(classifier), "most_steps": most_steps(classifier.networks[0])}
    given = {"name": OUTPUT, "shape": [None if chosen.batches else 1, len(classifier.class_names)], "dtype": "float32"}
    return {
        "format": chosen.name,
        "file": chosen.file,
        "quantized": quantize,
        "modality": classifier.preprocessing.modality,
        "input": taken,
        "output": given | numbers.get("output", {}),
        "classes": list(classifier.class_names),
        "preprocessing": {"before_the_graph": list(entry.done_outside), "in_the_graph": list(entry.done_inside)},
        "networks": len(classifier.networks),
        "temperature": classifier.temperature,
        "source": source,
        "versions": versions(),
    }


def _sampling_rate(classifier: Classifier) -> float | None:
    return classifier.sampling_rate or getattr(classifier.preprocessing, "sampling_rate", None)


def _window(classifier: Classifier) -> dict | None:
    """How recordings are cut: the input is one window, and a recording has the mean of its windows' answers."""
    training = classifier.training
    if training.window_steps is None:
        return None
    about = "the input is one window; a longer recording has the mean of the probabilities of its windows"
    return {"steps": training.window_steps, "stride": training.window_stride, "meaning": about}


def write_beside(classifier: Classifier, folder: Path) -> None:
    """What preparing a sample needs beside the description: vocabulary and rule of tokens, or what was fitted."""
    preprocessing: Any = classifier.preprocessing
    preprocessing.save(folder)
    if preprocessing.modality == "text":
        rule = {"tokenizer": preprocessing.tokenizer, "lowercase": preprocessing.lowercase}
        rule |= {"numbers": preprocessing.numbers, "most_tokens": preprocessing.max_length}
        rule["rule"] = RULES[preprocessing.tokenizer]
        if preprocessing.tokenizer == "word":
            rule |= {"pattern": WORD.pattern, "spellings": SPELLINGS}
        rule["digits"] = "every digit of a token becomes 0" if preprocessing.numbers == "shape" else "stay"
        rule["ids"] = "the first of `tokens` in vocabulary.json has the id 2; 1 is for a token that is not there"
        write_json(folder / "tokenizer.json", rule)


def write_json(path: Path, content: dict) -> None:
    """Write a dictionary as JSON."""
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files of a folder."""
    return (
        sum(each.stat().st_size for each in path.rglob("*") if each.is_file()) if path.is_dir() else path.stat().st_size
    )
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(each.stat().st_size for each in files if each.is_file())
