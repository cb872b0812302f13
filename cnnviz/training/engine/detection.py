"""Digit detection: set loss with Hungarian matching, decoded detections, hits and confusion.

A box is (center column, center row, width, height) as shares of the image's sides. Shapes: N
canvases, Q queries of the decoder, K digits at most on a canvas.

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
NO_OBJECT_WEIGHT = 0.1  # of the class "no object", which most queries have
CONFIDENCE_THRESHOLD = 0.5  # confidence above which a query counts as a detection
IOU_THRESHOLD = 0.5  # intersection over union from which a detection can be a hit


@dataclass(frozen=True, eq=False)
class Targets:
    """True digits on N canvases, K at most on each.

    Attributes:
        labels: int64, (N, K); -1 where a canvas has fewer digits.
        boxes: float32, (N, K, 4).
    """

    labels: Tensor
    boxes: Tensor


@dataclass(frozen=True, eq=False)
class Detections:
    """Decoded outputs of Q queries on N canvases.

    Attributes:
        labels: int64, (N, Q), the digit with the highest probability.
        confidences: float32, (N, Q), its probability; "no object" is the eleventh class.
        boxes: float32, (N, Q, 4).
    """

    labels: Tensor
    confidences: Tensor
    boxes: Tensor

    @property
    def detected(self) -> Tensor:
        """Which queries count as detections, bool, (N, Q)."""
        return self.confidences > CONFIDENCE_THRESHOLD


@dataclass(frozen=True)
class Score:
    """Counts of hits, detections and digits, and the measures that follow from them.

    Attributes:
        hits: detections that lie on a digit and have its class, one for each digit.
        detections: in all.
        digits: true digits.
    """

    hits: int
    detections: int
    digits: int

    @property
    def precision(self) -> float:
        """Share of the detections that are hits, 0 to 1; 0 if there is none."""
        return self.hits / max(self.detections, 1)

    @property
    def recall(self) -> float:
        """Share of the digits that were detected, 0 to 1."""
        return self.hits / max(self.digits, 1)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall, 0 to 1."""
        return 2 * self.hits / max(self.detections + self.digits, 1)


def box_edges(boxes: Tensor) -> Tensor:
    """Return left, top, right and bottom, (..., 4), of boxes (..., 4)."""
    center, size = boxes[..., :2], boxes[..., 2:]  # (..., 2) each
    return torch.cat([center - size / 2, center + size / 2], dim=-1)  # (..., 4)


