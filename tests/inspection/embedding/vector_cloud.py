"""Random vectors to embed."""

import torch


def cloud(count: int, size: int, seed: int = 0) -> torch.Tensor:
    """Vectors that spread unevenly, far from the origin."""
    generator = torch.Generator().manual_seed(seed)
    spread = torch.linspace(3, 0.5, size)
    return torch.randn(count, size, generator=generator) * spread + 7
