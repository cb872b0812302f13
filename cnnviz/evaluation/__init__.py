"""How well networks predict: agreement, calibration, robustness, and the score of detectors."""
