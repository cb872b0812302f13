"""Common optimizations of training and inference, and a trial that measures each."""
