"""The Swin Transformer: attention within windows that shift from block to block."""

from timm.models.swin_transformer import SwinTransformer

from cnnviz.models.architectures.initialization import initialize_narrow


def swin() -> SwinTransformer:
    """Return a narrow Swin Transformer for (N, 1, 28, 28) inputs.

    Patches of 2x2 pixels make 14x14 tokens, four windows of 7x7; the second stage merges 2x2 tokens
    into one, a single window of 7x7. Every second block of the first stage shifts its windows by
    3 tokens. The output of a block is (N, 14, 14, 32), and (N, 7, 7, 64) in the second stage.

    Reference:
        Liu et al. 2021, "Swin Transformer: Hierarchical Vision Transformer using Shifted
        Windows", https://arxiv.org/abs/2103.14030
    """
    model = SwinTransformer(
        img_size=28,
        patch_size=2,
        in_chans=1,
        num_classes=10,
        window_size=7,
        embed_dim=32,
        depths=(2, 2),
        num_heads=(2, 4),
        mlp_ratio=2.0,
        drop_path_rate=0.0,
    )
    return initialize_narrow(model)


def swin_t() -> SwinTransformer:
    """Return Swin-T for (N, 3, 224, 224) inputs."""
    return SwinTransformer(
        patch_size=4, window_size=7, embed_dim=96, depths=(2, 2, 6, 2), num_heads=(3, 6, 12, 24)
    )
