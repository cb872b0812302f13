import itertools

import pytest
import torch
from torch import Tensor

from cnnviz.training.engine.detection import (
    Detections,
    Score,
    Targets,
    assign_detections,
    box_edges,
    confusion,
    decode_detections,
    hit_counts,
    iou_and_giou,
    match_queries,
    set_loss,
)

HALF = torch.tensor([0.5, 0.5, 1.0, 1.0])  # the whole canvas


def some(count: int = 6, queries: int = 5, *, seed: int = 0) -> tuple[Tensor, Targets]:
    """Random outputs of two decoder layers, and one to three digits on each canvas."""
    torch.manual_seed(seed)
    outputs = torch.cat(
        [torch.randn(count, 2, queries, 11), 0.1 + 0.6 * torch.rand(count, 2, queries, 4)], dim=-1
    )
    labels = torch.randint(0, 10, (count, 3))
    labels[::2, 1] = -1  # a gap in the middle
    labels[::3, 2] = -1
    boxes = (0.1 + 0.6 * torch.rand(count, 3, 4)) * (labels >= 0)[..., None]
    return outputs, Targets(labels, boxes)


# Boxes


def test_a_boxs_corners_lie_half_its_size_from_its_center() -> None:
    assert box_edges(torch.tensor([0.5, 0.25, 0.2, 0.5])).tolist() == pytest.approx(
        [0.4, 0, 0.6, 0.5]
    )


@pytest.mark.parametrize(
    ("other", "shared", "generalized"),
    [
        ([0.5, 0.5, 1.0, 1.0], 1.0, 1.0),
        ([0.5, 0.5, 0.5, 0.5], 0.25, 0.25),  # nested: the hull is the outer box
        ([2.5, 0.5, 1.0, 1.0], 0.0, 0 - (3 - 2) / 3),  # apart: a hull of 3, of which 2 are filled
        ([1.0, 0.5, 1.0, 1.0], 1 / 3, 1 / 3),  # half over the edge: the hull is the union
        ([1.0, 1.0, 1.0, 1.0], 0.25 / 1.75, 0.25 / 1.75 - (2.25 - 1.75) / 2.25),
    ],
)
def test_overlaps_by_hand(other: list[float], shared: float, generalized: float) -> None:
    found = iou_and_giou(HALF, torch.tensor(other))
    assert [value.item() for value in found] == pytest.approx([shared, generalized])


def test_overlaps_do_not_depend_on_the_order() -> None:
    first, second = torch.rand(2, 50, 4).unbind()
    for one, two in zip(iou_and_giou(first, second), iou_and_giou(second, first), strict=True):
        assert torch.allclose(one, two)


# Matching and loss


def test_the_matching_is_the_cheapest_of_all_permutations() -> None:
    outputs, targets = some()
    logits, boxes = outputs[:, 0, :, :11], outputs[:, 0, :, 11:]
    found = match_queries(logits, boxes, targets)
    for n in range(len(outputs)):
        real = (targets.labels[n] >= 0).nonzero().flatten().tolist()

        def cost(queries: tuple[int, ...], n: int = n, real: list[int] = real) -> float:
            total = 0.0
            for query, digit in zip(queries, real, strict=True):
                box, truth = boxes[n, query], targets.boxes[n, digit]
                total += 5 * (box - truth).abs().sum().item()
                total -= 2 * iou_and_giou(box, truth)[1].item()
                total -= logits[n, query].softmax(0)[targets.labels[n, digit]].item()
            return total

        best = min(itertools.permutations(range(5), len(real)), key=cost)
        assert [int(found[n, digit]) for digit in real] == list(best)
        assert (found[n] == -1).sum() == 3 - len(real)


def test_the_loss_by_hand() -> None:
    # one canvas, one layer, two queries; the first one has the digit's place but half its width
    sure = torch.tensor([0.0] * 3 + [20.0] + [0.0] * 7)  # a 3
    nothing = torch.tensor([0.0] * 11)  # each of the 11 classes alike
    outputs = torch.stack(
        [
            torch.cat([sure, torch.tensor([0.5, 0.5, 0.2, 0.4])]),
            torch.cat([nothing, torch.tensor([0.1, 0.1, 0.1, 0.1])]),
        ]
    )[None, None]
    targets = Targets(torch.tensor([[3]]), torch.tensor([[[0.5, 0.5, 0.4, 0.4]]]))
    names = 0.1 * torch.tensor(11.0).log() / 1.1  # the mean with weights 1 and 0.1
    expected = names + 5 * 0.2 + 2 * (1 - 0.5)
    assert set_loss(outputs, targets).item() == pytest.approx(expected.item(), rel=1e-5)


