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
    kept_neighbors,
    ranks,
    separation,
    trustworthiness,
)
from cnnviz.inspection.embedding.plane_maps import axis_signs, class_places, two_components
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
        signs: of the first two components, (2,), by which the PCA map is mirrored.
        trust: trustworthiness of the PCA map.
        kept: share of the neighbors on the PCA map that are among `neighbors`, 0 to 1.
    """

    layer: str
    kind: str
    shape: tuple[int, ...]
    cells: tuple[int, int] | None
    pca: Pca
    points: Points
    neighbors: NDArray[np.int16]
    separation: Interval
    signs: NDArray[np.float32]
    trust: float
    kept: float


def embed(vectors: Vectors, labels: NDArray[np.integer]) -> Embedding:
    """Return the embedding of a layer's outputs for digits with labels (N,)."""
    pca = principal_components(vectors.values, COMPONENTS)
    ranked = ranks(vectors.values)  # (N, N)
    near = ranked.argsort(axis=1)[:, 1 : NEIGHBORS + 1]  # (N, NEIGHBORS)
    points = pca.place(vectors.values)  # (N, k)
    plane = two_components(points)  # (N, 2)
    return Embedding(
        vectors.layer,
        vectors.kind,
        vectors.shape,
        vectors.cells,
        pca,
        points,
        near.astype(np.int16),
        separation(near, labels),
        axis_signs(plane, class_places(labels)),
        trustworthiness(ranked, plane),
        kept_neighbors(plane, near),
    )
