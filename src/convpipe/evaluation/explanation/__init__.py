"""Why a classifier predicts a class: what each position of a sample adds to each class.

`explain` is the entry; `explainer.py` says which method is taken for which network.
"""

from convpipe.evaluation.explanation.explainer import class_index, explain
from convpipe.evaluation.explanation.occlusion import pieces
from convpipe.evaluation.explanation.result import Axis, Explanation, KernelShare, Spectrogram
from convpipe.evaluation.explanation.texts import KernelMaxima, Winner, kernel_maxima, text_preprocessing

__all__ = [
    "Axis",
    "Explanation",
    "KernelMaxima",
    "KernelShare",
    "Spectrogram",
    "Winner",
    "class_index",
    "explain",
    "kernel_maxima",
    "pieces",
    "text_preprocessing",
]
