"""Work a convolution by hand, or any layer's shape and cost; draw it; compare it with Keras.

usage: {program} [case=NAME] [layer.KEY=VALUE ...] [compare=true] [pictures=FOLDER]

  case=image           1  Conv2D on three channels of 5 x 5, stride 2, one zero on every side
  case=sentence        2  Conv1D on a sentence, and the same through Conv2D with a height of one
  case=moving_average  3  a kernel of 1/n is the moving average, in one dimension and in three
  case=channels_first  4  a hundred channels under a kernel of size one, in PyTorch's order
  case=dimensions      5  Conv1D, Conv2D and Conv3D on the same number of values
  case=layer           6  a layer of your own (this is what runs where no case is named)
  case=sensor          7  Conv1D on sixteen readings, with a kernel that answers to a rise
  case=all                all of them

  {program} layer.steps=128 layer.channels=6 layer.kernel_size=8 layer.strides=2 layer.filters=64
  {program} layer.dimensions=2 layer.kernel_size=[3,5] layer.padding=valid layer.channels=3
  {program} case=sensor pictures=docs/pictures

run=RUN          a trained run (its folder, or its run_id) instead of a case: shape, cost and receptive field by layer
compare=true     computes the same with Keras, and with PyTorch where it is installed
pictures=FOLDER  writes a still SVG and an animated GIF
page=FILE        writes the page in which you move the kernel yourself, such as docs/convolution.html
every key        {program} --cfg job
"""

from convpipe.cli.start import start


def run(config) -> None:
    """Print the lines of the cases that are asked for; everything else is imported here, after the arguments."""
    from convpipe.config.schema import to_settings
    from convpipe.convolution.settings import ConvolveSettings
    from convpipe.convolution.worked import work

    for line in work(to_settings(config, ConvolveSettings)):
        print(line)


def main() -> None:
    """Run the command on the words of `sys.argv`."""
    schemas = {"convolve_settings": "convpipe.convolution.settings:ConvolveSettings"}
    start(run, config_name="convolve", schemas=schemas, page=__doc__)
