"""Common inference optimizations, and a trial of each."""
