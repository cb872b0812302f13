"""Page Why this answer."""
