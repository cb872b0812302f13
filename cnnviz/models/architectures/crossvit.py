"""CrossViT: two branches, of small and of large patches, joined by cross-attention."""

from timm.models.crossvit import CrossVit

from cnnviz.models.architectures.initialization import initialize_narrow


def crossvit() -> CrossVit:
    """Return a narrow CrossViT for (N, 1, 28, 28) inputs.

    One branch has tokens (N, 1 + 49, 32) of 4x4 pixels, the other tokens (N, 1 + 16, 64) of 7x7
    pixels. After each group of blocks the class token of a branch attends to the other's patches.

    Reference:
        Chen et al. 2021, "CrossViT: Cross-Attention Multi-Scale Vision Transformer for Image
        Classification", https://arxiv.org/abs/2103.14899
    """
    model = CrossVit(
        img_size=28,
        in_chans=1,
        num_classes=10,
        patch_size=(4, 7),
        embed_dim=(32, 64),
        depth=((1, 2, 0), (1, 2, 0)),
        num_heads=(4, 4),
        mlp_ratio=(2.0, 2.0, 1.0),
    )
    return initialize_narrow(model)


def crossvit_15() -> CrossVit:
    """Return CrossViT-15 for (N, 3, 240, 240) inputs; larger patches see them at 224 pixels."""
    return CrossVit(
        img_size=240,
        img_scale=(1.0, 224 / 240),
        patch_size=(12, 16),
        embed_dim=(192, 384),
        depth=((1, 5, 0), (1, 5, 0), (1, 5, 0)),
        num_heads=(6, 6),
        mlp_ratio=(3.0, 3.0, 1.0),
    )
