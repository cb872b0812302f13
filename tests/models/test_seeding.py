"""Initial weights of a seed while other threads draw random numbers."""

import threading

import torch

from cnnviz.models.catalog import architecture
from cnnviz.models.loaded_network import untrained_network


def test_a_seed_gives_the_same_weights_whatever_other_threads_build() -> None:
    row, over = architecture("lenet5"), threading.Event()
    alone = untrained_network(row, seed=3).model.state_dict()
    wrong: list[str] = []

    def build() -> None:
        while not over.is_set():
            row.build()

    def check(seed: int) -> None:
        for _ in range(20):
            weights = untrained_network(row, seed=seed).model.state_dict()
            if seed == 3:
                wrong.extend(n for n, t in alone.items() if not torch.equal(t, weights[n]))

    builders = [threading.Thread(target=build) for _ in range(2)]
    checkers = [threading.Thread(target=check, args=(seed,)) for seed in (3, 4, 3)]
    for thread in (*builders, *checkers):
        thread.start()
    for thread in checkers:
        thread.join()
    over.set()
    for thread in builders:
        thread.join()
    assert wrong == []


def test_the_random_state_of_others_stays() -> None:
    torch.manual_seed(7)
    expected = torch.rand(4)
    torch.manual_seed(7)
    untrained_network(architecture("lenet5"), seed=3)
    assert torch.equal(torch.rand(4), expected)
