"""Several trainings in turns on the same batches, and which of them wins."""
