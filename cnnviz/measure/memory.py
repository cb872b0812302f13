"""How much memory a network takes: its weights on disk, its activations, its training."""

import json
import weakref
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

from cnnviz.tracing import Size

_CODES = {torch.float32: "F32", torch.float16: "F16", torch.int64: "I64", torch.bool: "BOOL"}
_WIDE = 2  # images, since batch normalization cannot learn from one value


def weights_on_disk(model: nn.Module, dtype: torch.dtype = torch.float32) -> int:
    """Return the bytes of the network's weights as a safetensors file, its header counted.

    Args:
        model: on any device, the meta device too.
        dtype: float32 or float16, of all that is a fraction; counts stay as they are.

    Reference:
        The format, https://huggingface.co/docs/safetensors
    """
    state = {name: _stored(tensor, dtype) for name, tensor in model.state_dict().items()}
    order = sorted(state, key=lambda name: (-state[name].itemsize, name))
    header: dict[str, Any] = {}
    end = 0
    for name in order:
        start, end = end, end + state[name].nbytes
        shape, code = list(state[name].shape), _CODES[state[name].dtype]
        header[name] = {"dtype": code, "shape": shape, "data_offsets": [start, end]}
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    return 8 + -(-len(text) // 8) * 8 + end  # the header's length, and itself padded to 8 bytes


def activation_peak(model: nn.Module, size: Size) -> int:
    """Return the bytes of activations alive at once, at most, in a forward pass of one example.

    The input counts, weights do not. What a library takes for itself inside an operation is not
    seen: only tensors are.

    Args:
        model: on the meta device, in evaluation mode.
        size: of one example, (C, H, W).
    """
    x = torch.empty(1, *size, device="meta")
    with torch.no_grad():
        return x.nbytes + peak(lambda: model(x))


def peak(call: Callable[[], object]) -> int:
    """Return the bytes of the tensors that a call makes and that are alive at once, at most.

    Tensors that were there before the call do not count. On the meta device this needs no memory;
    elsewhere it is what really happens, a backward pass inside the call included.
    """
    meter = _Meter()
    with meter:
        call()
    return meter.peak


def saved_for_backward(model: nn.Module, size: Size) -> int:
    """Return the bytes that one example's forward pass keeps for its backward pass.

    Tensors that share memory count once, weights do not count. It is measured with two examples,
    and halved.

    Args:
        model: on the meta device; it is left in training mode, its gradients on.
        size: of one example, (C, H, W).
    """
    model.train().requires_grad_(True)
    x = torch.empty(_WIDE, *size, device="meta")
    own = {_key(t) for t in (*model.parameters(), *model.buffers())}
    saved: dict[int, Any] = {}  # storages by identity, kept alive so that none is given twice

    def pack(tensor: Tensor) -> Tensor:
        if _key(tensor) not in own:
            saved[_key(tensor)] = tensor.untyped_storage()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t), _OnMeta():
        answer = model(x)
    found = sum(int(storage.nbytes()) for storage in saved.values())
    del answer
    return found // _WIDE


class _OnMeta(TorchDispatchMode):
    """Move the constants that a network holds outside its buffers where the others are."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        del types
        return func(*_on_meta(args), **_on_meta(kwargs or {}))


class _Meter(_OnMeta):
    """Add up the storages that come to life and subtract those that end."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.peak = 0
        self._alive: set[int] = set()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        before = {_key(t) for t in _tensors((args, kwargs))}
        made = super().__torch_dispatch__(func, types, args, kwargs)
        for tensor in _tensors(made):
            key = _key(tensor)
            if key not in self._alive and key not in before:
                self._begin(tensor, key)
        return made

    def _begin(self, tensor: Tensor, key: int) -> None:
        storage = tensor.untyped_storage()
        self._alive.add(key)
        self.now += storage.nbytes()
        self.peak = max(self.peak, self.now)
        weakref.finalize(storage, self._end, key, storage.nbytes()).atexit = False

    def _end(self, key: int, size: int) -> None:
        self._alive.discard(key)
        self.now -= size


def _stored(tensor: Tensor, dtype: torch.dtype) -> Tensor:
    return torch.empty_like(
        tensor, device="meta", dtype=dtype if tensor.is_floating_point() else None
    )


def _key(tensor: Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)


def _tensors(value: Any) -> list[Tensor]:
    return [leaf for leaf in tree_leaves(value) if isinstance(leaf, Tensor)]


def _on_meta(value: Any) -> Any:
    """Return arguments with every tensor on the meta device, if any is."""
    if len({t.device.type for t in _tensors(value)}) < 2:
        return value
    return tree_map(lambda leaf: leaf.to("meta") if isinstance(leaf, Tensor) else leaf, value)
