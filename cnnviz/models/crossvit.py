"""CrossViT: small and large patches in two branches that ask each other."""

from timm.models.crossvit import CrossVit, crossvit_15_240

from cnnviz.models.initialization import xavier_linear


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
    return model


def crossvit_15() -> CrossVit:
    """Return CrossViT-15 for (N, 3, 240, 240) inputs."""
    return crossvit_15_240()
