"""Where digits lie in what a layer makes of them: many numbers each, drawn as points of a plane.

A layer's output is one vector per digit. PCA looks at all vectors from where they differ most and
changes no angle; t-SNE keeps neighbors together and nothing else. How well the classes separate
does not depend on either map: it is counted in the layer's own space.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from cnnviz.data.mnist import CLASSES, Pixels
from cnnviz.data.normalization import to_unit_range
from cnnviz.inspection.activations.layer_activations import cut
from cnnviz.models.feature_maps import as_maps, channel_dimension
from cnnviz.models.hooks import recording_runs
from cnnviz.models.inference import evaluating
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.stats.intervals import Interval, wilson

INPUT = ""  # the name of what comes before the first layer
MOST = 3136  # values of one vector, 64 maps of 7 × 7; more are averaged over cells
KEPT = 30  # principal components that t-SNE and neighbors of a new point are computed from
NEIGHBORS = 5
PERPLEXITY = 30
ROUNDS = 500  # of t-SNE; 1,000 take three times as long, and the divergence falls by 3%
_LAYERS = 10  # at most, beside the three that the catalogue names
_BATCH = 100

Points = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Vectors:
    """What one layer makes of some digits.

    Attributes:
        layer: dotted name; `INPUT` for the pixels themselves.
        kind: class of the module; "Input" for the pixels.
        shape: of the layer's output for one digit.
        values: float32, (N, D): the output flattened, after averaging where it has more than `MOST`
            numbers.
        cells: rows and columns that maps were averaged to; None where nothing was averaged.
    """

    layer: str
    kind: str
    shape: tuple[int, ...]
    values: Tensor
    cells: tuple[int, int] | None


@dataclass(frozen=True, eq=False)
class Pca:
    """The directions in which vectors differ most.

    Attributes:
        mean: float32, (D,).
        directions: float32, (D, k), of length 1 and at right angles, the widest spread first.
        shares: of the whole variance that lies along each, (k,), 0 to 1.
    """

    mean: Tensor
    directions: Tensor
    shares: tuple[float, ...]

    def place(self, values: Tensor) -> Points:
        """Return where vectors (N, D) lie along the directions, (N, k)."""
        found: Points = ((values - self.mean) @ self.directions).numpy()
        return found


@dataclass(frozen=True, eq=False)
class Embedding:
    """Digits as points, as one layer sees them.

    Attributes:
        layer, kind, shape, cells: as in `Vectors`.
        pca: what a new point is placed by.
        points: float32, (N, k), along the principal components; the first two are the map.
        neighbors: int16, (N, NEIGHBORS), the nearest others in the layer's space, nearest first.
        separation: share of digits whose nearest `NEIGHBORS` others vote for the true class.
        trust: trustworthiness of the PCA map: how far its neighbors are `neighbors`.
    """

    layer: str
    kind: str
    shape: tuple[int, ...]
    cells: tuple[int, int] | None
    pca: Pca
    points: Points
    neighbors: NDArray[np.int16]
    separation: Interval
    trust: float


def layers_to_embed(network: LoadedNetwork) -> list[str]:
    """Return the modules to step through: the network's parts, at most about ten, and its three."""
    parts = cut(network.model, _LAYERS)
    stride = (len(parts) - 1) / (min(_LAYERS, len(parts)) - 1)
    chosen = [parts[round(place * stride)] for place in range(min(_LAYERS, len(parts)))]
    return list(dict.fromkeys([*chosen, *network.architecture.layers_by_role.values()]))


def input_vectors(digits: Pixels) -> Vectors:
    """Return digits, uint8, (N, 1, H, W), as what comes before the first layer."""
    picture = to_unit_range(torch.from_numpy(digits))
    return Vectors(INPUT, "Input", tuple(picture.shape[1:]), picture.flatten(1), None)


def vectors(
    network: LoadedNetwork,
    pixels: Pixels,
    names: Iterable[str],
    *,
    most: int = MOST,
) -> list[Vectors]:
    """Return what layers make of digits, in the order of execution, the pixels first.

    Outputs are flattened. Where that gives more than `most` numbers a digit, maps are averaged to
    the largest grid of cells that fits, one cell at least; of tokens, the class token is then left
    out. Layers are left out whose output is not one tensor with one entry per digit, such as
    windows.

    Args:
        network: any network.
        pixels: uint8, (N, 1, H, W).
        names: dotted names.
        most: values of one vector.

    Raises:
        ValueError: if the model has no layer of a name.
    """
    model, last = network.copy().model, network.architecture.channels_last
    modules = dict(model.named_modules())
    parts: dict[str, list[Vectors]] = {INPUT: []}
    for part in torch.from_numpy(pixels).split(_BATCH):
        picture = to_unit_range(part)
        whole = picture.flatten(1)
        parts[INPUT].append(Vectors(INPUT, "Input", tuple(picture.shape[1:]), whole, None))
        with evaluating(model), recording_runs(model, names) as runs:
            model(network.input(part))
        for name, output in dict(runs).items():  # the last run of each
            if len(output) == len(part):
                found = _flat(name, modules[name], output, last, most)
                parts.setdefault(name, []).append(found)
    joined = ((one[0], torch.cat([v.values for v in one])) for one in parts.values())
    return [replace(v, values=values) for v, values in joined if len(values) == len(pixels)]


