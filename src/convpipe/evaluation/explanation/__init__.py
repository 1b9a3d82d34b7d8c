"""Explanations of predictions: the contribution of each position of a sample to each class.

`explain` is the entry point; `explainer.py` selects the method for a network.
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
