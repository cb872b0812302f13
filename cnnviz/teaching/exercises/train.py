"""Exercises on training: the loss at the start, steps, the learning rate."""

import math

import torch
import torch.nn.functional as F

from cnnviz.data.mnist import CLASSES, load_digits
from cnnviz.models.inference import evaluate
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.models.seeding import seeded
from cnnviz.teaching.exercises.multiple_choice import (
    MultipleChoice,
    Outcome,
    choose_number,
    choose_outcome,
)
from cnnviz.teaching.exercises.scene import Scene

_BATCH = 64
_STEPS = 12
_TOO_HIGH = 1_000  # times the network's learning rate


def loss_before_training(scene: Scene) -> MultipleChoice:
    """Ask for the loss of the network with initial weights."""
    loss = _loss(scene.untrained(), scene)
    guesses = (0.1, math.log(CLASSES), 10.0)
    index = min(range(3), key=lambda i: abs(math.log(loss / guesses[i])))
    return choose_outcome(
        "Before the first step the weights are random. The loss, the mean cross-entropy, is then "
        "closest to …",
        index,
        [
            Outcome("0.1", "A loss of 0.1 means a probability of 0.9 for the true class."),
            Outcome(
                "2.3",
                "Equal probabilities for ten classes give ln 10 = 2.3, but these initial weights "
                "make logits of very different sizes.",
            ),
            Outcome(
                "10",
                "That would take a network that is sure of wrong classes; random weights are sure "
                "of none.",
            ),
        ],
        f"Measured on {len(scene.sample.labels)} test digits: {loss:.2f}. Ten classes with equal "
        "probabilities have a loss of −ln(1/10) = 2.30; a first loss far above says that the "
        "initial weights are too large.",
    )


def steps_of_an_epoch(scene: Scene) -> MultipleChoice | None:
    """Ask how many steps an epoch has."""
    batch = scene.random.choice([32, 64, 128, 256])
    total = len(load_digits().train_labels)
    return choose_number(
        f"There are {total:,} training digits, and a batch has {batch}. How many steps does an "
        "epoch have?",
        math.ceil(total / batch),
        {
            total: "A step takes a whole batch, not one digit.",
            batch: "That is the number of digits in one step.",
            1: "In an epoch the network sees every digit once, but its weights change after every "
            "batch.",
        },
        (
            f"{total:,} / {batch} = {total / batch:.1f}, rounded up, since the last batch is "
            "smaller. "
            if total % batch
            else f"{total:,} / {batch} = {total // batch}. "
        )
        + "The weights change once in each step.",
    )


def learning_rate_too_high(scene: Scene) -> MultipleChoice:
    """Ask what a learning rate a thousand times too high does to the loss."""
    row = scene.network.architecture
    usual, high = (_loss_after(scene, row.learning_rate * factor) for factor in (1, _TOO_HIGH))
    ratio = high / usual if math.isfinite(high) else math.inf
    index = 0 if ratio < 0.9 else 1 if ratio < 1.1 else 2
    result = f"{high:.3g}" if math.isfinite(high) else "not a number any more"
    return choose_outcome(
        f"Two copies of this architecture train for {_STEPS} steps, one with its own learning "
        f"rate, {row.learning_rate:g}, one with {row.learning_rate * _TOO_HIGH:g}. After that the "
        "second copy's loss is …",
        index,
        [
            Outcome(
                "lower: it learned faster",
                "The gradient is only right near the current weights. A step that is too long "
                "leaves the region where it holds.",
            ),
            Outcome(
                "about the same",
                "The optimizer does not correct the size of a step: the learning rate multiplies "
                "it.",
            ),
            Outcome(
                "higher: it has not learned, or diverged",
                "Here even steps of this length went downhill.",
            ),
        ],
        f"Trained just now on the same {_STEPS} batches of {_BATCH}: a loss of {usual:.3g} with "
        f"the usual rate, {result} with the high one.",
    )


def _loss_after(scene: Scene, rate: float) -> float:
    """Return the loss on a fixed batch after a few steps of AdamW from initial weights."""
    network = scene.untrained()
    digits = load_digits("embedded")
    order = torch.randperm(
        len(digits.train_labels), generator=torch.Generator().manual_seed(scene.seed)
    )
    model = network.model.train().requires_grad_(True)
    optimizer = torch.optim.AdamW(model.parameters(), rate)
    images, labels = torch.from_numpy(digits.train_images), torch.from_numpy(digits.train_labels)
    with torch.enable_grad(), seeded(scene.seed):
        for batch in order[: _STEPS * _BATCH].split(_BATCH):
            loss = F.cross_entropy(model(network.input(images[batch])), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return _loss(LoadedNetwork(model.eval(), network.architecture), scene)


def _loss(network: LoadedNetwork, scene: Scene) -> float:
    images, labels = torch.from_numpy(scene.sample.images), torch.from_numpy(scene.sample.labels)
    size = network.architecture.input_size
    return evaluate(network.model, images, labels.long(), size=size).loss
