"""DETR: a transformer that puts out a set of boxes, each with a name."""

import math
from collections import OrderedDict

import torch
from torch import Tensor, nn

BOX = 4  # numbers that place a box


class Attention(nn.Module):
    """Multi-head attention, its softmax a layer of its own so that it can be recorded."""

    def __init__(self, width: int, heads: int) -> None:
        """Make the four projections."""
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        self.softmax = nn.Softmax(dim=-1)  # puts out (N, heads, queries, keys)
        self.out = nn.Linear(width, width)

    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """Return softmax(q k' / sqrt(d)) v for each head, joined: (N, T, D)."""
        q, k, v = (
            project(tokens).unflatten(2, (self.heads, -1)).transpose(1, 2)  # (N, heads, T, d)
            for project, tokens in ((self.query, query), (self.key, key), (self.value, value))
        )
        weights = self.softmax(q @ k.transpose(2, 3) / math.sqrt(q.shape[-1]))
        joined: Tensor = self.out((weights @ v).transpose(1, 2).flatten(2))
        return joined


def feed_forward(width: int, hidden: int) -> nn.Sequential:
    """Return the two linear layers that each token goes through by itself."""
    layers = [("expand", nn.Linear(width, hidden)), ("relu", nn.ReLU())]
    return nn.Sequential(OrderedDict([*layers, ("contract", nn.Linear(hidden, width))]))


class EncoderLayer(nn.Module):
    """The places of the image look at each other."""

    def __init__(self, width: int, heads: int, hidden: int) -> None:
        """Make attention, feed-forward network and the two norms behind them."""
        super().__init__()
        self.self_attention = Attention(width, heads)
        self.norm1 = nn.LayerNorm(width)
        self.feed_forward = feed_forward(width, hidden)
        self.norm2 = nn.LayerNorm(width)

    def forward(self, tokens: Tensor, places: Tensor) -> Tensor:
        """Return the tokens (N, T, D); `places` tell queries and keys where they are."""
        located = tokens + places
        tokens = self.norm1(tokens + self.self_attention(located, located, tokens))
        done: Tensor = self.norm2(tokens + self.feed_forward(tokens))
        return done


class DecoderLayer(nn.Module):
    """The object queries look at each other, then at the image."""

    def __init__(self, width: int, heads: int, hidden: int) -> None:
        """Make both attentions, feed-forward network and the three norms behind them."""
        super().__init__()
        self.self_attention = Attention(width, heads)
        self.norm1 = nn.LayerNorm(width)
        self.cross_attention = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width)
        self.feed_forward = feed_forward(width, hidden)
        self.norm3 = nn.LayerNorm(width)

    def forward(self, objects: Tensor, queries: Tensor, memory: Tensor, places: Tensor) -> Tensor:
        """Return what is known of each object, (N, Q, D), after one more look."""
        asked = objects + queries
        objects = self.norm1(objects + self.self_attention(asked, asked, objects))
        seen = self.cross_attention(objects + queries, memory + places, memory)
        objects = self.norm2(objects + seen)
        done: Tensor = self.norm3(objects + self.feed_forward(objects))
        return done


class DETR(nn.Module):
    """Backbone, transformer, and for each object query a class and a box.

    Departure from the paper: no dropout, since the canvases never repeat.

    Args:
        backbone: from images to maps (N, channels, H, W).
        channels: of the backbone's maps.
        classes: things there are, "no object" not counted.
        width: D, of a token.
        heads: of each attention.
        hidden: units of the feed-forward networks.
        layers: of the encoder, and of the decoder.
        queries: Q, the most objects that can be found.

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
        """Join the parts, their matrices drawn as Xavier and Glorot do."""
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
            nn.Linear(width, BOX),
        )
        for part in (self.encoder, self.decoder, self.classify, self.locate):
            for parameter in part.parameters():
                if parameter.dim() > 1:
                    nn.init.xavier_uniform_(parameter)

    def forward(self, x: Tensor) -> Tensor:
        """Return what each decoder layer says of each query, the last layer's answer at the end.

        Args:
            x: normalized images (N, C, H, W).

        Returns:
            (N, layers, Q, classes + 1 + 4): logits, "no object" being the last of them, then the
            center's column and row, width and height of a box as shares of the image, 0 to 1.
        """
        maps = self.project(self.backbone(x))
        depth, height, width = maps.shape[1:]
        places = sine_places(height, width, depth).to(maps)
        memory = maps.flatten(2).transpose(1, 2)  # (N, T, D)
        for layer in self.encoder:
            memory = layer(memory, places)
        numbers = torch.arange(self.queries.num_embeddings, device=x.device)
        queries = self.queries(numbers).expand(len(x), -1, -1)
        objects, looks = torch.zeros_like(queries), []
        for layer in self.decoder:
            objects = layer(objects, queries, memory, places)
            looks.append(objects)
        heard = self.norm(torch.stack(looks, dim=1).flatten(0, 1))  # (N * layers, Q, D)
        logits, boxes = self.classify(heard).float(), self.locate(heard).float().sigmoid()
        answers = torch.cat([logits, boxes], dim=-1)
        looked: Tensor = answers.unflatten(0, (len(x), len(self.decoder)))
        return looked


def sine_places(height: int, width: int, depth: int) -> Tensor:
    """Return sines and cosines of each place's row, then of its column: (height * width, depth).

    Rows and columns count from 1 and are scaled to end at 2 pi; the wavelengths grow
    geometrically, with 10,000 as the base.
    """
    half = depth // 2
    rates = 10_000 ** (-2 * torch.arange(half // 2) / half)

    def waves(count: int) -> Tensor:
        angles = torch.arange(1, count + 1)[:, None] * (2 * math.pi / count) * rates
        return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)  # (count, half)

    rows, columns = waves(height)[:, None], waves(width)[None]
    grid = height, width, half
    return torch.cat([rows.expand(grid), columns.expand(grid)], dim=-1).flatten(0, 1)


def _stage(before: int, after: int) -> nn.Sequential:
    """Return two convolutions; the first halves the maps."""
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


def small() -> DETR:
    """Return DETR for ten digits on canvases (N, 1, 64, 64).

    Departures from the paper: six convolutions in place of a ResNet-50 that has seen ImageNet, and
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


def published() -> DETR:
    """Return DETR-R50 as its authors built it for COCO, whose labels run to 90."""
    from torchvision.models import resnet50  # slow to import, and needed here alone
    from torchvision.ops import FrozenBatchNorm2d

    resnet = resnet50(weights=None, norm_layer=FrozenBatchNorm2d)
    backbone = nn.Sequential(OrderedDict(list(resnet.named_children())[:-2]))  # up to layer4
    return DETR(backbone, 2048, classes=91, width=256, heads=8, hidden=2048, layers=6, queries=100)
