"""Page Time machine."""
