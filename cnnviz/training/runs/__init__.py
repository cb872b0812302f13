"""A training run on disk: folder, lock, log, checkpoints, and the networks it leaves."""
