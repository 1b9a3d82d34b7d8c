"""Trained classifiers: prediction, storage, serving, export."""
