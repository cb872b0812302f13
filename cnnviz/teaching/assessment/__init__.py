"""A short test before and after a lesson: its questions, its anonymous log, and the gain."""
