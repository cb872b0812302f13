"""Edits of weights and channels, feature visualization, and gradients in deep stacks."""
