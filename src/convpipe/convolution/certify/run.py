"""Report the certified receptive fields of a trained run on a terminal of 80 columns."""

from collections.abc import Callable, Iterator
from textwrap import wrap

from convpipe.convolution.by_hand import table, times
from convpipe.convolution.certify.layers import Certificate, CertifiedLayer, certify
from convpipe.cost.model_cost import Row
from convpipe.inference.locate import classifier_folder

WIDTH = 80
#: Modality -> name of a position; frames and bands of spectrograms are "positions".
UNITS = {"series": "steps", "sound": "steps", "text": "tokens", "image": "pixels", "volume": "voxels"}


def certified_lines(run: str) -> Iterator[str]:
    """Certify the receptive fields of a trained run; networks of an ensemble with the same layers are certified once.

    Args:
        run: folder or run_id.

    Raises:
        ConvpipeError: the run does not exist, or its classifier cannot be read.
        ReceptiveFieldError: a receptive field is wrong.
    """
    folder = classifier_folder(run)
    from convpipe.backend import start_backend

    start_backend()
    from convpipe.inference.classifier import Classifier

    classifier = Classifier.load(folder)
    preprocessing, reported = classifier.preprocessing, []
    rate = classifier.sampling_rate or getattr(preprocessing, "sampling_rate", None)
    for network in classifier.networks:
        certificate = certify(network, preprocessing.input_shape)
        if certificate.cost.rows in reported:
            continue
        reported.append(certificate.cost.rows)
        unit = UNITS.get(preprocessing.modality, "positions")
        yield from lines(certificate, preprocessing.input_shape, unit, _seconds(network, rate))


def lines(
    certificate: Certificate, shape: tuple[int, ...], unit: str, seconds: Callable[[int], float] | None = None
) -> Iterator[str]:
    """Yield a table of the layers that move a kernel, and a summary of the checks.

    Args:
        certificate: certificate of a network.
        shape: shape of a sample.
        unit: name of its positions.
        seconds: converts a number of positions to seconds; None if the sampling rate is unknown.
    """
    yield f"Receptive fields checked on a sample of shape {shape}"
    if not certificate.layers:
        yield "  no layer has a known receptive field, so nothing is certified"
        return
    shown = [layer for layer in certificate.layers if layer.row.multiply_adds or "Pooling" in layer.row.kind]
    head = ("layer", "field", *(["seconds"] if seconds else []), "changes", "reach", "edges")
    rows = [head, *(_cells(layer, seconds) for layer in shown)]
    others = sum(max(map(len, column)) + 2 for column in list(zip(*rows, strict=True))[1:])
    yield from table([(_shortened(row[0], WIDTH - 2 - others), *row[1:]) for row in rows], "<" + ">" * (len(head) - 1))
    for sentence in _sentences(certificate, shape, unit, seconds):
        yield from wrap(sentence, WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)


def _cells(layer: CertifiedLayer, seconds: Callable[[int], float] | None) -> tuple[str, ...]:
    field = layer.row.receptive_field or ()
    edges = f"{sum(layer.edges)}/{2 * len(layer.edges)}"
    duration = [f"{seconds(field[0]):.3g}"] if seconds else []
    return layer.row.name, times(field), *duration, f"{layer.share:.0%}", times(layer.reach), edges


def _shortened(name: str, width: int) -> str:
    """Cut the middle out of a name that is longer than `width`.

    >>> _shortened("stage_1_block_2_convolution", 15)
    'stage_...lution'
    """
    return name if len(name) <= width else f"{name[: width - 9]}...{name[-6:]}"


def _sentences(
    certificate: Certificate, shape: tuple[int, ...], unit: str, seconds: Callable[[int], float] | None
) -> Iterator[str]:
    layers = certificate.layers
    tested = "every position" if certificate.every_position else "some positions, including the edges"
    yield (
        f"outside: in {certificate.copies} changed copies of the sample, no change outside a field changed a bit of an "
        f"output in any of {len(layers)} layers"
    )
    yield (
        f"changes: share of the positions in the field of one output that change it, one by one ({tested}); reach: "
        "positions from the first to the last of them; a ReLU or a maximum hides some, and the sample may be shorter "
        "than the field"
    )
    short = sum(sum(layer.edges) < 2 * len(layer.edges) for layer in layers)
    plural = "s" * (short != 1)
    missing = f"; edges of {short} layer{plural} are outside any sample that the network accepts" if short else ""
    yield f"edges: with positive random weights, each edge of a field changes its output{missing}"
    if certificate.unknown:
        unknown = ", ".join(certificate.unknown)
        yield f"not certified, because their field covers all positions or is unknown: {unknown}"
    widest = max((layer.row for layer in layers), key=lambda row: row.receptive_field or ())
    assert widest.field is not None, "only layers with a field are certified"
    counted = unit if widest.field.origin == shape[: len(widest.field.origin)] else "positions"
    yield from _short_field(widest, counted, seconds)


def _short_field(row: Row, unit: str, seconds: Callable[[int], float] | None) -> Iterator[str]:
    """Yield a warning if the widest field is shorter than the sample."""
    field, sizes = row.receptive_field or (), row.field.origin if row.field else ()
    if not any(seen < size for seen, size in zip(field, sizes, strict=True)):
        return
    if seconds:
        covered = f"{seconds(field[0]):.3g} s of samples of {seconds(sizes[0]):.3g} s"
    else:
        covered = f"{times(field)} of {times(sizes)} {unit}"
    yield f"warning: receptive field of the last feature map: {covered}"


def _seconds(network, rate: float | None) -> Callable[[int], float] | None:
    """Return a function from a number of positions (steps, or frames of a spectrogram in the network) to seconds."""
    if rate is None:
        return None
    frames = next((layer for layer in network.layers if hasattr(layer, "hop_length")), None)
    if frames is None:
        return lambda positions: positions / rate
    return lambda positions: ((positions - 1) * frames.hop_length + frames.frame_length) / rate
