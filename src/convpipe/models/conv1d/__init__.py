"""Networks whose kernels move along one axis, for series; all of them take texts and sound as well."""
