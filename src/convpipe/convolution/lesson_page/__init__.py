"""The lesson page, in which the reader moves the kernel."""
