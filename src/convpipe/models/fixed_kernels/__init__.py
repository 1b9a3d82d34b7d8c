"""Networks with fixed kernels, which are not trained."""
