"""Compute a convolution step by step, draw it, and compare it with Keras.

usage: {program} [case=NAME] [layer.KEY=VALUE ...] [...]

  case=image           1  Conv2D on three channels of 5 x 5, stride 2, padding 1
  case=sentence        2  Conv1D on a sentence, and the same as Conv2D
  case=moving_average  3  a kernel of 1/n is the moving average, in 1D and in 3D
  case=channels_first  4  channels first, as in PyTorch: size one, 100 channels
  case=dimensions      5  Conv1D, Conv2D and Conv3D on the same number of values
  case=layer           6  your own layer (the default case)
  case=sensor          7  Conv1D on sixteen readings; the kernel detects rises
  case=stride          8  stride 1 and 2 on the same ten values
  case=dilation        9  dilation 1, 2 and 4 on the same ten values
  case=padding         10 padding valid, same and causal on the same ten values
  case=transposed      11 Conv1DTranspose: three values become seven
  case=as_conv2d       12 one kernel as Conv1D, and as Conv2D of height one
  case=groups          13 four channels in two groups
  case=depthwise       14 a separate kernel for each channel
  case=separable       15 depthwise, then a kernel of size one over channels
  case=all                all of them

  {program} layer.steps=128 layer.kernel_size=8 layer.strides=2
  {program} layer.dimensions=2 'layer.kernel_size=[3,5]'
  {program} layer.kind=transposed layer.strides=2
  {program} case=sensor pictures=docs/pictures

layer.kind=KIND  convolution, transposed, depthwise, separable or pooling
run=RUN          instead of a case: a trained run (its folder or run_id), with
                 shape, cost and receptive field of each layer
certify=true     with run=RUN: checks, by changing the input, that each layer
                 depends on its receptive field and on nothing else
compare=true     computes the same with Keras, and with PyTorch if installed
pictures=FOLDER  writes an SVG image and an animated GIF
page=FILE        writes an interactive page with a movable kernel, like
                 docs/convolution.html; with run=RUN: the network of the run on
                 samples of its test part (sample=40 selects one, from 0)
all keys         {program} --cfg job
"""

import sys

from convpipe.cli.start import start


def run(config) -> None:
    """Print the requested cases. Imports follow the arguments."""
    from convpipe.config.schema import to_settings
    from convpipe.convolution.certify.layers import ReceptiveFieldError
    from convpipe.convolution.settings import ConvolveSettings
    from convpipe.convolution.terminal import print_lines
    from convpipe.convolution.worked import work

    try:
        print_lines(work(to_settings(config, ConvolveSettings)))
    except ReceptiveFieldError as error:
        sys.exit(f"error: {error}")


def main() -> None:
    """Run the command on `sys.argv`."""
    schemas = {"convolve_settings": "convpipe.convolution.settings:ConvolveSettings"}
    start(run, config_name="convolve", schemas=schemas, page=__doc__)
