"""Networks whose kernels move along one axis: for series, and also for texts and sound."""
