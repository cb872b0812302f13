"""Digits as points: layer outputs as vectors, their principal components, neighbors and maps."""
