"""Ten questions of beginners, each with one sentence and the state of the lesson page in which the answer is seen."""

from typing import NamedTuple


class Question(NamedTuple):
    """A question: `name` and `state` make the address, `see` says where to look on the page."""

    name: str
    question: str
    answer: str
    see: str
    state: str

    @property
    def fragment(self) -> str:
        """What follows the # in the address."""
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
        "The kernel must fit inside the input: a kernel of three readings fits at 14 places among 16.",
        "The kernel stands at the last place where it fits.",
        "example=sensor&position=13",
    ),
    Question(
        "stride",
        "What does a stride of two skip?",
        "Every second place of the kernel, so the output has half as many values.",
        "The dots in the output are the places skipped.",
        "example=sensor&stride=2&position=2",
    ),
    Question(
        "same",
        "What is “same” padding?",
        "Zeros at both ends, as many as make the output as long as the input (at a stride of one).",
        "The dashed cells are the zeros; the kernel reads the first one.",
        "example=sensor&padding=same&position=0",
    ),
    Question(
        "axes",
        "Why has a Conv1D kernel two axes of weights?",
        "One axis is the kernel size, along which it moves; the other is the channels, which it always spans.",
        "The orange kernel has two columns, one for each word, and three rows, one for each channel.",
        "example=sentence&position=1",
    ),
    Question(
        "image",
        "How can an image enter a Conv1D?",
        "Its rows become the steps, its columns the channels: the kernel is as wide as the image and moves down only.",
        "The blue band covers whole rows; move it and it can only go down.",
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
        "Which layer for a spectrogram?",
        "Conv1D if a pattern belongs to fixed frequencies; Conv2D if the same pattern may come higher or lower.",
        "At this high tone the Conv2D gives 27 and the Conv1D 0.",
        "example=spectrogram&position=6",
    ),
    Question(
        "dilation",
        "What does dilation buy?",
        "A wider receptive field for the same weights: three layers of three weights see 15 readings instead of 7.",
        "The kernels of the layers have gaps of 1, 2 and 4.",
        "example=stack&dilation=2&position=1",
    ),
    Question(
        "cost",
        "What does a layer cost?",
        "Kernel size × channels × filters weights, plus a bias for each filter; every position uses each weight once.",
        "Eight filters: 216 weights, nine positions, 1,944 multiply-adds.",
        "example=image&filters=8",
    ),
)
