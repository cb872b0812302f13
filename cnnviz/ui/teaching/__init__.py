"""Exercises on the pages."""
