"""Networks whose kernels are fixed and not trained."""
