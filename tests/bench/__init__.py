"""Ratios of this machine's work, each measured within one run: `make bench` writes docs/benchmarks.md."""
