"""Ten questions of beginners, each with a short answer and a state of the lesson page that shows it."""

from typing import NamedTuple


class Question(NamedTuple):
    """A question; `name` and `state` form the address, `see` describes the evidence on the page."""

    name: str
    question: str
    answer: str
    see: str
    state: str

    @property
    def fragment(self) -> str:
        """The part of the address after the #."""
        return f"{self.state}&question={self.name}"


QUESTIONS = (
    Question(
        "channel",
        "What is a channel of a sentence?",
        "One of the numbers that describe each word: a word with an embedding of three numbers has three channels.",
        "Each column is a word, each row a channel.",
        "example=sentence",
    ),
    Question(
        "shorter",
        "Why is the output shorter than the input?",
        "The kernel must fit inside the input: a kernel of three readings fits at 14 positions in 16 readings.",
        "The kernel is at the last position where it fits.",
        "example=sensor&position=13",
    ),
    Question(
        "stride",
        "What does a stride of two skip?",
        "Every second position of the kernel, so the output has half as many values.",
        "The dots in the output are the skipped positions.",
        "example=sensor&stride=2&position=2",
    ),
    Question(
        "same",
        "What is “same” padding?",
        "Zeros at both ends that make the output as long as the input (at a stride of one).",
        "The dashed cells are the zeros; the kernel reads the first one.",
        "example=sensor&padding=same&position=0",
    ),
    Question(
        "axes",
        "Why does a Conv1D kernel have two axes of weights?",
        "One axis is the kernel size, along which the kernel moves; the other is the channels, which it always spans.",
        "The orange kernel has two columns, one for each word, and three rows, one for each channel.",
        "example=sentence&position=1",
    ),
    Question(
        "image",
        "How can a Conv1D read an image?",
        "Its rows become the steps, its columns the channels: the kernel is as wide as the image and moves down only.",
        "The blue band covers whole rows, so it can only move up and down.",
        "example=rows&position=1",
    ),
    Question(
        "twin",
        "Is a Conv1D a Conv2D of height one?",
        "Yes: with a height of one in input and kernel, the weights, the products and the results are the same.",
        "Move the kernel: both layers give the same sum at every position.",
        "example=twin&position=1",
    ),
    Question(
        "spectrogram",
        "Which layer fits a spectrogram?",
        "Conv1D if a pattern has fixed frequencies; Conv2D if the same pattern may occur higher or lower.",
        "At this high tone the Conv2D gives 27 and the Conv1D 0.",
        "example=spectrogram&position=6",
    ),
    Question(
        "dilation",
        "What is dilation good for?",
        "A larger receptive field with as many weights: three layers of three weights see 15 readings instead of 7.",
        "The layers have dilations of 1, 2 and 4.",
        "example=stack&dilation=2&position=1",
    ),
    Question(
        "cost",
        "What does a layer cost?",
        "Kernel size × channels × filters weights, plus one bias per filter; every position uses each weight once.",
        "Eight filters: 216 weights, nine positions, 1,944 multiply-adds.",
        "example=image&filters=8",
    ),
)
