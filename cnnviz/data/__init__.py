"""Digits, canvases, drawings and photographs as arrays, up to what a network receives."""
