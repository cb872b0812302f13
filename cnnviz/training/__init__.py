"""Training runs: command, launcher, worker process, recipes of the shipped weights."""