def test_the_order_of_queries_does_not_change_the_loss() -> None:
    outputs, targets = some()
    for order in ([4, 3, 2, 1, 0], [2, 0, 1, 4, 3]):
        assert torch.allclose(set_loss(outputs[:, :, order], targets), set_loss(outputs, targets))


def test_the_order_of_digits_does_not_change_the_loss() -> None:
    outputs, targets = some()
    turned = Targets(targets.labels[:, [2, 0, 1]], targets.boxes[:, [2, 0, 1]])
    assert torch.allclose(set_loss(outputs, turned), set_loss(outputs, targets))


def test_each_decoder_layer_adds_its_own_loss() -> None:
    outputs, targets = some()
    alone = [set_loss(outputs[:, [layer]], targets) for layer in range(2)]
    assert torch.allclose(set_loss(outputs, targets), alone[0] + alone[1])


def test_every_query_gets_a_gradient_for_its_class_and_the_matched_ones_for_their_box() -> None:
    outputs, targets = some()
    outputs.requires_grad_()
    set_loss(outputs, targets).backward()
    assert outputs.grad is not None
    assert (outputs.grad[..., :11].abs().sum(dim=-1) > 0).all()
    moved = (outputs.grad[..., 11:].abs().sum(dim=-1) > 0).sum(dim=2)
    digits = (targets.labels >= 0).sum(dim=1)
    assert torch.equal(moved, digits[:, None].expand(-1, 2))


# What was found


def found(*queries: tuple[int, float, list[float]]) -> Detections:
    """What the queries say of one canvas."""
    labels, confidences, boxes = zip(*queries, strict=True)
    return Detections(torch.tensor([labels]), torch.tensor([confidences]), torch.tensor([boxes]))


ONE, TWO = [0.25, 0.25, 0.2, 0.2], [0.75, 0.75, 0.2, 0.2]
DIGITS = Targets(torch.tensor([[7, 2, -1]]), torch.tensor([[ONE, TWO, [0.0] * 4]]))


def test_decoding_takes_the_last_layers_likeliest_digit() -> None:
    outputs = torch.zeros(1, 2, 1, 15)
    outputs[0, 1, 0, 6] = 3.0
    outputs[0, 1, 0, 10] = 4.0  # "no object", likelier than the digit
    outputs[0, 1, 0, 11:] = torch.tensor(ONE)
    answer = decode_detections(outputs)
    share = torch.tensor([3.0, 4.0, *[0.0] * 9]).softmax(0)[0].item()
    assert answer.labels.tolist() == [[6]]
    assert answer.confidences.item() == pytest.approx(share)
    assert not answer.detected.item()
    assert answer.boxes[0, 0].tolist() == pytest.approx(ONE)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (found((7, 0.9, ONE), (2, 0.8, TWO)), (2, 2, 2)),
        (found((7, 0.9, ONE), (7, 0.8, ONE)), (1, 2, 2)),  # found twice: once too often
        (found((2, 0.9, ONE), (7, 0.8, TWO)), (0, 2, 2)),  # names interchanged
        (found((7, 0.9, [0.3, 0.25, 0.2, 0.2]), (2, 0.4, TWO)), (1, 1, 2)),  # 0.6; not sure
        (found((7, 0.9, [0.35, 0.25, 0.2, 0.2]), (2, 0.6, TWO)), (1, 2, 2)),  # 1 / 3 is too little
    ],
)
def test_counts_of_known_answers(answer: Detections, expected: tuple[int, int, int]) -> None:
    assert tuple(hit_counts(answer, DIGITS).tolist()) == expected


def test_the_surest_box_gets_the_digit() -> None:
    answer = found((7, 0.6, ONE), (7, 0.9, ONE), (2, 0.8, TWO))
    assert assign_detections(answer, DIGITS).tolist() == [[1, 2, -1]]


def test_precision_recall_and_f1() -> None:
    score = Score(hits=6, detections=8, digits=12)
    assert (score.precision, score.recall) == (0.75, 0.5)
    assert score.f1 == pytest.approx(0.6)  # 2 * 0.75 * 0.5 / 1.25
    assert Score(0, 0, 5).f1 == Score(0, 0, 5).precision == 0


def test_the_confusion_matrix_counts_digits_that_were_found_under_any_name() -> None:
    answer = found((1, 0.9, ONE), (2, 0.8, TWO), (3, 0.7, [0.9, 0.1, 0.1, 0.1]))
    table = confusion(answer, DIGITS)
    assert table.sum() == 2
    assert (int(table[7, 1]), int(table[2, 2])) == (1, 1)
