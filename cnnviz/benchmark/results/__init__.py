"""Measurement plans and results, as records and as files."""
