"""Networks of torchvision and timm, traced at their own input sizes."""

import timm
import torch
import torchvision

from cnnviz.models.structure.trace import Trace, trace_network

NETWORKS = {
    "resnet18": 224,
    "resnet50": 224,
    "googlenet": 224,
    "densenet121": 224,
    "mobilenet_v2": 224,
    "efficientnet_b0": 224,
    "vit_b_16": 224,
    "swin_t": 224,
    "mixer_s16_224": 224,
    "convit_tiny": 224,
    "crossvit_tiny_240": 240,
    "levit_128s": 224,
}


def traced(name: str) -> Trace:
    options = {"aux_logits": False, "init_weights": False} if name == "googlenet" else {}
    builder = torchvision.models.get_model if hasattr(torchvision.models, name) else None
    with torch.device("meta"):
        model = builder(name, **options) if builder else timm.create_model(name)
    return trace_network(model, (3, NETWORKS[name], NETWORKS[name]))
