"""Page Race."""
