"""Training runs on disk: folder, lock, log, checkpoints, and their trained networks."""
