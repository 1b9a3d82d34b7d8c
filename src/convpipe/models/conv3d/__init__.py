"""Networks whose kernels move along three axes, for volumes."""
