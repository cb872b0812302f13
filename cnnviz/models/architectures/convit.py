"""ConViT: attention that starts out as a convolution and may unlearn it."""

from timm.models.convit import ConVit

from cnnviz.models.architectures.initialization import unit_positions, xavier_linear


def convit() -> ConVit:
    """Return a narrow ConViT for (N, 1, 28, 28) inputs.

    In the first five blocks gated positional self-attention mixes, head by head, what a query
    asks for with where it looks by position: (1 - σ(g)) softmax(q kᵀ / √16) + σ(g) softmax(vᵀ r).
    Its four heads start at the corners of a 2x2 kernel. The class token joins in the sixth block.

    Reference:
        d'Ascoli et al. 2021, "ConViT: Improving Vision Transformers with Soft Convolutional
        Inductive Biases", https://arxiv.org/abs/2103.10697
    """
    model = ConVit(
        img_size=28,
        patch_size=4,
        in_chans=1,
        num_classes=10,
        embed_dim=16,  # of one head
        num_heads=4,
        depth=6,
        local_up_to_layer=5,
        mlp_ratio=2.0,
    )
    xavier_linear(model, spare=("v", "pos_proj"))  # they hold the convolution it starts as
    unit_positions(model)
    return model


def convit_s() -> ConVit:
    """Return ConViT-S for (N, 3, 224, 224) inputs."""
    return ConVit(embed_dim=48, num_heads=9, local_up_to_layer=10)
