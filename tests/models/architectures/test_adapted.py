import torch
from torch import nn

from cnnviz.models.architectures.adapted import out_of_place, visit_every_pixel
from cnnviz.models.hooks import recording_runs


def test_no_layer_overwrites_the_output_of_the_one_before() -> None:
    model = out_of_place(nn.Sequential(nn.Linear(1, 1), nn.Sequential(nn.ReLU(inplace=True))))
    nn.init.constant_(model[0].weight, -2.0)
    nn.init.zeros_(model[0].bias)
    outputs = []
    model[0].register_forward_hook(lambda _module, _inputs, output: outputs.append(output))
    assert model(torch.ones(1, 1)).item() == 0
    assert outputs[0].item() == -2


def test_a_convolution_visits_every_pixel() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3, stride=2, padding=1))
    assert model(torch.zeros(1, 1, 8, 8)).shape == (1, 2, 4, 4)
    assert visit_every_pixel(model, "0") is model
    with recording_runs(model, ["0"]) as runs:
        model(torch.zeros(1, 1, 8, 8))
    assert dict(runs)["0"].shape == (1, 2, 8, 8)
