"""Sweeps: many runs, a process each, and their table."""
