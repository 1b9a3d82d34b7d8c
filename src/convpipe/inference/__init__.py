"""Trained classifiers: prediction, storage, serving."""
