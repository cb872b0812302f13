"""Finding several digits: the loss over sets of boxes, what was found, and how well.

A box is its center's column and row, width and height, as shares of the image.

Reference:
    Carion et al. 2020, "End-to-End Object Detection with Transformers",
    https://arxiv.org/abs/2005.12872
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from cnnviz.data.canvases import NO_DIGIT
from cnnviz.data.mnist import CLASSES

L1_WEIGHT, IOU_WEIGHT = 5.0, 2.0  # in the loss and in the matching, the paper's
NO_OBJECT_WEIGHT = 0.1  # most queries find nothing
SURE = 0.5  # probability from which a query's digit counts as found
OVERLAP = 0.5  # intersection over union from which a box is in the right place


@dataclass(frozen=True, eq=False)
class Targets:
    """The digits on N canvases, K at most.

    Attributes:
        labels: int64, (N, K); -1 where there is no such digit.
        boxes: float32, (N, K, 4).
    """

    labels: Tensor
    boxes: Tensor


@dataclass(frozen=True, eq=False)
class Detections:
    """What each of Q queries says.

    Attributes:
        labels: int64, (N, Q), the likeliest digit.
        confidences: float32, (N, Q), its probability, "no object" being the eleventh class.
        boxes: float32, (N, Q, 4).
    """

    labels: Tensor
    confidences: Tensor
    boxes: Tensor

    @property
    def sure(self) -> Tensor:
        """Which of them have found a digit, (N, Q)."""
        return self.confidences > SURE


@dataclass(frozen=True)
class Score:
    """How many digits were found.

    Attributes:
        hits: digits found in the right place under the right name, each once.
        found: boxes given out.
        digits: there were.
    """

    hits: int
    found: int
    digits: int

    @property
    def precision(self) -> float:
        """Share of the boxes that are right, 0 to 1; 0 if there is none."""
        return self.hits / max(self.found, 1)

    @property
    def recall(self) -> float:
        """Share of the digits that were found, 0 to 1."""
        return self.hits / max(self.digits, 1)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.hits / max(self.found + self.digits, 1)


def corners(boxes: Tensor) -> Tensor:
    """Return left, top, right and bottom of boxes (..., 4)."""
    center, size = boxes[..., :2], boxes[..., 2:]
    return torch.cat([center - size / 2, center + size / 2], dim=-1)


def overlaps(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """Return intersection over union, and its generalization, of boxes (..., 4) that broadcast.

    The generalized one is the first less the share of the smallest box around both that neither
    fills, -1 to 1: it still tells boxes apart that do not touch.

    Reference:
        Rezatofighi et al. 2019, "Generalized Intersection over Union",
        https://arxiv.org/abs/1902.09630
    """
    one, two = corners(first), corners(second)
    inner = torch.minimum(one[..., 2:], two[..., 2:]) - torch.maximum(one[..., :2], two[..., :2])
    outer = torch.maximum(one[..., 2:], two[..., 2:]) - torch.minimum(one[..., :2], two[..., :2])
    intersection = inner.clamp(min=0).prod(dim=-1)
    union = first[..., 2:].prod(dim=-1) + second[..., 2:].prod(dim=-1) - intersection
    hull = outer.prod(dim=-1)
    shared = intersection / union.clamp(min=1e-9)
    return shared, shared - (hull - union) / hull.clamp(min=1e-9)


def match(logits: Tensor, boxes: Tensor, targets: Targets) -> Tensor:
    """Give each digit a query of its own, at the lowest cost over all (the Hungarian method).

    A pair costs the class's probability, negative, plus the weighted distance of the boxes.

    Args:
        logits: (N, Q, 11).
        boxes: (N, Q, 4).
        targets: with K up to Q digits on each canvas.

    Returns:
        query: int64, (N, K), on the CPU; -1 where there is no digit.

    Reference:
        Kuhn 1955, "The Hungarian method for the assignment problem",
        https://doi.org/10.1002/nav.3800020109
    """
    from scipy.optimize import linear_sum_assignment  # slow to import, and needed here alone

    with torch.no_grad():
        labels = targets.labels.clamp(min=0)
        likely = logits.softmax(dim=-1).gather(2, labels[:, None].expand(-1, logits.shape[1], -1))
        pairs = boxes[:, :, None], targets.boxes[:, None]
        distance = (pairs[0] - pairs[1]).abs().sum(dim=-1)
        cost = L1_WEIGHT * distance - IOU_WEIGHT * overlaps(*pairs)[1] - likely  # (N, Q, K)
    queries = torch.full(targets.labels.shape, NO_DIGIT)
    there = (targets.labels != NO_DIGIT).cpu().numpy()
    for n, (costs, real) in enumerate(zip(cost.cpu().numpy(), there, strict=True)):
        rows, columns = linear_sum_assignment(costs[:, real])
        queries[n, real.nonzero()[0][columns]] = torch.from_numpy(rows)
    return queries


def set_loss(outputs: Tensor, targets: Targets) -> Tensor:
    """Return the paper's loss: matched digits against their queries, all others against nothing.

    The cross-entropy of the classes, the distance of the boxes' numbers and one less their
    generalized intersection over union, the latter two per digit; added up over the decoder's
    layers, each of which is matched by itself.

    Args:
        outputs: (N, layers, Q, 15), as `cnnviz.models.architectures.detr.DETR` puts them out.
        targets: of the N canvases.
    """
    total = outputs.new_zeros(())
    for output in outputs.unbind(dim=1):
        logits, boxes = output[..., :-4], output[..., -4:]
        queries = match(logits, boxes, targets).to(outputs.device)
        canvas, digit = (queries != NO_DIGIT).nonzero(as_tuple=True)
        query = queries[canvas, digit]
        classes = torch.full(logits.shape[:2], CLASSES, device=outputs.device)
        classes[canvas, query] = targets.labels[canvas, digit]
        weight = logits.new_ones(CLASSES + 1)
        weight[CLASSES] = NO_OBJECT_WEIGHT
        guess, truth = boxes[canvas, query], targets.boxes[canvas, digit]
        distance = (guess - truth).abs().sum(dim=-1).mean()
        apart = 1 - overlaps(guess, truth)[1].mean()
        names = F.cross_entropy(logits.flatten(0, 1), classes.flatten(), weight)
        total = total + names + L1_WEIGHT * distance + IOU_WEIGHT * apart
    return total


def decode_detections(outputs: Tensor) -> Detections:
    """Return what the last decoder layer found, from outputs (N, layers, Q, 15)."""
    last = outputs[:, -1]
    digits = last[..., :-4].softmax(dim=-1)[..., :CLASSES]
    confidences, labels = digits.max(dim=-1)
    return Detections(labels, confidences, last[..., -4:])


def detections_as_lists(found: Detections) -> list[list[list[float]]]:
    """Return for each canvas the digits found on it, the surest first, as plain numbers.

    Each is the digit, its confidence, and left, top, right and bottom of its box.
    """
    order = found.confidences.argsort(dim=1, descending=True)
    edges = corners(found.boxes)
    return [
        [
            [int(found.labels[n, q])]
            + [round(v, 4) for v in [float(found.confidences[n, q]), *edges[n, q].tolist()]]
            for q in order[n].tolist()
            if found.sure[n, q]
        ]
        for n in range(len(order))
    ]


def assign_detections(found: Detections, targets: Targets, *, named: bool = True) -> Tensor:
    """Give the boxes that were found to the digits they lie on, the surest box first.

    Args:
        found: by Q queries on N canvases.
        targets: of the same canvases.
        named: whether the box must also bear the digit's name.

    Returns:
        query: int64, (N, K): which one found the digit; -1 where none did.
    """
    shared = overlaps(found.boxes[:, :, None], targets.boxes[:, None])[0]  # (N, Q, K)
    fits = (shared >= OVERLAP) & found.sure[..., None] & (targets.labels != NO_DIGIT)[:, None]
    if named:
        fits &= found.labels[..., None] == targets.labels[:, None]
    order = found.confidences.argsort(dim=1, descending=True)
    queries = torch.full_like(targets.labels, NO_DIGIT)
    every = torch.arange(len(order), device=order.device)
    for query in order.unbind(dim=1):
        free = fits[every, query] & (queries == NO_DIGIT)  # (N, K)
        best = torch.where(free, shared[every, query], -1.0).argmax(dim=1)
        taken = free[every, best]
        queries[every[taken], best[taken]] = query[taken]
    return queries


def hit_counts(found: Detections, targets: Targets) -> Tensor:
    """Return hits, boxes found and digits there are, (3,), on the device."""
    hits = assign_detections(found, targets) != NO_DIGIT
    return torch.stack([hits.sum(), found.sure.sum(), (targets.labels != NO_DIGIT).sum()])


def confusion(found: Detections, targets: Targets) -> Tensor:
    """Return how often a digit was found under each name, (10, 10): rows are true digits.

    Digits that were not found, and boxes where no digit is, have no place in it.
    """
    queries = assign_detections(found, targets, named=False)
    canvas, digit = (queries != NO_DIGIT).nonzero(as_tuple=True)
    true = targets.labels[canvas, digit]
    answers = found.labels[canvas, queries[canvas, digit]]
    table = torch.bincount(true * CLASSES + answers, minlength=CLASSES**2)
    return table.reshape(CLASSES, CLASSES)
