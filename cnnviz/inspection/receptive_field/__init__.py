"""Receptive fields: exact, by interval arithmetic, and effective, by gradient."""