def iou_and_giou(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """Return intersection over union (IoU) and generalized IoU of boxes (..., 4) that broadcast.

    Generalized IoU is IoU minus the share of the smallest enclosing box that neither box covers,
    from -1 to 1. It has a gradient even where the boxes do not touch.

    Reference:
        Rezatofighi et al. 2019, "Generalized Intersection over Union",
        https://arxiv.org/abs/1902.09630
    """
    a, b = box_edges(first), box_edges(second)  # (..., 4)
    inner = torch.minimum(a[..., 2:], b[..., 2:]) - torch.maximum(a[..., :2], b[..., :2])
    outer = torch.maximum(a[..., 2:], b[..., 2:]) - torch.minimum(a[..., :2], b[..., :2])
    intersection = inner.clamp(min=0).prod(dim=-1)  # (...,)
    union = first[..., 2:].prod(dim=-1) + second[..., 2:].prod(dim=-1) - intersection  # (...,)
    hull = outer.prod(dim=-1)  # (...,)
    iou = intersection / union.clamp(min=1e-9)  # (...,)
    return iou, iou - (hull - union) / hull.clamp(min=1e-9)  # (...,) each


def match_queries(logits: Tensor, boxes: Tensor, targets: Targets) -> Tensor:
    """Return the query matched to each digit, at the lowest total cost (Hungarian matching).

    The cost of a pair is the weighted L1 distance of the boxes, minus their weighted generalized
    IoU, minus the probability of the digit's class.

    Args:
        logits: (N, Q, 11).
        boxes: (N, Q, 4).
        targets: with K up to Q digits on each canvas.

    Returns:
        Index of a query, int64, (N, K), on the CPU; -1 where there is no digit.

    Reference:
        Kuhn 1955, "The Hungarian method for the assignment problem",
        https://doi.org/10.1002/nav.3800020109
    """
    from scipy.optimize import linear_sum_assignment  # slow to import, needed only here

    with torch.no_grad():
        classes = targets.labels.clamp(min=0)[:, None].expand(-1, logits.shape[1], -1)  # (N, Q, K)
        probability = logits.softmax(dim=-1).gather(2, classes)  # (N, Q, K)
        pairs = boxes[:, :, None], targets.boxes[:, None]  # (N, Q, 1, 4), (N, 1, K, 4)
        distance = (pairs[0] - pairs[1]).abs().sum(dim=-1)  # (N, Q, K)
        giou = iou_and_giou(*pairs)[1]  # (N, Q, K)
        cost = L1_WEIGHT * distance - IOU_WEIGHT * giou - probability  # (N, Q, K)
    queries = torch.full(targets.labels.shape, NO_DIGIT)  # (N, K)
    present = (targets.labels != NO_DIGIT).cpu().numpy()  # (N, K)
    for n, (costs, digits) in enumerate(zip(cost.cpu().numpy(), present, strict=True)):
        rows, columns = linear_sum_assignment(costs[:, digits])  # (D,) each, D digits on the canvas
        queries[n, digits.nonzero()[0][columns]] = torch.from_numpy(rows)
    return queries


def set_loss(outputs: Tensor, targets: Targets) -> Tensor:
    """Return the loss of the paper, a scalar: each digit against its query, the rest "no object".

    The sum over decoder layers, each matched by itself, of the cross-entropy of the classes in nats
    and, as means over digits, the weighted L1 distance of the boxes and 1 minus their generalized
    IoU.

    Args:
        outputs: 11 logits and a box, (N, layers, Q, 15), of
            `cnnviz.models.architectures.detr.DETR`.
        targets: of the N canvases.
    """
    total = outputs.new_zeros(())  # scalar
    for output in outputs.unbind(dim=1):
        logits, boxes = output[..., :-4], output[..., -4:]  # (N, Q, 11), (N, Q, 4)
        queries = match_queries(logits, boxes, targets).to(outputs.device)  # (N, K)
        canvas, digit = (queries != NO_DIGIT).nonzero(as_tuple=True)  # (M,) each, M digits in all
        query = queries[canvas, digit]  # (M,)
        classes = torch.full(logits.shape[:2], CLASSES, device=outputs.device)  # (N, Q)
        classes[canvas, query] = targets.labels[canvas, digit]  # all other queries stay "no object"
        weight = logits.new_ones(CLASSES + 1)  # (11,)
        weight[CLASSES] = NO_OBJECT_WEIGHT
        predicted, true = boxes[canvas, query], targets.boxes[canvas, digit]  # (M, 4)
        distance = (predicted - true).abs().sum(dim=-1).mean()  # (M,) to a scalar
        iou_loss = 1 - iou_and_giou(predicted, true)[1].mean()  # scalar
        class_loss = F.cross_entropy(logits.flatten(0, 1), classes.flatten(), weight)
        total = total + class_loss + L1_WEIGHT * distance + IOU_WEIGHT * iou_loss
    return total


def decode_detections(outputs: Tensor) -> Detections:
    """Return the detections of the last decoder layer, from outputs (N, layers, Q, 15)."""
    last = outputs[:, -1]  # (N, Q, 15)
    probabilities = last[..., :-4].softmax(dim=-1)[..., :CLASSES]  # (N, Q, 10)
    confidences, labels = probabilities.max(dim=-1)  # (N, Q) each
    return Detections(labels, confidences, last[..., -4:])


def detections_as_lists(detections: Detections) -> list[list[list[float]]]:
    """Return the detections on each canvas as plain numbers, the most confident first.

    Each is [digit, confidence, left, top, right, bottom], the edges as shares of the canvas.
    """
    order = detections.confidences.argsort(dim=1, descending=True)  # (N, Q)
    edges = box_edges(detections.boxes)  # (N, Q, 4)
    return [
        [
            [int(detections.labels[n, q])]
            + [round(v, 4) for v in [float(detections.confidences[n, q]), *edges[n, q].tolist()]]
            for q in order[n].tolist()
            if detections.detected[n, q]
        ]
        for n in range(len(order))
    ]


def assign_detections(detections: Detections, targets: Targets, *, named: bool = True) -> Tensor:
    """Return the detection assigned to each digit, the most confident detection choosing first.

    Args:
        detections: of Q queries on N canvases.
        targets: of the same canvases.
        named: whether a detection must also have the digit's class.

    Returns:
        Index of a query, int64, (N, K); -1 where no detection overlaps the digit enough.
    """
    iou = iou_and_giou(detections.boxes[:, :, None], targets.boxes[:, None])[0]  # (N, Q, K)
    present = (targets.labels != NO_DIGIT)[:, None]  # (N, 1, K)
    fits = (iou >= IOU_THRESHOLD) & detections.detected[..., None] & present  # (N, Q, K)
    if named:
        fits &= detections.labels[..., None] == targets.labels[:, None]  # (N, Q, K)
    order = detections.confidences.argsort(dim=1, descending=True)  # (N, Q)
    queries = torch.full_like(targets.labels, NO_DIGIT)  # (N, K)
    canvases = torch.arange(len(order), device=order.device)  # (N,)
    for query in order.unbind(dim=1):  # (N,), the next most confident query of each canvas
        free = fits[canvases, query] & (queries == NO_DIGIT)  # (N, K)
        best = torch.where(free, iou[canvases, query], -1.0).argmax(dim=1)  # (N,)
        assigned = free[canvases, best]  # (N,)
        queries[canvases[assigned], best[assigned]] = query[assigned]
    return queries


def hit_counts(detections: Detections, targets: Targets) -> Tensor:
    """Return the numbers of hits, detections and digits, (3,), on the device."""
    hits = assign_detections(detections, targets) != NO_DIGIT  # (N, K)
    return torch.stack([hits.sum(), detections.detected.sum(), (targets.labels != NO_DIGIT).sum()])


def confusion(detections: Detections, targets: Targets) -> Tensor:
    """Return how often each digit was detected as each class, (10, 10): rows are true digits.

    Digits that were not detected, and detections where no digit is, are not counted.
    """
    queries = assign_detections(detections, targets, named=False)  # (N, K)
    canvas, digit = (queries != NO_DIGIT).nonzero(as_tuple=True)  # (M,) each, M digits detected
    true = targets.labels[canvas, digit]  # (M,)
    predicted = detections.labels[canvas, queries[canvas, digit]]  # (M,)
    counts = torch.bincount(true * CLASSES + predicted, minlength=CLASSES**2)  # (100,)
    return counts.reshape(CLASSES, CLASSES)  # (10, 10)
