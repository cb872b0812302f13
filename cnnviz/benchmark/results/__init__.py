"""Plans and results of measurements, in memory and on disk."""
