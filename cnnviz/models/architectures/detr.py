"""DETR: a transformer that predicts a set of boxes, each with a class."""

import math
from collections import OrderedDict

import torch
from torch import Tensor, nn

BOX_VALUES = 4  # coordinates: center column and row, width, height


class Attention(nn.Module):
    """Multi-head attention whose softmax is a layer of its own, so that hooks can record it.

    Args:
        width: D, channels of a token.
        heads: number of heads, d = D / heads channels each.

    Reference:
        Vaswani et al. 2017, "Attention Is All You Need", https://arxiv.org/abs/1706.03762
    """

    def __init__(self, width: int, heads: int) -> None:
        """Build the four projections."""
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        self.softmax = nn.Softmax(dim=-1)
        self.out = nn.Linear(width, width)

    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """Return softmax(q kᵀ / √d) v of all heads, concatenated and projected, (N, Q, D).

        Args:
            query: (N, Q, D).
            key, value: (N, T, D).
        """
        q, k, v = (
            project(tokens).unflatten(2, (self.heads, -1)).transpose(1, 2)  # (N, heads, T, d)
            for project, tokens in ((self.query, query), (self.key, key), (self.value, value))
        )
        scores = q @ k.transpose(2, 3) / math.sqrt(q.shape[-1])  # (N, heads, Q, T)
        attended = self.softmax(scores) @ v  # (N, heads, Q, d)
        output: Tensor = self.out(attended.transpose(1, 2).flatten(2))  # (N, Q, D)
        return output


def feed_forward(width: int, hidden: int) -> nn.Sequential:
    """Return the two-layer perceptron that is applied to each token separately."""
    layers = [("expand", nn.Linear(width, hidden)), ("relu", nn.ReLU())]
    return nn.Sequential(OrderedDict([*layers, ("contract", nn.Linear(hidden, width))]))


class EncoderLayer(nn.Module):
    """Self-attention between the positions of the image, then a perceptron.

    Args:
        width: D, channels of a token.
        heads: of the attention.
        hidden: units of the perceptron.
    """

    def __init__(self, width: int, heads: int, hidden: int) -> None:
        """Build attention, perceptron and a layer norm after each."""
        super().__init__()
        self.self_attention = Attention(width, heads)
        self.norm1 = nn.LayerNorm(width)
        self.feed_forward = feed_forward(width, hidden)
        self.norm2 = nn.LayerNorm(width)

    def forward(self, tokens: Tensor, positions: Tensor) -> Tensor:
        """Return the updated tokens, (N, T, D).

        Args:
            tokens: (N, T, D).
            positions: encodings (T, D), added to queries and keys but not to values.
        """
        located = tokens + positions
        tokens = self.norm1(tokens + self.self_attention(located, located, tokens))
        output: Tensor = self.norm2(tokens + self.feed_forward(tokens))
        return output


class DecoderLayer(nn.Module):
    """Self-attention between the object queries, cross-attention to the image, a perceptron.

    Args:
        width: D, channels of a token.
        heads: of each attention.
        hidden: units of the perceptron.
    """

    def __init__(self, width: int, heads: int, hidden: int) -> None:
        """Build both attentions, the perceptron and a layer norm after each."""
        super().__init__()
        self.self_attention = Attention(width, heads)
        self.norm1 = nn.LayerNorm(width)
        self.cross_attention = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width)
        self.feed_forward = feed_forward(width, hidden)
        self.norm3 = nn.LayerNorm(width)

    def forward(
        self, objects: Tensor, queries: Tensor, memory: Tensor, positions: Tensor
    ) -> Tensor:
        """Return the updated embeddings of the objects, (N, Q, D).

        Args:
            objects: embeddings from the layer before, (N, Q, D).
            queries: learned object queries, (N, Q, D), added where objects attend.
            memory: the encoder's tokens, (N, T, D).
            positions: encodings of the tokens' positions, (T, D).
        """
        located = objects + queries
        objects = self.norm1(objects + self.self_attention(located, located, objects))
        attended = self.cross_attention(objects + queries, memory + positions, memory)  # (N, Q, D)
        objects = self.norm2(objects + attended)
        output: Tensor = self.norm3(objects + self.feed_forward(objects))
        return output


