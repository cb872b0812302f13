"""What a failure of a training is called, on errors that PyTorch itself raises."""

import pytest
import torch

from cnnviz.training.runs import failures


def test_memory_that_linux_refuses_is_called_memory() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**60)
    assert failures.sentence(caught.value).startswith("There was not enough memory")
