"""Check receptive fields on the weights of a trained network."""
