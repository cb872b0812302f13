"""What a measurement is to measure and what it has found, as records and as files."""
