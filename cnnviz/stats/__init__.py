"""Confidence intervals, tests and orderings of plain numbers; no network or digit is known here."""
