"""LeViT: a convolutional stem, then attention on a grid that shrinks from stage to stage."""

from collections import OrderedDict

from timm.models.levit import ConvNorm, Levit, LevitDistilled
from torch import nn

from cnnviz.models.architectures.initialization import init_positions


def levit() -> Levit:
    """Return a narrow LeViT for (N, 1, 28, 28) inputs.

    Two strided convolutions in place of four leave tokens (N, 49, 32); two subsampling attentions,
    whose queries are every second token of a row and a column, reduce them to (N, 16, 48) and
    (N, 4, 64). There is no class token, and one classifier in place of distillation's two.

    Reference:
        Graham et al. 2021, "LeViT: a Vision Transformer in ConvNet's Clothing for Faster
        Inference", https://arxiv.org/abs/2104.01136
    """
    stem = nn.Sequential(
        OrderedDict(
            [
                ("conv1", ConvNorm(1, 16, 3, stride=2, padding=1)),  # (N, 16, 14, 14)
                ("act1", nn.Hardswish()),
                ("conv2", ConvNorm(16, 32, 3, stride=2, padding=1)),  # (N, 32, 7, 7)
            ]
        )
    )
    model = Levit(
        img_size=28,
        in_chans=1,
        num_classes=10,
        embed_dim=(32, 48, 64),
        key_dim=8,
        depth=(2, 2, 2),
        num_heads=(2, 3, 4),
        stem_backbone=stem,
        stem_stride=4,
    )
    init_positions(model)
    return model


def levit_256() -> LevitDistilled:
    """Return LeViT-256 for (N, 3, 224, 224) inputs; its output is the mean of two classifiers."""
    return LevitDistilled(
        embed_dim=(256, 384, 512), key_dim=32, depth=(4, 4, 4), num_heads=(4, 6, 8)
    )
