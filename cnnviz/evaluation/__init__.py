"""How well networks answer: agreement, calibration, robustness, detection score."""
