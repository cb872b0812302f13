"""Networks that find several things in one image."""

from cnnviz.models.catalogue.architecture import Architecture, Paper, Published

ROWS = (
    Architecture(
        key="detr",
        title="DETR",
        family="DETR",
        year=2020,
        paper=Paper(
            "End-to-End Object Detection with Transformers",
            "https://arxiv.org/abs/2005.12872",
        ),
        builder="cnnviz.models.architectures.detr:small",
        input_size=64,
        early="backbone.stage1",
        middle="backbone.stage2",
        late="backbone.stage3",
        task="detect",
        fast={"batch_size": 32, "epochs": 8, "learning_rate": 1e-3},
        note=(
            "It finds one to three digits on a canvas of 64 × 64; six convolutions stand for the "
            "ResNet-50, and two layers, 64 channels and 8 queries for six, 256 and 100."
        ),
        idea=(
            "Each of a fixed number of learned object queries looks at the whole image and puts "
            "out one box with a name, or nothing. A one-to-one matching between queries and "
            "objects decides in training which query answers for which object."
        ),
        pros=(
            "no anchors, no sliding windows, no suppression of duplicates afterwards",
            "the attention of a query shows what it looked at",
            "the same few layers do segmentation with another head",
        ),
        cons=(
            "learns slowly: 500 epochs of COCO in the paper",
            "weak on small objects, since it sees one coarse map",
            "never finds more objects than it has queries",
        ),
        lecture="Named among the transformers in vision of 2020 and 2021.",
        published=Published(
            name="DETR-R50",
            builder="cnnviz.models.architectures.detr:published",
            input_size=(3, 800, 1066),
            early="backbone.layer1",
            middle="backbone.layer2",
            late="backbone.layer4",
        ),
    ),
)
