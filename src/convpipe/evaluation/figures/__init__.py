"""Figures of a run, one module for each modality.

`figures(dataset, subset, predictions, classifier, context)` of each module returns the figures of the samples by file
name without suffix: matplotlib figures (written as PNG) or HTML pages as str. Each figure shows its context: dataset,
model, seed and part.
"""
