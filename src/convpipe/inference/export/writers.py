"""Writers of graphs: TensorFlow's SavedModel, ONNX, LiteRT."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from convpipe.inference.classifier import Classifier
from convpipe.inference.export.entry import Entry
from convpipe.inference.export.graph import INPUT, graph_of, signature_of

#: ONNX opset: old enough for most runtimes, new enough for every model of the package.
OPSET = 18


def write_saved_model(classifier: Classifier, entry: Entry, path: Path, batch: int | None = None) -> None:
    """Write a SavedModel folder for batches of `batch` samples (None: any number)."""
    archive = keras.export.ExportArchive()
    for network in classifier.networks:
        archive.track(network)
    archive.add_endpoint("serve", graph_of(classifier, entry), [signature_of(entry, batch)])
    archive.write_out(str(path), verbose=False)


def write_onnx(classifier: Classifier, entry: Entry, path: Path) -> None:
    """Write an ONNX file."""
    import tf2onnx

    signature = [signature_of(entry, None)]
    function = tf.function(graph_of(classifier, entry), input_signature=signature, autograph=False)
    handlers: dict[str, tuple[Callable, list]] = {"Log1p": (_log1p, [])}
    tf2onnx.convert.from_function(function, signature, opset=OPSET, custom_op_handlers=handlers, output_path=str(path))


def _log1p(ctx, node, name, args) -> None:
    """Convert log(1 + x) to ONNX operators. Adding 1 rounds x by far less than the floor of a spectrogram."""
    kind, shape = ctx.get_dtype(node.output[0]), ctx.get_shape(node.output[0])
    one = ctx.make_const(f"{node.name}_one", np.array(1, np.float32)).output[0]
    total = ctx.make_node("Add", [node.input[0], one]).output[0]
    ctx.remove_node(node.name)
    ctx.make_node("Log", [total], outputs=node.output, name=node.name, shapes=[shape], dtypes=[kind])


def write_litert(
    classifier: Classifier,
    entry: Entry,
    path: Path,
    quantize: str | None = None,
    representative: Callable[[], Iterator[np.ndarray]] | None = None,
) -> None:
    """Write a LiteRT file for one sample at a time, with built-in operations only.

    Args:
        classifier, entry, path: the classifier, the input of its graph, and the file.
        quantize: float16, int8, int16x8, or None.
        representative: returns samples for calibrating the ranges of integer quantization.
    """
    with tempfile.TemporaryDirectory() as folder:
        write_saved_model(classifier, entry, Path(folder), batch=1)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        _set_up(converter, quantize, entry, representative)
        path.write_bytes(converter.convert())


def _set_up(converter, quantize: str | None, entry: Entry, representative) -> None:
    operations = {
        "int8": tf.lite.OpsSet.TFLITE_BUILTINS_INT8,
        "int16x8": tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8,
    }
    converter.target_spec.supported_ops = [operations.get(quantize or "", tf.lite.OpsSet.TFLITE_BUILTINS)]
    if quantize:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if quantize == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if quantize in operations:
        converter.representative_dataset = lambda: ({INPUT: each[None]} for each in representative())
        if entry.dtype == "float32":
            whole = tf.int8 if quantize == "int8" else tf.int16
            converter.inference_input_type = converter.inference_output_type = whole
