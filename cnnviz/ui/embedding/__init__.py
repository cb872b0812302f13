"""Page Embedding."""
