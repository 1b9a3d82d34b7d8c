"""Networks whose kernels move along two axes, for images and spectrograms."""
