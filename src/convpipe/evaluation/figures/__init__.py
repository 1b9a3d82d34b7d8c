"""Figures of a run, a module for each modality.

`figures(dataset, subset, predictions, classifier, context)` of such a module gives, by file name without suffix, what
is to be seen of the samples themselves: matplotlib figures (kept as PNG) or the text of HTML pages. Each shows its
context: dataset, model, seed and part.
"""
