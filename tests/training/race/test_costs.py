"""Images seen and multiply-accumulates of a training, against counts by hand."""

from cnnviz.models.catalog import architecture
from cnnviz.models.structure.counts import count
from cnnviz.models.structure.trace import trace_architecture
from cnnviz.training.race.costs import images_seen, training_macs


def test_images_are_counted_with_the_smaller_last_batch() -> None:
    # 10 digits in batches of 4: 4, 8, 10, then the next pass
    counted = [images_seen(step, batch_size=4, digits=10) for step in range(8)]
    assert counted == [0, 4, 8, 10, 14, 18, 20, 24]


def test_training_takes_three_forward_passes_a_digit() -> None:
    # LeNet-5 by hand: 6 maps of 28x28 from 5x5; 16 of 10x10 from 6x5x5; 120 from 16x5x5; 84; 10
    forward = 6 * 28**2 * 25 + 16 * 10**2 * 6 * 25 + 120 * 16 * 25 + 120 * 84 + 84 * 10
    row = architecture("lenet5")
    assert count(trace_architecture(row, published=False)).macs == forward
    assert training_macs(forward, 1000) == 3 * forward * 1000
