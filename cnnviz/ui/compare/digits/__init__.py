"""Page Compare: the views that depend on digits."""
