"""Blocks of the report, and their rendering as HTML and Markdown."""
