"""Sweeps: many runs, each in its own process, and their table."""
