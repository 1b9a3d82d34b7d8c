"""The commands, their start, their help pages, and one-line errors."""
