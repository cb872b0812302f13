"""Maps of points in the plane: t-SNE, and the alignment of one map with another."""

import numpy as np
from numpy.typing import NDArray

from cnnviz.inspection.embedding.neighbors import Points

PERPLEXITY = 30
ITERATIONS = 500  # of t-SNE; 1,000 take three times as long, and the divergence falls by 3%

_CLASS_PLACES = np.array(  # mean position of each class, of 1,000 test digits, 100 per class
    [
        *[(4.5, 0.1), (-3.1, 1.9), (0.8, 1.5), (0.5, 1.7), (-0.8, -2.1)],
        *[(0.1, 0.1), (0.0, 0.2), (-1.1, -2.5), (0.0, 1.2), (-0.9, -2.0)],
    ],
    np.float32,
)


def tsne(points: Points, *, seed: int = 0) -> Points:
    """Return a t-SNE map (N, 2), which keeps neighbors together; other distances mean little.

    It starts from the first two principal components, so that the same points give the same map,
    and runs on one core.

    Args:
        points: (N, k), principal components.
        seed: of the random numbers.

    Reference:
        Van der Maaten and Hinton 2008, "Visualizing Data using t-SNE",
        https://www.jmlr.org/papers/v9/vandermaaten08a.html
    """
    from sklearn.manifold import TSNE  # slow to import, and needed here alone
    from threadpoolctl import threadpool_limits

    start = points[:, :2] / max(float(points[:, 0].std()), 1e-12) * 1e-4
    perplexity = min(PERPLEXITY, (len(points) - 1) / 3)
    with threadpool_limits(1):
        positions: Points = TSNE(
            perplexity=perplexity, init=start, max_iter=ITERATIONS, random_state=seed, n_jobs=1
        ).fit_transform(points)
    return positions.astype(np.float32)


def rotated_to(positions: Points, reference: Points) -> Points:
    """Return a map centered, rotated and mirrored so that it lies closest to a centered reference.

    The orientation of a t-SNE map has no meaning; aligned, points move as little as possible.

    Args:
        positions: (N, 2).
        reference: (N, 2), the same points on another map.

    Reference:
        Schönemann 1966, "A generalized solution of the orthogonal Procrustes problem",
        https://doi.org/10.1007/BF02289451
    """
    from scipy.linalg import orthogonal_procrustes  # slow to import, and needed here alone

    centered, target = positions - positions.mean(axis=0), reference - reference.mean(axis=0)
    rotation, _ = orthogonal_procrustes(centered.astype(np.float64), target)  # (2, 2)
    rotated: Points = (centered @ rotation).astype(np.float32)  # (N, 2)
    return rotated


def two_components(points: Points) -> Points:
    """Return the first two components, (N, 2), zeros in place of a second one that is missing."""
    plane = points[:, :2]  # (N, 1) or (N, 2)
    return np.pad(plane, ((0, 0), (0, 2 - plane.shape[1])))  # (N, 2)


def class_places(labels: NDArray[np.integer]) -> Points:
    """Return where each digit's class lies on the PCA map of the pixels, (N, 2), for its label."""
    places: Points = _CLASS_PLACES[labels]  # (N, 2)
    return places


def axis_signs(positions: Points, reference: Points) -> NDArray[np.float32]:
    """Return -1 for each axis (2,) along which to mirror a map so that it lies like a reference."""
    centered, target = positions - positions.mean(axis=0), reference - reference.mean(axis=0)
    return np.where((centered * target).sum(axis=0) < 0, -1, 1).astype(np.float32)  # (2,)
