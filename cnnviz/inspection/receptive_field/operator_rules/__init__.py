"""How each PyTorch operator maps the intervals of its inputs to those of its outputs."""
