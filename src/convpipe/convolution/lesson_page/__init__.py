"""The lesson page: an interactive page on which you move the kernel."""