class DETR(nn.Module):
    """A backbone, a transformer, and two heads that give each object query a class and a box.

    Departure from the paper: no dropout, since the canvases never repeat.

    Args:
        backbone: maps images to feature maps (N, channels, h, w).
        channels: of the backbone's feature maps.
        classes: number of classes without "no object".
        width: D, channels of a token.
        heads: of each attention.
        hidden: units of the perceptrons.
        layers: of the encoder, and of the decoder.
        queries: Q, the largest number of objects that can be detected.

    Reference:
        Carion et al. 2020, "End-to-End Object Detection with Transformers",
        https://arxiv.org/abs/2005.12872
    """

    def __init__(
        self,
        backbone: nn.Module,
        channels: int,
        *,
        classes: int,
        width: int,
        heads: int,
        hidden: int,
        layers: int,
        queries: int,
    ) -> None:
        """Build the network and draw its matrices from Glorot and Bengio's distribution."""
        super().__init__()
        self.backbone = backbone
        self.project = nn.Conv2d(channels, width, 1)
        sizes = width, heads, hidden
        self.encoder = nn.ModuleList(EncoderLayer(*sizes) for _ in range(layers))
        self.queries = nn.Embedding(queries, width)
        self.decoder = nn.ModuleList(DecoderLayer(*sizes) for _ in range(layers))
        self.norm = nn.LayerNorm(width)  # of every decoder layer's output
        self.classify = nn.Linear(width, classes + 1)
        self.locate = nn.Sequential(
            *(nn.Linear(width, width), nn.ReLU()),
            *(nn.Linear(width, width), nn.ReLU()),
            nn.Linear(width, BOX_VALUES),
        )
        for module in (self.encoder, self.decoder, self.classify, self.locate):
            for parameter in module.parameters():
                if parameter.dim() > 1:
                    nn.init.xavier_uniform_(parameter)

    def forward(self, x: Tensor) -> Tensor:
        """Return the predictions of each decoder layer for each query, the last layer's at the end.

        Args:
            x: normalized images (N, C, H, W).

        Returns:
            (N, layers, Q, classes + 1 + 4): logits, that of "no object" last, then a box: column
            and row of its center, width and height, as fractions of the image, 0 to 1.
        """
        maps = self.project(self.backbone(x))  # (N, D, h, w)
        depth, height, width = maps.shape[1:]
        positions = sine_positions(height, width, depth).to(maps)  # (T, D), T = h * w
        memory = maps.flatten(2).transpose(1, 2)  # (N, T, D)
        for layer in self.encoder:
            memory = layer(memory, positions)
        numbers = torch.arange(self.queries.num_embeddings, device=x.device)
        queries = self.queries(numbers).expand(len(x), -1, -1)  # (N, Q, D)
        objects, outputs = torch.zeros_like(queries), []
        for layer in self.decoder:
            objects = layer(objects, queries, memory, positions)
            outputs.append(objects)
        embeddings = self.norm(torch.stack(outputs, dim=1).flatten(0, 1))  # (N * layers, Q, D)
        logits, boxes = self.classify(embeddings).float(), self.locate(embeddings).float().sigmoid()
        predictions = torch.cat([logits, boxes], dim=-1)  # (N * layers, Q, classes + 1 + 4)
        by_layer: Tensor = predictions.unflatten(0, (len(x), len(self.decoder)))
        return by_layer


def sine_positions(height: int, width: int, depth: int) -> Tensor:
    """Return an encoding of each position: sines and cosines of its row, then of its column.

    Rows and columns count from 1 and are scaled to end at 2 pi; the wavelengths grow
    geometrically, with 10,000 as the base.

    Args:
        height, width: of the grid of positions.
        depth: channels of an encoding, a multiple of 4.

    Returns:
        (height * width, depth).
    """
    half = depth // 2
    frequencies = 10_000 ** (-2 * torch.arange(half // 2) / half)  # (depth / 4,)

    def encode(count: int) -> Tensor:
        angles = torch.arange(1, count + 1)[:, None] * (2 * math.pi / count) * frequencies
        return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)  # (count, half)

    rows, columns = encode(height)[:, None], encode(width)[None]  # (h, 1, half) and (1, w, half)
    grid = height, width, half
    return torch.cat([rows.expand(grid), columns.expand(grid)], dim=-1).flatten(0, 1)


def _stage(before: int, after: int) -> nn.Sequential:
    """Return two 3x3 convolutions with batch norm and ReLU; the first has stride 2."""
    return nn.Sequential(
        OrderedDict(
            [
                ("conv1", nn.Conv2d(before, after, 3, stride=2, padding=1, bias=False)),
                ("bn1", nn.BatchNorm2d(after)),
                ("relu1", nn.ReLU()),
                ("conv2", nn.Conv2d(after, after, 3, padding=1, bias=False)),
                ("bn2", nn.BatchNorm2d(after)),
                ("relu2", nn.ReLU()),
            ]
        )
    )


def detr() -> DETR:
    """Return a small DETR for digits on canvases (N, 1, 64, 64).

    Departures from the paper: six convolutions in place of a ResNet-50 pretrained on ImageNet, and
    two layers, 64 channels and 8 queries in place of six, 256 and 100.
    """
    backbone = nn.Sequential(
        OrderedDict(
            [
                ("stage1", _stage(1, 16)),  # (N, 16, 32, 32)
                ("stage2", _stage(16, 32)),  # (N, 32, 16, 16)
                ("stage3", _stage(32, 64)),  # (N, 64, 8, 8)
            ]
        )
    )
    return DETR(backbone, 64, classes=10, width=64, heads=4, hidden=128, layers=2, queries=8)


def detr_r50() -> DETR:
    """Return DETR-R50 as published, for photographs (N, 3, H, W) of COCO, whose labels reach 90."""
    from torchvision.models import resnet50  # slow to import, and needed only here
    from torchvision.ops import FrozenBatchNorm2d

    resnet = resnet50(weights=None, norm_layer=FrozenBatchNorm2d)
    layers = list(resnet.named_children())[:-2]  # without pool and fc
    backbone = nn.Sequential(OrderedDict(layers))  # (N, 2048, H / 32, W / 32)
    return DETR(backbone, 2048, classes=91, width=256, heads=8, hidden=2048, layers=6, queries=100)
