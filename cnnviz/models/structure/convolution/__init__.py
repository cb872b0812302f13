"""Convolutions as numbers: sizes, parameters, MACs and bytes of one and of blocks."""
