"""Cost of training a network: parameters, multiply-accumulates (MACs) and images."""

from dataclasses import dataclass

BACKWARD = 3  # MACs of a training step in forward passes: one forward, about two backward


@dataclass(frozen=True)
class NetworkCost:
    """Size of a network and cost of one forward pass.

    Attributes:
        parameters: number of learned values.
        macs: multiply-accumulates of one forward pass on one digit.
    """

    parameters: int
    macs: int


def images_seen(step: int, *, batch_size: int, digits: int) -> int:
    """Return the number of training images after a number of steps.

    The last batch of an epoch is smaller where the batch size does not divide the digits.

    Args:
        step: batches trained on so far.
        batch_size: images in a full batch.
        digits: images in the training set.
    """
    steps_per_epoch = -(-digits // batch_size)  # rounded up
    epochs, steps = divmod(step, steps_per_epoch)  # complete epochs, and steps of the next
    return epochs * digits + min(steps * batch_size, digits)


def training_macs(macs: int, images: int) -> int:
    """Return the multiply-accumulates of training on a number of images: 3 x forward x images.

    A backward pass takes about twice the MACs of the forward pass: once for the gradient of the
    weights and once for that of the input.

    Args:
        macs: of one forward pass on one image.
        images: trained on.
    """
    return BACKWARD * macs * images  # forward and backward
