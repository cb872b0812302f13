"""How well networks predict: agreement, calibration, robustness, and the F1 of detectors."""
