"""The networks at MNIST scale, one family per module."""
