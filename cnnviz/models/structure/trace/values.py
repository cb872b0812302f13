"""The values at the nodes of a network's graph, for one input."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from cnnviz.models.structure.meta_dispatch import tensors_in
from cnnviz.models.structure.trace.operations import OperationRecorder, recording_calls
from cnnviz.models.structure.trace.records import INPUT
from cnnviz.models.structure.trace.steps import StepBuilder


class ValueRecorder(OperationRecorder):
    """Records the operations of a forward pass together with their outputs.

    Each output is copied at once, since the next operation may change it in place.

    Attributes:
        outputs: by operation, its output; of several, the first.
        results: by module call, what it returned; of several tensors, the first.
    """

    def __init__(self, model: nn.Module) -> None:
        """Start without values."""
        super().__init__(model)
        self.outputs: list[Tensor] = []
        self.results: dict[int, Tensor] = {}
        self._values: dict[int, Tensor] = {}  # by the tensor's id, as the last operation left it

    def leave(self, call: int, result: Any) -> None:
        """Note what a call of a module has returned."""
        super().leave(call, result)
        tensors = tensors_in(result)
        if tensors:
            self.results[call] = self._values.get(id(tensors[0]), tensors[0])

    def _run(
        self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any], inputs: list[Tensor]
    ) -> tuple[tuple[Any, ...], dict[str, Any], Any]:
        del inputs
        return args, kwargs, func(*args, **kwargs)

    def _record(self, name: str, inputs: list[Tensor], outputs: list[Tensor], macs: int) -> None:
        super()._record(name, inputs, outputs, macs)
        copies = [tensor.detach().clone() for tensor in outputs]
        self._values |= {id(t): copy for t, copy in zip(outputs, copies, strict=True)}
        self.outputs.append(copies[0])


def node_values(model: nn.Module, x: Tensor) -> dict[str, Tensor]:
    """Return the output at each node of a network's graph, by the node's id.

    The ids are those of `graph` for a trace of the same network.

    Args:
        model: in evaluation mode.
        x: one input, (1, C, H, W).
    """
    recorder = ValueRecorder(model)
    recorder.add(x, INPUT)
    # fused attention would be one operation, where the trace has two products and a softmax
    with recording_calls(model, recorder), torch.no_grad(), sdpa_kernel(SDPBackend.MATH), recorder:
        result = model(x)
    recorder.leave(0, result)
    builder = StepBuilder(model, recorder)
    steps = {f"s{step}": recorder.results[call] for step, call in builder.call_of_step.items()}
    steps |= {f"s{step}": recorder.outputs[i] for step, i in builder.operation_of_step.items()}
    modules = {
        f"m{i}": recorder.results[call]
        for i, call in enumerate(builder.containers)
        if call in recorder.results
    }
    return modules | steps
