"""The description of an exported file for its users: description.json, and the rules for tokens of texts."""

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
    "word": "split at white space; a piece whose lower case is a key of `spellings` becomes its value; in any other "
    "piece, replace ’ by ' and find all matches of `pattern`, ignoring case",
    "character": "each character is a token",
    "subword": "byte pair encoding in subwords.json, for the package `tokenizers`",
}


def versions() -> dict[str, str]:
    """Return the versions of Python, convpipe and the installed PACKAGES."""
    found = {"python": platform.python_version(), "convpipe": __version__}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def description(
    classifier: Classifier, entry: Entry, target: Format, quantize: str | None, numbers: dict, source: dict
) -> dict[str, Any]:
    """Return the content of description.json.

    Args:
        classifier: that was exported.
        entry: input of the graph.
        target: the format.
        quantize: the quantization, or None.
        numbers: dtype, scale and zero point of integers, with the keys "input" and "output".
        source: the run and its data hash, if known.
    """
    training = classifier.training
    whole = numbers.get("input", {})
    batch = None if target.batches else 1
    about_input: dict[str, Any] = {"name": INPUT, "shape": [batch, *entry.shape]}
    about_input |= {"dtype": whole.pop("dtype", entry.dtype), "meaning": entry.meaning} | whole
    if entry.padding is not None:
        about_input["padding"] = "NaN" if entry.padding != entry.padding else entry.padding
    about_input |= {"channel_names": list(training.channel_names), "sampling_rate_hz": _sampling_rate(classifier)}
    about_input |= {"window": _window(classifier), "most_steps": most_steps(classifier.networks[0])}
    about_output = {"name": OUTPUT, "shape": [batch, len(classifier.class_names)], "dtype": "float32"}
    return {
        "format": target.name,
        "file": target.file,
        "quantized": quantize,
        "modality": classifier.preprocessing.modality,
        "input": about_input,
        "output": about_output | numbers.get("output", {}),
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
    """The windows that recordings are cut into, if any."""
    training = classifier.training
    if training.window_steps is None:
        return None
    about = "the input is one window; the prediction for a longer recording is the mean of its windows' probabilities"
    return {"steps": training.window_steps, "stride": training.window_stride, "meaning": about}


def write_preprocessing(classifier: Classifier, folder: Path) -> None:
    """Write the fitted preprocessing and, for texts, the vocabulary and the rules for tokens."""
    preprocessing: Any = classifier.preprocessing
    preprocessing.save(folder)
    if preprocessing.modality == "text":
        rule = {"tokenizer": preprocessing.tokenizer, "lowercase": preprocessing.lowercase}
        rule |= {"numbers": preprocessing.numbers, "most_tokens": preprocessing.max_length}
        rule["rule"] = RULES[preprocessing.tokenizer]
        if preprocessing.tokenizer == "word":
            rule |= {"pattern": WORD.pattern, "spellings": SPELLINGS}
        rule["digits"] = "every digit of a token becomes 0" if preprocessing.numbers == "shape" else "unchanged"
        rule["ids"] = "the first of `tokens` in vocabulary.json has the id 2; 1 is for tokens that are not in it"
        write_json(folder / "tokenizer.json", rule)


def write_json(path: Path, content: dict) -> None:
    """Write a dictionary as JSON."""
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def size_of(path: Path) -> int:
    """Return the bytes of a file, or of all files in a folder."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(each.stat().st_size for each in files if each.is_file())
