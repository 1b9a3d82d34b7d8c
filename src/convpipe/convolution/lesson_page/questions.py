"""Ten questions, each with a short answer and a state of the lesson page that shows the answer."""

from typing import NamedTuple


class Question(NamedTuple):
    """A question; `name` and `state` form the address, `see` describes where the page shows the answer."""

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
        "The kernel must fit inside the input: a kernel of size three fits at 14 positions of 16 readings.",
        "The kernel is at the last position where it fits.",
        "example=sensor&position=13",
    ),
    Question(
        "stride",
        "What does a stride of two skip?",
        "It skips every second position of the kernel, so the output has half as many values.",
        "The dots in the output are the skipped positions.",
        "example=sensor&stride=2&position=2",
    ),
    Question(
        "same",
        "What is “same” padding?",
        "Zeros at both ends, so that the output is as long as the input if the stride is one.",
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
        "The rows are the steps, the columns the channels: the kernel is as wide as the image and only moves down.",
        "The blue window covers whole rows, so it can only move up and down.",
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
        "Conv1D if a pattern always has the same frequencies; Conv2D if it can occur at higher or lower frequencies.",
        "At this high tone, the output of the Conv2D is 27 and the output of the Conv1D is 0.",
        "example=spectrogram&position=6",
    ),
    Question(
        "dilation",
        "What is dilation for?",
        "It increases the receptive field without more weights: three layers of kernel size 3 see 15 readings, not 7.",
        "The layers have the dilations 1, 2 and 4.",
        "example=stack&dilation=2&position=1",
    ),
    Question(
        "cost",
        "What does a layer cost?",
        "It has kernel size × channels × filters weights and one bias per filter; each output uses every weight once.",
        "Eight filters have 216 weights; at nine positions, this is 1,944 multiply-adds.",
        "example=image&filters=8",
    ),
)
