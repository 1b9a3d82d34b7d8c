"""Evaluation of trained classifiers: metrics with intervals, tables, figures, explanations and reports."""
