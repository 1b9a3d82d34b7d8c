"""Serving a classifier by MLflow: the model that MLflow loads stands in `model.py`."""
