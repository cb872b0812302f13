"""Predict first, then see: multiple-choice exercises, three or more for each page."""
