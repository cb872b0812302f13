"""The Vision Transformer: image patches as tokens of a transformer."""

from timm.models.vision_transformer import VisionTransformer

from cnnviz.models.architectures.initialization import initialize_narrow


def vit() -> VisionTransformer:
    """Return a narrow Vision Transformer for (N, 1, 28, 28) inputs.

    Patches of 4x4 pixels make 7x7 tokens, as on CIFAR; the published patch of 16 would leave one.
    Tokens are (N, 1 + 49, 64), the class token first. Each block adds softmax(q kᵀ / √16) v of 4
    heads and a perceptron of 128 hidden units, each after a layer norm.

    Reference:
        Dosovitskiy et al. 2020, "An Image is Worth 16x16 Words", https://arxiv.org/abs/2010.11929
    """
    model = VisionTransformer(
        img_size=28,
        patch_size=4,
        in_chans=1,
        num_classes=10,
        embed_dim=64,
        depth=6,
        num_heads=4,
        mlp_ratio=2.0,
    )
    return initialize_narrow(model)


def vit_b_16() -> VisionTransformer:
    """Return ViT-B/16 for (N, 3, 224, 224) inputs."""
    return VisionTransformer(patch_size=16, embed_dim=768, depth=12, num_heads=12)