def embed(found: Vectors, labels: NDArray[np.integer]) -> Embedding:
    """Return digits with these labels (N,) as points, and how well their classes separate."""
    pca = principal_components(found.values, KEPT)
    ranked = ranks(found.values)
    near = ranked.argsort(axis=1)[:, 1 : NEIGHBORS + 1]
    right = int((vote(labels[near]) == labels).sum())
    points = pca.place(found.values)
    return Embedding(
        found.layer,
        found.kind,
        found.shape,
        found.cells,
        pca,
        points,
        near.astype(np.int16),
        wilson(right, len(labels)),
        trustworthiness(ranked, points[:, :2]),
    )


def principal_components(values: Tensor, count: int) -> Pca:
    """Return at most `count` principal components of vectors (N, D), exactly.

    Each direction's sign is free; here its largest entry is positive. Not by scikit-learn's `PCA`:
    on 1,000 vectors of 3,136 values it takes more than twice as long, for the same numbers.

    Reference:
        Pearson 1901, "On Lines and Planes of Closest Fit to Systems of Points in Space",
        https://doi.org/10.1080/14786440109462720
    """
    mean = values.double().mean(dim=0)
    centered = values.double() - mean
    tall = centered.shape[0] > centered.shape[1]
    # the smaller of the two products has the same spectrum, and float64 leaves it exact enough
    product = centered.T @ centered if tall else centered @ centered.T
    variances, axes = torch.linalg.eigh(product)
    count = min(count, *centered.shape)
    variances, axes = variances.flip(0)[:count].clamp_min(0), axes.flip(1)[:, :count]
    directions = axes if tall else F.normalize(centered.T @ axes, dim=0)
    largest = directions.gather(0, directions.abs().argmax(dim=0, keepdim=True))
    directions = directions * torch.where(largest < 0, -1.0, 1.0)
    whole = float(centered.square().sum())
    shares = [float(v) / whole if whole else 0.0 for v in variances]
    return Pca(mean.float(), directions.float(), tuple(shares))


def nearest(
    values: Tensor, among: Tensor, count: int, *, leave_out_self: bool = False
) -> NDArray[np.int64]:
    """Return the nearest vectors by Euclidean distance, nearest first.

    Args:
        values: (M, D).
        among: (N, D).
        count: how many.
        leave_out_self: whether both are the same list, and none is its own neighbor.

    Returns:
        Places in `among`, (M, count).
    """
    middle = among.mean(dim=0)  # small numbers lose less in the product that cdist takes
    distances = torch.cdist(values - middle, among - middle)
    if leave_out_self:
        distances.fill_diagonal_(torch.inf)
    found: NDArray[np.int64] = distances.topk(count, largest=False).indices.numpy()
    return found


