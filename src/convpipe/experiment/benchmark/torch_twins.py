"""The networks of the suite `training` as PyTorch modules, with the same layers and the same number of parameters.

Series enter as (batch, steps, channels), as in the rest of the package, and are transposed to PyTorch's order.
"""

import torch
from torch import nn
from torch.nn import functional

from convpipe.errors import ConfigError
from convpipe.input_spec import InputSpec


def twin_of(model: str, spec: InputSpec) -> nn.Module:
    """Return the PyTorch counterpart of a model with default settings.

    Raises:
        ConfigError: the model has no counterpart.
    """
    if model == "fcn":
        return Fcn(spec)
    if model == "inception_time":
        return InceptionTime(spec)
    if model == "text_cnn":
        return TextCnn(spec)
    raise ConfigError(f"{model} has no counterpart in PyTorch", key="models", value=model)


def normalized(channels: int) -> nn.BatchNorm1d:
    """Batch normalization with the constants of Keras."""
    return nn.BatchNorm1d(channels, eps=1e-3, momentum=0.01)


class Fcn(nn.Module):
    """Three blocks of convolution, batch normalization and ReLU; global average pooling; a linear layer."""

    def __init__(self, spec: InputSpec):
        super().__init__()
        blocks, channels = [], spec.channels
        for filters, kernel_size in ((128, 8), (256, 5), (128, 3)):
            convolution = nn.Conv1d(channels, filters, kernel_size, padding="same")
            blocks += [convolution, normalized(filters), nn.ReLU()]
            channels = filters
        self.blocks, self.logits = nn.Sequential(*blocks), nn.Linear(channels, spec.classes)

    def forward(self, series):
        return self.logits(self.blocks(series.transpose(1, 2)).mean(dim=2))


class Inception(nn.Module):
    """One module: a bottleneck, three kernel sizes, and max pooling with a convolution of kernel size 1."""

    def __init__(self, channels: int, filters: int = 32):
        super().__init__()

        def convolution(inputs: int, kernel_size: int):
            return nn.Conv1d(inputs, filters, kernel_size, padding="same", bias=False)

        self.bottleneck = convolution(channels, 1) if channels > 1 else nn.Identity()
        narrow = filters if channels > 1 else channels
        self.branches = nn.ModuleList(convolution(narrow, size) for size in (40, 20, 10))
        self.pooled = nn.Sequential(nn.MaxPool1d(3, stride=1, padding=1), convolution(channels, 1))
        self.normalization = normalized(4 * filters)

    def forward(self, series):
        narrow = self.bottleneck(series)
        outputs = [branch(narrow) for branch in self.branches]
        return functional.relu(self.normalization(torch.cat([*outputs, self.pooled(series)], dim=1)))


class InceptionTime(nn.Module):
    """Six inception modules, a shortcut around every three of them; global average pooling; a linear layer."""

    def __init__(self, spec: InputSpec, filters: int = 32, depth: int = 6):
        super().__init__()
        width = 4 * filters
        widths = [spec.channels] + [width] * (depth - 1)
        self.modules_in_order = nn.ModuleList(Inception(channels, filters) for channels in widths)
        self.shortcuts = nn.ModuleList(
            nn.Sequential(nn.Conv1d(channels, width, 1, bias=False), normalized(width)) for channels in widths[::3]
        )
        self.logits = nn.Linear(width, spec.classes)

    def forward(self, series):
        outputs = residual = series.transpose(1, 2)
        for number, module in enumerate(self.modules_in_order, 1):
            outputs = module(outputs)
            if number % 3 == 0:
                outputs = functional.relu(outputs + self.shortcuts[number // 3 - 1](residual))
                residual = outputs
        return self.logits(outputs.mean(dim=2))


class TextCnn(nn.Module):
    """Token vectors, three parallel kernel sizes, global max pooling, dropout, a linear layer."""

    def __init__(self, spec: InputSpec, filters: int = 100):
        super().__init__()
        if spec.tokens is None:
            raise ConfigError("text_cnn takes token ids", key="models", value="text_cnn")
        self.vectors = nn.Embedding(spec.tokens.count, spec.tokens.dim, padding_idx=0)
        self.kernels = nn.ModuleList(nn.Conv1d(spec.tokens.dim, filters, size, padding="same") for size in (3, 4, 5))
        self.dropout, self.logits = nn.Dropout(0.5), nn.Linear(3 * filters, spec.classes)

    def forward(self, tokens):
        vectors = self.vectors(tokens).transpose(1, 2)
        maxima = [functional.relu(kernel(vectors)).amax(dim=2) for kernel in self.kernels]
        return self.logits(self.dropout(torch.cat(maxima, dim=1)))
