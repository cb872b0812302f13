"""Scenes of exercises about the networks that ship with cnnviz."""

from cnnviz.data import canvases
from cnnviz.data.digit_sample import DigitSample, mixed_sample
from cnnviz.data.mnist import load_digits
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.teaching.exercises.scene import Scene
from cnnviz.training.runs.networks import find_network, load_network


def shipped_network(key: str) -> LoadedNetwork:
    return load_network(find_network(f"shipped-{key}"))


def sample_of(count: int) -> DigitSample:
    return mixed_sample(load_digits("embedded"), count)


def scene_of(key: str, sample: DigitSample, *, digit: int = 0, seed: int = 0) -> Scene:
    """Return a digit of the sample before a network; a canvas before a detector."""
    network, rival = shipped_network(key), shipped_network("lenet5")
    image = sample.images[digit]
    if network.architecture.task == "detect":
        test = canvases.held_out_canvases(load_digits("embedded"))
        image = test.images[test.first_full]
    return Scene(network, image, sample, rival, seed)
