"""Confidence intervals, tests and orderings of plain numbers, independent of networks."""
