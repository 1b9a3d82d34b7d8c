"""Check the worked cases against Keras and, if installed, PyTorch."""

import importlib.util
from collections.abc import Iterator

import numpy as np

from convpipe.backend import start_backend
from convpipe.convolution.by_hand import array, check, shape
from convpipe.convolution.grids import WIDTH
from convpipe.convolution.reference import padded
from convpipe.convolution.scenes import SCENES, Scene, same_values_in_one_two_three
from convpipe.convolution.settings import OwnLayer
from convpipe.convolution.transposed import Spread, example
from convpipe.cost.layer import Layer

#: Kind of layer -> prefix of its Keras class, and settings that not all kinds have.
KERAS = {
    "convolution": ("Conv", "filters", "groups"),
    "depthwise": ("DepthwiseConv", "depth_multiplier"),
    "separable": ("SeparableConv", "filters", "depth_multiplier"),
    "pooling": ("MaxPooling",),
}


def compared(name: str, own: OwnLayer) -> Iterator[str]:
    """Yield lines that compare a case with other libraries.

    Args:
        name: name of the case.
        own: your own layer, for the case "layer".
    """
    start_backend()
    if name == "transposed":
        yield from _transposed_computed(example())
        return
    if name in SCENES:
        for scene in SCENES[name]():
            yield _keras_computes(scene)
            if importlib.util.find_spec("torch"):
                yield _torch_computes(scene)
        return
    for layer in same_values_in_one_two_three() if name == "dimensions" else [own.layer()]:
        yield _keras_shapes(layer)


def _padded_batch(scene: Scene) -> np.ndarray:
    """(1, *size, channels) float32 with the padding added, so that every library can use padding "valid"."""
    return padded(scene.data, scene.layer)[None].astype("float32")


def _keras_computes(scene: Scene) -> str:
    import keras

    layer, data = scene.layer, _padded_batch(scene)
    kernel, moves = scene.kernel.astype("float32"), (layer.strides, "valid", None, layer.dilation)
    if layer.groups == layer.channels > 1:  # depthwise, in Keras (*kernel_size, channels, multiplier)
        output = keras.ops.depthwise_conv(data, np.swapaxes(kernel, -1, -2), *moves)
    else:
        output = keras.ops.conv(data, kernel, *moves)
    output = np.asarray(output)[0].reshape(scene.expected.shape)
    name = f"Keras {keras.__version__} on {keras.backend.backend()} returns"
    words = f"{name} [{', '.join(str(value).removesuffix('.0') for value in output.ravel())}]"
    if len(words) > WIDTH - len("  check: "):
        words = f"{name} the same {output.size} values"
    return check(words, output, scene.expected)


def _torch_computes(scene: Scene) -> str:
    torch = importlib.import_module("torch")
    layer, data = scene.layer, np.ascontiguousarray(np.moveaxis(_padded_batch(scene), -1, 1))
    kernel = np.ascontiguousarray(np.moveaxis(scene.kernel, (-1, -2), (0, 1)).astype("float32"))
    function = getattr(torch.nn.functional, f"conv{len(layer.size)}d")
    settings = {"stride": layer.strides, "dilation": layer.dilation, "groups": layer.groups}
    output = function(torch.from_numpy(data), torch.from_numpy(kernel), **settings)
    what = f"PyTorch {torch.__version__} agrees: input {shape(data.shape)}, output {shape(output.shape)}"
    return check(what, np.moveaxis(output.numpy()[0], 0, -1).reshape(scene.expected.shape), scene.expected)


def _transposed_computed(scene: Spread) -> Iterator[str]:
    import keras

    data, kernel = scene.data[None, :, None].astype("float32"), scene.kernel[:, None, None].astype("float32")
    output = np.asarray(keras.ops.conv_transpose(data, kernel, scene.stride, "valid"))[0, :, 0]
    yield check(f"Keras {keras.__version__} returns {array(output)}", output, scene.expected)
    if importlib.util.find_spec("torch"):
        torch = importlib.import_module("torch")
        first, weights = (torch.from_numpy(np.ascontiguousarray(values.T)) for values in (data[0], kernel[:, :, 0]))
        output = torch.nn.functional.conv_transpose1d(first[None], weights[None], stride=scene.stride)
        yield check(f"PyTorch {torch.__version__} agrees", output.numpy()[0, 0], scene.expected)


def _keras_shapes(layer: Layer) -> str:
    import keras

    try:
        network = _keras_network(layer)
    except (AttributeError, ValueError) as refusal:
        return f"  Keras has no such layer: {str(refusal).splitlines()[0]}"
    got = (*network.output_shape[1:], network.count_params())
    what = f"Keras {keras.__version__} has output {shape(got[:-1])} and {got[-1]:,} parameters"
    return check(what, got, (*layer.output_shape, layer.parameters))


def _keras_network(layer: Layer):
    """The layer in Keras, after a ZeroPadding layer if the padding is explicit."""
    import keras

    if layer.kind == "transposed":
        return _transposed_network(layer)
    axes, padding, (prefix, *fields) = len(layer.size), layer.padding, KERAS[layer.kind]
    inputs = outputs = keras.Input((*layer.size, layer.channels))
    if not isinstance(padding, str):
        zeros = getattr(keras.layers, f"ZeroPadding{axes}D")
        outputs, padding = zeros(padding[0] if axes == 1 else padding)(outputs), "valid"
    arguments = {"strides": layer.strides if axes > 1 else layer.strides[0], "padding": padding}
    if layer.kind == "pooling":
        arguments["pool_size"] = layer.kernel_size
    else:
        arguments |= {"kernel_size": layer.kernel_size, "dilation_rate": layer.dilation, "use_bias": layer.bias}
    arguments |= {field: getattr(layer, field) for field in fields}
    return keras.Model(inputs, getattr(keras.layers, f"{prefix}{axes}D")(**arguments)(outputs))


def _transposed_network(layer: Layer):
    import keras

    if layer.groups > 1 or not isinstance(layer.padding, str):
        raise ValueError("a transposed layer in Keras has no groups, and its padding is valid or same")
    build = getattr(keras.layers, f"Conv{len(layer.size)}DTranspose")
    moves = {"strides": layer.strides, "dilation_rate": layer.dilation, "padding": layer.padding}
    inputs = keras.Input((*layer.size, layer.channels))
    return keras.Model(inputs, build(layer.filters, layer.kernel_size, use_bias=layer.bias, **moves)(inputs))
