"""The lecture's transformers, and MLP-Mixer, which has no attention."""

from functools import partial

from cnnviz.models.catalog.row import Architecture, Paper, Published

_LECTURE = "One of the transformers in vision, 2020-21."
_TIMM = "timm, results/results-imagenet.csv at aa4b5850"

_vision_transformer = partial(  # what most of them have in common
    Architecture, family="Vision Transformer", year=2021, learning_rate=2e-3, lecture=_LECTURE
)

ROWS = (
    _vision_transformer(
        key="vit",
        title="ViT",
        year=2020,
        paper=Paper("An Image is Worth 16x16 Words", "https://arxiv.org/abs/2010.11929"),
        builder="cnnviz.models.architectures.vit:vit",
        early="blocks.0",
        middle="blocks.2",
        late="blocks.4",
        fast={"epochs": 6, "batch_size": 64, "precision": "float32"},
        note=(
            "Patches of 4 pixels, as is usual on CIFAR, 64 channels, 4 heads and 6 blocks; weights "
            "and positions start larger than the paper's 0.02, which suits widths from 192 on."
        ),
        idea=(
            "The image is cut into patches, and each becomes a token, like a word in a sentence. "
            "Self-attention then lets every token read every other, from the first layer on."
        ),
        pros=(
            "sees the whole image in every layer",
            "keeps improving with more data for longer than convolutional networks do",
            "attention maps show what it attends to",
        ),
        cons=(
            "has no notion of neighboring pixels and needs many examples to learn it",
            "cost grows with the square of the number of patches",
        ),
        lecture="Transformer in place of convolutions.",
        published=Published(
            name="ViT-B/16",
            builder="cnnviz.models.architectures.vit:vit_b_16",
            early="blocks.0",
            middle="blocks.5",
            late="blocks.10",
            top1=0.81072,
            source="torchvision, ViT_B_16_Weights.IMAGENET1K_V1, trained on ImageNet-1k alone",
        ),
    ),
    _vision_transformer(
        key="swin",
        title="Swin Transformer",
        paper=Paper(
            "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows",
            "https://arxiv.org/abs/2103.14030",
        ),
        builder="cnnviz.models.architectures.swin:swin",
        early="layers.0.blocks.0",
        middle="layers.0.blocks.1",
        late="layers.1.blocks.1",
        nhwc=True,
        fast={"epochs": 5, "batch_size": 64},
        note=(
            "Two of the four stages, 32 channels and patches of 2 pixels, so that the paper's "
            "windows of 7x7 tokens divide the image into four."
        ),
        idea=(
            "Attention runs within windows, so that its cost grows with the image and not with its "
            "square. Every second block shifts the windows, so that tokens in adjacent windows "
            "can attend to each other, and merging patches enlarges the receptive field from stage "
            "to stage."
        ),
        pros=(
            "cost linear in the number of pixels",
            "maps at several scales, as detection and segmentation need them",
        ),
        cons=(
            "windows, shifts and masks make it harder to implement",
            "one layer sees no farther than its window",
        ),
        lecture="Local and global attention.",
        published=Published(
            name="Swin-T",
            builder="cnnviz.models.architectures.swin:swin_t",
            early="layers.0.blocks.1",
            middle="layers.2.blocks.5",
            late="layers.3.blocks.1",
            top1=0.81474,
            source="torchvision, Swin_T_Weights.IMAGENET1K_V1",
        ),
    ),
    Architecture(
        key="mixer",
        title="MLP-Mixer",
        family="MLP-Mixer",
        year=2021,
        paper=Paper(
            "MLP-Mixer: An all-MLP Architecture for Vision", "https://arxiv.org/abs/2105.01601"
        ),
        builder="cnnviz.models.architectures.mixer:mixer",
        early="blocks.0",
        middle="blocks.2",
        late="blocks.5",
        learning_rate=2e-3,
        fast={"epochs": 8, "batch_size": 64},
        note="Patches of 4 pixels as for ViT, 64 channels and 6 blocks in place of 768 and 12.",
        idea=(
            "Two perceptrons alternate: one mixes the patches, channel by channel, and one the "
            "channels, patch by patch. There is no convolution and no attention, and the weights "
            "between two patches are the same for every image."
        ),
        pros=("nothing but matrix products", "cost linear in the number of patches"),
        cons=(
            "works at one image size only",
            "overfits on small data sets, more than convolutional networks do",
        ),
        lecture="One of the transformers in vision, 2020-21, though it has no attention.",
        published=Published(
            name="Mixer-B/16",
            builder="cnnviz.models.architectures.mixer:mixer_b_16",
            early="blocks.0",
            middle="blocks.5",
            late="blocks.11",
            top1=0.76616,
            source=f"mixer_b16_224.goog_in21k_ft_in1k, pretrained on ImageNet-21k: {_TIMM}",
        ),
    ),
    _vision_transformer(
        key="convit",
        title="ConViT",
        paper=Paper(
            "ConViT: Improving Vision Transformers with Soft Convolutional Inductive Biases",
            "https://arxiv.org/abs/2103.10697",
        ),
        builder="cnnviz.models.architectures.convit:convit",
        early="blocks.0",
        middle="blocks.2",
        late="blocks.4",
        fast={"epochs": 6, "batch_size": 64, "precision": "float32"},
        note=(
            "Patches of 4 pixels, 64 channels, 4 heads, which start as a 2x2 kernel, and 6 blocks, "
            "five of them gated as ten of twelve are in the paper."
        ),
        idea=(
            "Positional attention can imitate a convolution, so each head starts as one position "
            "in a kernel. A learned gate per head decides how far to attend by content instead."
        ),
        pros=("learns from fewer examples than ViT", "its gates show which heads stayed local"),
        cons=("two kinds of attention without a fused kernel, so slower than ViT",),
        published=Published(
            name="ConViT-S",
            builder="cnnviz.models.architectures.convit:convit_s",
            early="blocks.0",
            middle="blocks.5",
            late="blocks.9",
            top1=0.81412,
            source=f"convit_small.fb_in1k: {_TIMM}",
        ),
    ),
    _vision_transformer(
        key="crossvit",
        title="CrossViT",
        paper=Paper(
            "CrossViT: Cross-Attention Multi-Scale Vision Transformer for Image Classification",
            "https://arxiv.org/abs/2103.14899",
        ),
        builder="cnnviz.models.architectures.crossvit:crossvit",
        early="blocks.0.blocks.0",
        middle="blocks.0.blocks.1",
        late="blocks.1.blocks.0",
        fast={"epochs": 4, "batch_size": 64, "precision": "float32"},
        note=(
            "Patches of 4 and 7 pixels in place of 12 and 16, 32 and 64 channels, two multi-scale "
            "groups of 1 and 2 blocks in place of three of 1 and 5."
        ),
        idea=(
            "Two branches read the same image in small and in large patches. The class token of "
            "each attends to the patches of the other, at a cost linear in their number."
        ),
        pros=("fine and coarse patches in one network", "exchange between the branches is cheap"),
        cons=("two branches to run and to balance", "a digit hardly needs two scales"),
        published=Published(
            name="CrossViT-15",
            builder="cnnviz.models.architectures.crossvit:crossvit_15",
            input_size=(3, 240, 240),
            early="blocks.0.blocks.0",
            middle="blocks.1.blocks.1",
            late="blocks.2.blocks.0",
            top1=0.81522,
            source=f"crossvit_15_240.in1k: {_TIMM}",
        ),
    ),
    _vision_transformer(
        key="t2t_vit",
        title="T2T-ViT",
        paper=Paper(
            "Tokens-to-Token ViT: Training Vision Transformers from Scratch on ImageNet",
            "https://arxiv.org/abs/2101.11986",
        ),
        builder="cnnviz.models.architectures.t2t_vit:t2t_vit",
        early="token_attention.0",
        middle="token_attention.1",
        late="blocks.2",
        fast={"epochs": 6, "batch_size": 64, "precision": "float32"},
        note=(
            "Soft splits of kernel 3 and stride 2, 2, 1 in place of 7, 3, 3 and 4, 2, 2; tokens of "
            "16 and 64 channels, 4 blocks; transformer layers between the splits, as in T2T-ViT_t."
        ),
        idea=(
            "Tokens are laid out as an image and unfolded into overlapping patches again and "
            "again. So each collects edges and lines from its neighbors before the main "
            "transformer begins."
        ),
        pros=("overlapping patches keep strokes whole that a grid would cut", "deep and narrow"),
        cons=("attention between all tokens of the first grid is expensive",),
        published=Published(
            name="T2T-ViT_t-14",
            builder="cnnviz.models.architectures.t2t_vit:t2t_vit_14",
            early="token_attention.0",
            middle="token_attention.1",
            late="blocks.12",
            top1=0.807,
            source="yitu-opensource/T2T-ViT, README",
        ),
    ),
    _vision_transformer(
        key="levit",
        title="LeViT",
        paper=Paper(
            "LeViT: a Vision Transformer in ConvNet's Clothing for Faster Inference",
            "https://arxiv.org/abs/2104.01136",
        ),
        builder="cnnviz.models.architectures.levit:levit",
        early="stem",
        middle="stages.0",
        late="stages.1",
        fast={"epochs": 5, "batch_size": 64},
        note=(
            "Two of the stem's four strided convolutions, 32, 48 and 64 channels, keys of 8; one "
            "head in place of the two that learn from the labels and from a teacher."
        ),
        idea=(
            "A convolutional stem shrinks the image, and attention follows on a grid that shrinks "
            "further, as in a pyramid. Batch norm and learned biases per distance, instead of "
            "layer norm and positions, make it fast."
        ),
        pros=("fast on processors", "a pyramid of maps, as in convolutional networks"),
        cons=("its published accuracy needs a teacher network", "works at one image size only"),
        published=Published(
            name="LeViT-256",
            builder="cnnviz.models.architectures.levit:levit_256",
            early="stem",
            middle="stages.0",
            late="stages.1",
            top1=0.81506,
            source=f"levit_256.fb_dist_in1k, distilled: {_TIMM}",
        ),
    ),
)
