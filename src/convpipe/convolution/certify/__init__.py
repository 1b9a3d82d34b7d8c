"""The receptive field, checked on the weights of a trained network."""
