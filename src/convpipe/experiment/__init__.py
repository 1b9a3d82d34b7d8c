"""Runs, their records, sweeps and comparisons."""
