"""A deep network on the waveform of sound."""

from dataclasses import dataclass

from convpipe import InputSpec, ModelSettings, register_model, setting
from convpipe.models import layers
from convpipe.models.blocks import averaged_head, convolution


@dataclass
class M5Settings(ModelSettings):
    """A deep network on the waveform; the default is small."""

    name: str = "m5"
    filters: list[int] = setting([32, 32, 64, 64], "filters of each convolution", low=1, high=4096)
    kernel_size: int = setting(80, "kernel size of the first convolution in steps", low=1, high=1024)
    strides: int = setting(4, "stride of the first convolution in steps", low=1, high=64)
    dropout: float = setting(0.0, "fraction of features dropped before the output", low=0.0, high=0.95)


@register_model(M5Settings)
def build_m5(settings: M5Settings, spec: InputSpec):
    """M5 (Dai, Dai, Qu, Li and Das 2017, "Very deep convolutional neural networks for raw waveforms", table 1): a
    first kernel long enough to be a band-pass filter, then kernels of three steps, max pooling of four steps before
    each of these, and the average over time. The paper uses 128, 128, 256 and 512 filters."""
    inputs, outputs = layers.build_input(spec)
    for number, filters in enumerate(settings.filters, 1):
        name, first = f"layer_{number}", number == 1
        kernel_size, strides = (settings.kernel_size, settings.strides) if first else (3, 1)
        if not first:
            outputs = layers.MaxPooling1D(4, name=f"{name}_pooling")(outputs)
        outputs = convolution(outputs, filters, kernel_size, name, strides=strides)
    return averaged_head(inputs, outputs, spec, settings)
