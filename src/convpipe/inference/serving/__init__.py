"""Serving a classifier with MLflow, which loads the model in `model.py`."""
