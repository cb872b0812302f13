"""CrossViT: small and large patches in two branches that ask each other."""

from timm.models.crossvit import CrossVit

from cnnviz.models.architectures.initialization import unit_positions, xavier_linear


def crossvit() -> CrossVit:
    """Return a narrow CrossViT for (N, 1, 28, 28) inputs.

    One branch sees 7x7 patches of 4 pixels in 32 channels, the other 4x4 patches of 7 pixels in
    64. After each group of blocks a branch's class token attends to the other's patches.

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
    xavier_linear(model)
    unit_positions(model)
    return model


def crossvit_15() -> CrossVit:
    """Return CrossViT-15 for (N, 3, 240, 240) inputs; the larger patches see 224 pixels of it."""
    return CrossVit(
        img_size=240,
        img_scale=(1.0, 224 / 240),
        patch_size=(12, 16),
        embed_dim=(192, 384),
        depth=((1, 5, 0), (1, 5, 0), (1, 5, 0)),
        num_heads=(6, 6),
        mlp_ratio=(3.0, 3.0, 1.0),
    )
