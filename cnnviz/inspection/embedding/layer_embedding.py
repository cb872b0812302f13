"""Embeddings of digits: their layer outputs as points, and how well the classes separate.

A layer's output is one vector per digit. PCA projects the vectors onto the directions of largest
variance; t-SNE preserves only neighbors. The separation of classes depends on neither map: it is
counted among the vectors themselves.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnviz.inspection.embedding.layer_vectors import Vectors
from cnnviz.inspection.embedding.neighbors import (
    NEIGHBORS,
    Points,
    ranks,
    separation,
    trustworthiness,
)
from cnnviz.inspection.embedding.principal_components import Pca, principal_components
from cnnviz.stats.intervals import Interval

COMPONENTS = 30  # principal components for t-SNE and for the neighbors of a new point


@dataclass(frozen=True, eq=False)
class Embedding:
    """The outputs of one layer for N digits, as points.

    Attributes:
        layer, kind, shape, cells: as in `Vectors`.
        pca: principal components, which a new point is projected onto.
        points: float32, (N, k), coordinates along them; the first two are the PCA map.
        neighbors: int16, (N, NEIGHBORS), indices of the nearest other vectors, nearest first.
        separation: share of digits whose `NEIGHBORS` nearest others vote for the true class.
        trust: trustworthiness of the PCA map.
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


def embed(vectors: Vectors, labels: NDArray[np.integer]) -> Embedding:
    """Return the embedding of a layer's outputs for digits with labels (N,)."""
    pca = principal_components(vectors.values, COMPONENTS)
    ranked = ranks(vectors.values)  # (N, N)
    near = ranked.argsort(axis=1)[:, 1 : NEIGHBORS + 1]  # (N, NEIGHBORS)
    points = pca.place(vectors.values)  # (N, k)
    return Embedding(
        vectors.layer,
        vectors.kind,
        vectors.shape,
        vectors.cells,
        pca,
        points,
        near.astype(np.int16),
        separation(near, labels),
        trustworthiness(ranked, points[:, :2]),  # of the first two components, (N, 2)
    )
