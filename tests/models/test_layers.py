from torch import nn

from cnnviz.models.layers import innermost_layers, layers_and_blocks


def test_a_normalization_with_its_activation_is_one_layer_and_an_identity_none() -> None:
    class Normalized(nn.BatchNorm2d):
        def __init__(self) -> None:
            super().__init__(4)
            self.activation = nn.ReLU()

    block = nn.Sequential(nn.Conv2d(1, 4, 3), Normalized(), nn.Identity())
    assert list(innermost_layers(nn.Sequential(block, nn.Flatten()))) == ["0.0", "0.1", "1"]


def test_blocks_are_listed_before_the_layers_in_them() -> None:
    block = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Identity(), nn.ReLU())
    model = nn.Sequential(block, nn.Linear(4, 2))
    assert layers_and_blocks(model) == ["0", "0.0", "0.2", "1"]


def test_what_is_inside_a_layer_is_neither_a_layer_nor_a_block() -> None:
    class Gated(nn.Linear):
        def __init__(self) -> None:
            super().__init__(2, 2)
            self.gate = nn.Sequential(nn.Sigmoid())

    model = nn.Sequential(Gated(), nn.ReLU())
    assert list(innermost_layers(model)) == layers_and_blocks(model) == ["0", "1"]