def vote(labels: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return the commonest of each row's labels (M, count); of several, the one nearest first."""
    counts = (labels[:, :, None] == np.arange(CLASSES)).sum(axis=1)  # (M, classes)
    each = np.take_along_axis(counts, labels.astype(np.int64), axis=1)  # (M, count)
    chosen: NDArray[np.int64] = labels[np.arange(len(labels)), each.argmax(axis=1)].astype(np.int64)
    return chosen


def tsne(points: Points, *, seed: int = 0) -> Points:
    """Return a map (N, 2) in which neighbors stay together; distances between groups mean little.

    It starts from the first two principal components, so that the same points give the same map,
    and runs on one core.

    Args:
        points: (N, k), along the principal components.
        seed: of what is left to chance.

    Reference:
        Van der Maaten and Hinton 2008, "Visualizing Data using t-SNE",
        https://www.jmlr.org/papers/v9/vandermaaten08a.html
    """
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    start = points[:, :2] / max(float(points[:, 0].std()), 1e-12) * 1e-4
    perplexity = min(PERPLEXITY, (len(points) - 1) / 3)
    with threadpool_limits(1):
        found: Points = TSNE(
            perplexity=perplexity, init=start, max_iter=ROUNDS, random_state=seed, n_jobs=1
        ).fit_transform(points)
    return found.astype(np.float32)


def among_neighbors(
    point: Points, points: Points, places: Points
) -> tuple[Points, NDArray[np.int64]]:
    """Return about where a new point belongs in a map that has no formula, such as t-SNE's.

    It is put between its `NEIGHBORS` nearest, each weighing as much as it is near (inverse
    distance): in the middle of nowhere if they lie in different groups.

    Args:
        point: (k,), along the principal components.
        points: (N, k), of the others.
        places: (N, 2), of the others on the map.

    Returns:
        place: (2,).
        near: the neighbors, nearest first.
    """
    distances = np.linalg.norm(points - point, axis=1)
    near = np.argsort(distances, kind="stable")[:NEIGHBORS]
    weights = 1 / np.maximum(distances[near], 1e-6 * max(float(distances.max()), 1e-12))
    place: Points = (weights @ places[near] / weights.sum()).astype(np.float32)
    return place, near


def ranks(values: Tensor) -> NDArray[np.int16]:
    """Return how many are nearer to vector i than vector j is, (N, N); each is its own rank 0.

    Args:
        values: (N, D); N at most 32,767.
    """
    middle = values.double() - values.double().mean(dim=0)
    distances = torch.cdist(middle, middle).fill_diagonal_(-1)
    order = distances.argsort(dim=1, stable=True)
    found: NDArray[np.int16] = order.argsort(dim=1).short().numpy()
    return found


def trustworthiness(
    ranked: NDArray[np.integer], places: Points, *, count: int = NEIGHBORS
) -> float:
    """Return how far neighbors on a map can be believed: 1 if all are neighbors indeed.

    Each of a point's `count` nearest on the map that is not among its `count` nearest in the
    layer's space costs as much as its rank there is beyond them; 0.5 is about what chance gives.

    Args:
        ranked: of the vectors in the layer's space, (N, N), as `ranks` has them; N > 2.
        places: (N, 2), of the same on the map.
        count: of neighbors, at most; fewer than half of the points.

    Reference:
        Venna and Kaski 2001, "Neighborhood Preservation in Nonlinear Projection Methods",
        https://doi.org/10.1007/3-540-44668-0_68
    """
    count = min(count, (len(ranked) - 1) // 2)
    plane = torch.from_numpy(places)
    near = nearest(plane, plane, count, leave_out_self=True)
    beyond = np.take_along_axis(ranked, near, axis=1).astype(np.int64) - count
    most = len(ranked) * count * (2 * len(ranked) - 3 * count - 1)
    return float(1 - 2 / most * np.maximum(beyond, 0).sum())


def turned(places: Points, like: Points) -> Points:
    """Return a map turned and mirrored, and nothing else, so that it lies as near as it can.

    Which way a t-SNE map lies means nothing; so turned, points move no more than they must.

    Args:
        places: (N, 2).
        like: (N, 2), the same points in another map.

    Reference:
        Schönemann 1966, "A generalized solution of the orthogonal Procrustes problem",
        https://doi.org/10.1007/BF02289451
    """
    from scipy.linalg import orthogonal_procrustes  # slow to import, and needed here alone

    one, other = places - places.mean(axis=0), like - like.mean(axis=0)
    rotation, _ = orthogonal_procrustes(one.astype(np.float64), other)
    found: Points = (one @ rotation).astype(np.float32)
    return found


def mirrored(places: Points, like: Points) -> NDArray[np.float32]:
    """Return -1 for each axis (2,) along which a map should be mirrored to lie like another."""
    one, other = places - places.mean(axis=0), like - like.mean(axis=0)
    return np.where((one * other).sum(axis=0) < 0, -1, 1).astype(np.float32)


def _flat(name: str, module: nn.Module, output: Tensor, channels_last: bool, most: int) -> Vectors:
    shape, cells = tuple(output.shape[1:]), None
    if output[0].numel() > most and output.dim() in (3, 4):
        channels = channel_dimension(module, output.dim(), channels_last=channels_last)
        maps = as_maps(output, channels_last=channels == 3)
        cells = _cells(maps.shape[1], maps.shape[2:], most)
        output = F.adaptive_avg_pool2d(maps, cells)
    values = output.flatten(1).float().clone()
    return Vectors(name, type(module).__name__, shape, values, cells)


def _cells(channels: int, grid: Sequence[int], most: int) -> tuple[int, int]:
    """Return the largest grid, as many rows as columns where there are, that keeps to `most`."""
    side = max(1, int((most / channels) ** 0.5))
    return min(side, grid[0]), min(side, grid[1])
