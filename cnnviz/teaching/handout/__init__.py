"""A page to hand in: one HTML file with a digit, its maps, one unit worked out, and answers."""
