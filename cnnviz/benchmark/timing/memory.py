"""Memory of a network: weights on disk, activations, and what training saves."""

import json
import weakref
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from cnnviz.models.structure.meta_dispatch import on_meta, tensors_in
from cnnviz.models.structure.trace import Size

_CODES = {torch.float32: "F32", torch.float16: "F16", torch.int64: "I64", torch.bool: "BOOL"}
_BATCH = 2  # images: batch norm cannot be trained on one value per channel
_NORM = torch.ops.aten.native_batch_norm.default
_TRAINING = 5  # position of that argument of a batch norm


@dataclass(frozen=True)
class SavedBytes:
    """Bytes that a forward pass saves for its backward pass.

    Attributes:
        image: per image.
        once: independent of the batch size, such as the means of batch norms.
    """

    image: int
    once: int


def weights_on_disk(model: nn.Module, dtype: torch.dtype = torch.float32) -> int:
    """Return the size of the weights as a safetensors file, in bytes, with its header.

    Args:
        model: on any device, including the meta device.
        dtype: float32 or float16, for floating-point tensors; integers keep theirs.

    Reference:
        Safetensors format, https://huggingface.co/docs/safetensors
    """
    state = {name: _stored(tensor, dtype) for name, tensor in model.state_dict().items()}
    order = sorted(state, key=lambda name: (-state[name].itemsize, name))  # as safetensors lays out
    header: dict[str, Any] = {}
    end = 0  # bytes, after the header
    for name in order:
        start, end = end, end + state[name].nbytes
        shape, code = list(state[name].shape), _CODES[state[name].dtype]
        header[name] = {"dtype": code, "shape": shape, "data_offsets": [start, end]}
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    return (
        8 + -(-len(text) // 8) * 8 + end
    )  # 8 bytes hold the header's length; the header is padded


def activation_peak(model: nn.Module, size: Size) -> int:
    """Return the peak memory of activations in a forward pass of one image, in bytes.

    The input is included, weights are not. Workspace that a library allocates inside an operation
    is not included, since only tensors are seen.

    Args:
        model: on the meta device, in evaluation mode.
        size: of one image, (C, H, W).
    """
    x = torch.empty(1, *size, device="meta")  # (1, C, H, W)
    with torch.no_grad(), _FusedAttention():
        return x.nbytes + peak_memory(lambda: model(x))


def peak_memory(call: Callable[[], object]) -> int:
    """Return the peak memory of the tensors that a call creates, in bytes.

    Tensors that exist before the call are not included. On the meta device this needs no memory;
    on other devices the call really runs, including a backward pass inside it.
    """
    meter = _Meter()
    with meter:
        call()
    return meter.peak


def saved_for_backward(model: nn.Module, size: Size) -> SavedBytes:
    """Return the bytes that a forward pass on the CPU saves for its backward pass.

    Tensors that share memory count once; weights do not count. The difference between passes with
    three and with two images gives the bytes per image.

    Args:
        model: on the meta device; it is left in training mode with gradients.
        size: of one image, (C, H, W).
    """
    model.train().requires_grad_(True)
    two, three = (_saved(model, torch.empty(n, *size, device="meta")) for n in (_BATCH, _BATCH + 1))
    return SavedBytes(three - two, two - _BATCH * (three - two))


def _saved(model: nn.Module, x: Tensor) -> int:
    own = {_key(t) for t in (*model.parameters(), *model.buffers())}
    saved: dict[int, Any] = {}  # storages by address, kept alive so that none is reused

    def pack(tensor: Tensor) -> Tensor:
        if _key(tensor) not in own:
            saved[_key(tensor)] = tensor.untyped_storage()
        return tensor

    with ExitStack() as stack:
        stack.enter_context(torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t))
        stack.enter_context(_FusedAttention())
        stack.enter_context(_OnMeta())
        output = model(x)
    total = sum(int(storage.nbytes()) for storage in saved.values())  # bytes
    del output  # only now, since it keeps saved tensors alive
    return total


class _FusedAttention(TorchFunctionMode):
    """Make attention on the meta device use the operation that it uses on the CPU.

    PyTorch would multiply matrices there and create a tokens-by-tokens matrix, which the CPU's
    fused operation does not. Attention inside `nn.MultiheadAttention` is not affected.
    """

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        del types
        if func is F.scaled_dot_product_attention:
            return _attention(*args, **(kwargs or {}))
        return func(*args, **(kwargs or {}))


def _attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    **more: Any,
) -> Tensor:
    fused = (
        query.is_meta
        and query.dim() == 4  # (N, heads, tokens, features)
        and query.shape[-1] == value.shape[-1]
        and not dropout_p
        and attn_mask is None
        and not more.get("enable_gqa")
    )
    if not fused:
        return F.scaled_dot_product_attention(
            query, key, value, attn_mask, dropout_p, is_causal, **more
        )
    operation = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
    attended: Tensor = operation(query, key, value, 0.0, is_causal, scale=more.get("scale"))[0]
    return attended


class _OnMeta(TorchDispatchMode):
    """Move tensors that a network holds outside its buffers to the meta device."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        del types
        kwargs = kwargs or {}
        args, kwargs = on_meta(args, kwargs, tensors_in((args, kwargs)))
        return func(*args, **kwargs)


class _Meter(_OnMeta):
    """Track the bytes of the storages that are alive, and their peak."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.peak = 0  # bytes
        self._alive: set[int] = set()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        before = {_key(t) for t in tensors_in((args, kwargs))}
        outputs = super().__torch_dispatch__(func, types, args, kwargs)
        # in evaluation mode a batch norm returns empty statistics, but not on the meta device
        created = outputs[0] if func is _NORM and not args[_TRAINING] else outputs
        for tensor in tensors_in(created):
            key = _key(tensor)
            if key not in self._alive and key not in before:
                self._begin(tensor, key)
        return outputs

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
    return int(tensor.untyped_storage()._cdata)  # the address: views of a storage count once
