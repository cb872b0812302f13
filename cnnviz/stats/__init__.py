"""Confidence intervals, significance tests and orderings of plain numbers."""
