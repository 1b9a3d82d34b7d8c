"""Runs, their records, sweeps, comparisons and benchmarks."""
