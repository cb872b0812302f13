"""ConViT: a transformer whose attention is initialized as a convolution."""

from timm.models.convit import ConVit

from cnnviz.models.architectures.initialization import initialize_narrow


def convit() -> ConVit:
    """Return a narrow ConViT for (N, 1, 28, 28) inputs.

    In the first five blocks gated positional self-attention (GPSA) mixes attention by content and
    by position in each head: (1 - σ(g)) softmax(q kᵀ / √16) + σ(g) softmax(vᵀ r). Its four heads
    start as the four positions of a 2x2 kernel. The class token joins in the sixth block: tokens
    are (N, 49, 64) before it and (N, 50, 64) after it.

    Reference:
        d'Ascoli et al. 2021, "ConViT: Improving Vision Transformers with Soft Convolutional
        Inductive Biases", https://arxiv.org/abs/2103.10697
    """
    model = ConVit(
        img_size=28,
        patch_size=4,
        in_chans=1,
        num_classes=10,
        embed_dim=16,  # per head: 64 channels
        num_heads=4,
        depth=6,
        local_up_to_layer=5,
        mlp_ratio=2.0,
    )
    return initialize_narrow(model, skip=("v", "pos_proj"))  # they encode the convolution


def convit_s() -> ConVit:
    """Return ConViT-S for (N, 3, 224, 224) inputs."""
    return ConVit(embed_dim=48, num_heads=9, local_up_to_layer=10)
