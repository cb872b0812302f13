import pytest
import torch

from cnnviz.models.feature_maps import as_maps

MAPS = torch.arange(2 * 3 * 4 * 4.0).reshape(2, 3, 4, 4)


def test_maps_stay_as_they_are() -> None:
    assert as_maps(MAPS) is MAPS


def test_channels_come_back_from_the_end() -> None:
    assert torch.equal(as_maps(MAPS.permute(0, 2, 3, 1), channels_last=True), MAPS)


@pytest.mark.parametrize("class_tokens", [0, 1, 2])
def test_tokens_lie_row_by_row_and_class_tokens_have_no_place(class_tokens: int) -> None:
    tokens = MAPS.flatten(2).transpose(1, 2)  # (2, 16, 3)
    before = torch.full((2, class_tokens, 3), -1.0)
    assert torch.equal(as_maps(torch.cat([before, tokens], dim=1)), MAPS)


@pytest.mark.parametrize("shape", [(2,), (2, 3), (2, 3, 4, 5, 6)])
def test_another_shape_is_an_error_that_names_it(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="is neither maps nor tokens"):
        as_maps(torch.zeros(shape))
