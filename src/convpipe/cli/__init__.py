"""Commands: how they start, their help, and errors in one line."""
