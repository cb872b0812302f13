"""Races: several trainings on the same batches in fair time slices, and the verdict."""
