"""Networks that detect several objects in one image."""

from cnnviz.models.catalog.row import Architecture, Paper, Published

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
        builder="cnnviz.models.architectures.detr:detr",
        input_size=64,
        early="backbone.stage1",
        middle="backbone.stage2",
        late="backbone.stage3",
        task="detect",
        fast={"batch_size": 32, "epochs": 8, "learning_rate": 1e-3},
        note=(
            "Detects one to three digits on a canvas of 64 × 64; six convolutions replace the "
            "ResNet-50, and two layers, 64 channels and 8 queries replace six, 256 and 100."
        ),
        idea=(
            "Each of a fixed number of learned object queries attends to the whole image and "
            "predicts one box with a class, or no object. In training, a one-to-one matching "
            "decides which query is responsible for which object."
        ),
        pros=(
            "no anchors, no sliding windows, no non-maximum suppression",
            "the attention of a query shows what it attends to",
            "another head turns it into a segmentation network",
        ),
        cons=(
            "slow to train: 500 epochs of COCO in the paper",
            "weak on small objects, since it reads one coarse feature map",
            "never detects more objects than it has queries",
        ),
        lecture="Named among the transformers in vision of 2020 and 2021.",
        published=Published(
            name="DETR-R50",
            builder="cnnviz.models.architectures.detr:detr_r50",
            input_size=(3, 800, 1066),
            early="backbone.layer1",
            middle="backbone.layer2",
            late="backbone.layer4",
        ),
    ),
)
