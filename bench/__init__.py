"""Benchmarks: one script per question that a figure answers; ``python -m bench`` asks them all."""
