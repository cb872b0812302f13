"""Nearest neighbors of vectors, and how far a map in the plane preserves them."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cnnviz.data.mnist import CLASSES
from cnnviz.stats.intervals import Interval, wilson

NEIGHBORS = 5

Points = NDArray[np.float32]


def nearest_neighbors(
    values: Tensor, among: Tensor, count: int, *, leave_out_self: bool = False
) -> NDArray[np.int64]:
    """Return the indices of the nearest vectors by Euclidean distance, nearest first, (M, count).

    Args:
        values: (M, D).
        among: (N, D).
        count: number of neighbors.
        leave_out_self: whether both are the same vectors and none is its own neighbor.
    """
    mean = among.mean(dim=0)  # centered, the product inside cdist loses less precision
    distances = torch.cdist(values - mean, among - mean)  # (M, N)
    if leave_out_self:
        distances.fill_diagonal_(torch.inf)
    indices: NDArray[np.int64] = distances.topk(count, largest=False).indices.numpy()  # (M, count)
    return indices


def vote(labels: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return the most frequent of each row's labels (M, count), at a tie the nearest, (M,)."""
    counts = (labels[:, :, None] == np.arange(CLASSES)).sum(axis=1)  # (M, classes)
    by_neighbor = np.take_along_axis(counts, labels.astype(np.int64), axis=1)  # (M, count)
    winner = by_neighbor.argmax(axis=1)  # (M,), the first, so the nearest, at a tie
    winners: NDArray[np.int64] = labels[np.arange(len(labels)), winner].astype(np.int64)  # (M,)
    return winners


def separation(near: NDArray[np.integer], labels: NDArray[np.integer]) -> Interval:
    """Return the share of points whose nearest neighbors vote for their own class.

    Args:
        near: (N, count), indices of each point's nearest others, nearest first.
        labels: (N,).
    """
    return wilson(int((vote(labels[near]) == labels).sum()), len(labels))


def ranks(values: Tensor) -> NDArray[np.int16]:
    """Return the rank of vector j among the neighbors of vector i, (N, N); each has rank 0 itself.

    Args:
        values: (N, D); N at most 32,767.
    """
    centered = values.double() - values.double().mean(dim=0)  # (N, D)
    distances = torch.cdist(centered, centered).fill_diagonal_(-1)  # (N, N)
    order = distances.argsort(dim=1, stable=True)  # (N, N), itself first: its distance is -1
    ranked: NDArray[np.int16] = order.argsort(dim=1).short().numpy()  # (N, N), the inverse orders
    return ranked


def trustworthiness(
    ranked: NDArray[np.integer], positions: Points, *, count: int = NEIGHBORS
) -> float:
    """Return the trustworthiness of a map: 1 if all neighbors on it are neighbors of the vectors.

    Each of a point's `count` nearest on the map that is not among the `count` nearest vectors
    costs its rank among them beyond `count`. A random map has about 0.5.

    Args:
        ranked: of the vectors, (N, N), from `ranks`; N > 2.
        positions: (N, 2), of the same points on the map.
        count: number of neighbors, reduced to fewer than half of the points.

    Reference:
        Venna and Kaski 2001, "Neighborhood Preservation in Nonlinear Projection Methods",
        https://doi.org/10.1007/3-540-44668-0_68
    """
    count = min(count, (len(ranked) - 1) // 2)
    points = torch.from_numpy(positions)  # (N, 2)
    near = nearest_neighbors(points, points, count, leave_out_self=True)  # (N, count)
    beyond = np.take_along_axis(ranked, near, axis=1).astype(np.int64) - count  # (N, count)
    largest = len(ranked) * count * (2 * len(ranked) - 3 * count - 1)
    return float(1 - 2 / largest * np.maximum(beyond, 0).sum())


def kept_neighbors(positions: Points, near: NDArray[np.integer]) -> float:
    """Return the share of the nearest on a map that are among the nearest vectors, 0 to 1.

    Args:
        positions: (N, 2), on the map.
        near: (N, count), indices of the nearest vectors of each, without itself.
    """
    points = torch.from_numpy(positions)  # (N, 2)
    here = nearest_neighbors(points, points, near.shape[1], leave_out_self=True)  # (N, count)
    return float((here[:, :, None] == near[:, None, :]).any(axis=2).mean())


def among_neighbors(
    point: Points, points: Points, positions: Points
) -> tuple[Points, NDArray[np.int64]]:
    """Return the position of a new point on a map without a formula, such as t-SNE's.

    It is the mean of its `NEIGHBORS` nearest, weighted by inverse distance; between groups if they
    lie in several.

    Args:
        point: (k,), principal components of the new point.
        points: (N, k), of the others.
        positions: (N, 2), of the others on the map.

    Returns:
        The position, (2,), and the indices of the neighbors, nearest first.
    """
    distances = np.linalg.norm(points - point, axis=1)  # (N,)
    near = np.argsort(distances, kind="stable")[:NEIGHBORS]  # (NEIGHBORS,)
    weights = 1 / np.maximum(distances[near], 1e-6 * max(float(distances.max()), 1e-12))
    position: Points = (weights @ positions[near] / weights.sum()).astype(np.float32)  # (2,)
    return position, near
