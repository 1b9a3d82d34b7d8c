"""Work a convolution by hand, or any layer's shape and cost; draw it; compare it with Keras."""

from convpipe.command_line import start


def main(config):
    """Print the lines of the cases that are asked for; everything else is imported here, after the arguments."""
    from convpipe.convolution.settings import ConvolveSettings
    from convpipe.convolution.worked import work
    from convpipe.settings import to_settings

    for line in work(to_settings(config, ConvolveSettings)):
        print(line)


if __name__ == "__main__":
    start(main, config_name="convolve")
