"""Preparation of raw samples: fitted on the training part only, and kept with the classifier."""
