"""Convolutions as numbers: sizes, parameters, multiply-adds and bytes of one and of blocks."""
