"""Layer outputs, recorded for one image or for many."""
