"""T2T-ViT: overlapping patches are merged into tokens step by step before the transformer."""

import torch
import torch.nn.functional as F
from timm.models.vision_transformer import Block
from torch import Tensor, nn

from cnnviz.models.architectures.initialization import xavier_linear

_Split = tuple[int, int, int]  # kernel, stride, padding of one soft split


class TokenTransformer(nn.Module):
    """The tokens-to-token transformer layer: single-head attention that changes the width.

    With y = softmax(q kᵀ / √d) v of the layer-normed tokens its output is z + mlp(norm(z)), where
    z = v + proj(y): since the width changes, v takes the place of the tokens in the residual sum.

    Args:
        channels: of the input tokens.
        width: d, of the output tokens.
    """

    def __init__(self, channels: int, width: int) -> None:
        """Build attention, perceptron and their layer norms."""
        super().__init__()
        self.norm1 = nn.LayerNorm(channels)
        self.qkv = nn.Linear(channels, 3 * width, bias=False)
        self.proj = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, width))

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, T, width) for tokens (N, T, channels)."""
        q, k, v = self.qkv(self.norm1(x)).unsqueeze(1).chunk(3, dim=-1)  # (N, 1, T, width) each
        attended = F.scaled_dot_product_attention(q, k, v)  # (N, 1, T, width)
        x = (v + self.proj(attended)).squeeze(1)  # (N, T, width)
        tokens: Tensor = x + self.mlp(self.norm2(x))
        return tokens


class T2TViT(nn.Module):
    """Tokens-to-Token Vision Transformer.

    Written from the paper. A soft split unfolds overlapping patches into tokens; between two soft
    splits the tokens attend to each other and are arranged as an image again. A plain transformer
    with a class token and fixed sinusoidal positions follows.

    Args:
        size: side of the square input in pixels.
        channels: of the input.
        classes: number of logits.
        token_width: channels of the tokens between the splits.
        splits: kernel, stride and padding of each soft split, in pixels.
        width, depth, heads: channels of a token, blocks, and heads per block of the transformer.
        mlp_ratio: hidden units of its perceptrons divided by `width`.

    Reference:
        Yuan et al. 2021, "Tokens-to-Token ViT: Training Vision Transformers from Scratch on
        ImageNet", https://arxiv.org/abs/2101.11986, section 3 and table 2
    """

    positions: Tensor

    def __init__(
        self,
        *,
        size: int,
        channels: int,
        classes: int,
        token_width: int,
        splits: tuple[_Split, ...],
        width: int,
        depth: int,
        heads: int,
        mlp_ratio: float,
    ) -> None:
        """Build the network."""
        super().__init__()
        self.splits, self.sides = splits, []
        self.token_attention = nn.ModuleList()
        for kernel, stride, padding in splits:
            size = (size + 2 * padding - kernel) // stride + 1
            self.sides.append(size)
            unfolded = channels * kernel * kernel
            if len(self.sides) < len(splits):
                self.token_attention.append(TokenTransformer(unfolded, token_width))
                channels = token_width
        self.project = nn.Linear(unfolded, width)
        self.class_token = nn.Parameter(torch.zeros(1, 1, width))
        self.register_buffer("positions", sinusoidal_positions(size * size + 1, width)[None])
        self.blocks = nn.Sequential(*[Block(width, heads, mlp_ratio) for _ in range(depth)])
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, classes)
        nn.init.trunc_normal_(self.class_token, std=0.02)
        xavier_linear(self)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (N, classes) for images (N, channels, size, size)."""
        *early, last = zip(self.splits, self.sides, strict=True)
        for (split, side), attention in zip(early, self.token_attention, strict=True):
            tokens = attention(soft_split(x, split))  # (N, side², token_width)
            x = tokens.transpose(1, 2).unflatten(2, (side, side))  # (N, token_width, side, side)
        tokens = self.project(soft_split(x, last[0]))  # (N, T, width)
        class_token = self.class_token.expand(len(x), -1, -1)  # (N, 1, width)
        tokens = torch.cat([class_token, tokens], dim=1)  # (N, 1 + T, width)
        tokens = self.blocks(tokens + self.positions)
        logits: Tensor = self.head(self.norm(tokens)[:, 0])
        return logits


def soft_split(x: Tensor, split: _Split) -> Tensor:
    """Return overlapping patches of images (N, C, H, W) as tokens (N, T, C * kernel²)."""
    kernel, stride, padding = split
    return F.unfold(x, kernel, padding=padding, stride=stride).transpose(1, 2)


def sinusoidal_positions(count: int, width: int) -> Tensor:
    """Return fixed position encodings (count, width): sine and cosine at falling frequencies.

    Reference:
        Vaswani et al. 2017, "Attention Is All You Need", https://arxiv.org/abs/1706.03762,
        section 3.5
    """
    frequency = 10_000 ** (-2 * (torch.arange(width) // 2) / width)  # (width,)
    angle = torch.arange(count)[:, None] * frequency  # (count, width)
    return torch.where(torch.arange(width) % 2 == 0, angle.sin(), angle.cos())


def t2t_vit() -> T2TViT:
    """Return a narrow T2T-ViT for (N, 1, 28, 28) inputs.

    Soft splits of stride 2, 2 and 1 in place of 4, 2 and 2 leave 14x14, 7x7 and 7x7 tokens.
    """
    return T2TViT(
        size=28,
        channels=1,
        classes=10,
        token_width=16,
        splits=((3, 2, 1), (3, 2, 1), (3, 1, 1)),
        width=64,
        depth=4,
        heads=4,
        mlp_ratio=2.0,
    )


def t2t_vit_14() -> T2TViT:
    """Return T2T-ViT_t-14 for (N, 3, 224, 224) inputs: 21.5 million parameters."""
    return T2TViT(
        size=224,
        channels=3,
        classes=1000,
        token_width=64,
        splits=((7, 4, 2), (3, 2, 1), (3, 2, 1)),
        width=384,
        depth=14,
        heads=6,
        mlp_ratio=3.0,
    )
