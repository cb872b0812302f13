"""Page Filters and channels."""
