"""The parts of an example of the lesson page, and how the page stores them."""

from dataclasses import dataclass, field

import numpy as np

BIASES = (0, 1, -1, 2, -2, 1, 0, 3)


@dataclass(frozen=True)
class Part:
    """One sample and its kernels.

    A smaller kernel is the first part of the largest one; fewer channels or filters are the first ones.

    Args:
        data: (*size, channels), the sample.
        kernel: (*largest_kernel_size, channels, filters), or None for equal weights with sum one.
        view: how the page draws it: line, rows or columns (a series as an image, steps down or across), plane or block.
        fixed: for each axis, a kernel size that no control changes (stride 1, no padding), or None.
        labels: one word per position of the first axis.
        channel_names: one name per channel.
        steps, channel: names of positions and of channels.
        bias: (filters,).
    """

    data: np.ndarray
    kernel: np.ndarray | None
    view: str
    fixed: tuple = ()
    labels: tuple[str, ...] = ()
    channel_names: tuple[str, ...] = ()
    steps: str = "steps"
    channel: str = "channels"
    bias: tuple[int, ...] = BIASES

    def page(self) -> dict:
        """Return the part as the page stores it: with flat arrays, last axis fastest."""
        axes = self.data.ndim - 1
        return {
            "dimensions": axes,
            "sizes": list(self.data.shape[:-1]),
            "stored": self.data.shape[-1],
            "data": self.data.ravel().tolist(),
            "kernel": None if self.kernel is None else self.kernel.ravel().tolist(),
            "largest": None if self.kernel is None else list(self.kernel.shape[:-2]),
            "filters": 1 if self.kernel is None else self.kernel.shape[-1],
            "bias": list(self.bias),
            "fixed": list(self.fixed or (None,) * axes),
            "view": self.view,
            "labels": list(self.labels),
            "names": list(self.channel_names),
            "steps": self.steps,
            "channel": self.channel,
        }


@dataclass(frozen=True)
class Example:
    """One entry of the row "Start from".

    Args:
        name, layer: the two lines of its button.
        text: short description.
        moves: sentences on the axes along which the kernel moves, and on the channels.
        parts: one sample, two whose kernels move together (`pair`), or one per layer to select (`choose`).
        defaults: initial settings that differ from the common defaults.
        controls: setting that can be changed -> its bounds or choices.
        kind: single, pair, stack or choose.
    """

    name: str
    layer: str
    text: str
    moves: tuple[str, ...]
    parts: tuple[Part, ...]
    defaults: dict = field(default_factory=dict)
    controls: dict = field(default_factory=dict)
    kind: str = "single"

    def page(self) -> dict:
        """Return the example as the page stores it."""
        settings = {
            "kernel": 3,
            "stride": 1,
            "dilation": 1,
            "padding": "valid",
            "channels": self.parts[0].data.shape[-1],
        }
        settings |= {"filters": 1, "position": 0, "filter": 1, "layers": 1, "layer": 1, "level": 1}
        return {
            "name": self.name,
            "layer": self.layer,
            "text": self.text,
            "moves": list(self.moves),
            "kind": self.kind,
            "parts": [part.page() for part in self.parts],
            "defaults": settings | self.defaults,
            "controls": self.controls,
        }
