"""MLP-Mixer: perceptrons over the patches and over the channels in alternation."""

from timm.models.mlp_mixer import MlpMixer

from cnnviz.models.architectures.initialization import xavier_linear


def mixer() -> MlpMixer:
    """Return a narrow MLP-Mixer for (N, 1, 28, 28) inputs.

    Patches of 4x4 pixels are tokens (N, 49, 64). Each block adds a perceptron along the tokens
    (32 hidden units) and one along the channels (256 hidden units), each after a layer norm.

    Reference:
        Tolstikhin et al. 2021, "MLP-Mixer: An all-MLP Architecture for Vision",
        https://arxiv.org/abs/2105.01601
    """
    model = MlpMixer(
        img_size=28, patch_size=4, in_chans=1, num_classes=10, num_blocks=6, embed_dim=64
    )
    xavier_linear(model)
    return model


def mixer_b_16() -> MlpMixer:
    """Return Mixer-B/16 for (N, 3, 224, 224) inputs."""
    return MlpMixer(patch_size=16, num_blocks=12, embed_dim=768)
