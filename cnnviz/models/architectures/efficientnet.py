"""EfficientNet: width, depth and resolution scaled by one coefficient."""

from functools import partial

from timm.models._efficientnet_builder import decode_arch_def, round_channels
from timm.models.efficientnet import EfficientNet
from torch import nn

from cnnviz.models.architectures.adapted import out_of_place, visit_every_pixel

WIDTH, DEPTH, RESOLUTION = 1.1, 1.2, 1.15  # the paper's beta, alpha and gamma
SCALING_EXPONENT = -15  # compound coefficient from B0's 224 pixels to 28: 224 * 1.15**-15 = 27.5

# B0's seven stages: repeats, kernel, stride, expansion, channels, squeeze-and-excitation
_STAGES = (
    "ds_r1_k3_s1_e1_c16_se0.25",
    "ir_r2_k3_s2_e6_c24_se0.25",
    "ir_r2_k5_s2_e6_c40_se0.25",
    "ir_r3_k3_s2_e6_c80_se0.25",
    "ir_r3_k5_s1_e6_c112_se0.25",
    "ir_r4_k5_s2_e6_c192_se0.25",
    "ir_r1_k3_s1_e6_c320_se0.25",
)


def efficientnet() -> nn.Module:
    """Return EfficientNet-B0 scaled down to (N, 1, 28, 28) inputs by the paper's own rule.

    A compound coefficient of -15 gives 0.24 of B0's width, rounded to multiples of eight, and one
    block a stage; the stem has stride 1 in place of 2. The blocks are timm's.

    Reference:
        Tan & Le 2019, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks",
        https://arxiv.org/abs/1905.11946
    """
    widths = partial(round_channels, multiplier=WIDTH**SCALING_EXPONENT)
    stages = [[stage] for stage in _STAGES]
    network = EfficientNet(
        decode_arch_def(stages, depth_multiplier=DEPTH**SCALING_EXPONENT),
        in_chans=1,
        num_classes=10,
        num_features=widths(1280),
        act_layer=nn.SiLU,
        round_chs_fn=widths,
    )
    return out_of_place(visit_every_pixel(network, "conv_stem"))
