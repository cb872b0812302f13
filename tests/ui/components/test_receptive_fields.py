from torch import nn

from cnnviz.inspection.receptive_field.fields import receptive_fields
from cnnviz.ui.components.receptive_fields import field_boxes, field_sentences
from tests.loaded import loaded


def test_the_share_of_the_input_is_stated_from_one_percent_on() -> None:
    model = nn.Sequential(nn.Conv2d(1, 1, 3, padding=1), nn.AdaptiveAvgPool2d(1))
    small = receptive_fields(loaded(model), (1, 10, 10))
    assert field_sentences(small["0"]) == ("The central unit sees 3 × 3 pixels of the input (9%).",)
    assert field_sentences(small["1"]) == ("The central unit sees the whole input.",)
    large = receptive_fields(loaded(model), (1, 100, 100))["0"]  # 9 of 10,000 pixels
    assert field_sentences(large) == ("The central unit sees 3 × 3 pixels of the input.",)
    assert field_sentences(None) == ()


def test_a_unit_has_boxes_on_the_stages_before_its_layer() -> None:
    model = nn.Sequential(nn.Conv2d(1, 1, 3), nn.Conv2d(1, 1, 3))
    field = receptive_fields(loaded(model), (1, 9, 9), sources=("", "0"))["1"]
    boxes = field_boxes(field, ["", "0", "1"])
    assert {stage: box[0, 1].tolist() for stage, box in boxes.items()} == {
        0: [0, 1, 4, 5],
        1: [0, 1, 2, 3],
    }
    assert field_boxes(None, ["", "0"]) == {}
