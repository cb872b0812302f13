"""The table of rules, by operator name."""

from collections.abc import Mapping

from cnnviz.inspection.receptive_field.operator_rules import (
    elementwise,
    reductions,
    resampling,
    selection,
    shapes,
    windows,
)
from cnnviz.inspection.receptive_field.operator_rules.operator_call import (
    OperatorCall,
    Result,
    Rule,
)


def output_intervals(op: OperatorCall) -> Result | None:
    """Return the intervals of what a call returns; None if no rule covers it."""
    rule = RULES.get(op.name)
    return rule(op) if rule else None


def _for_all(names: str, rule: Rule) -> dict[str, Rule]:
    return dict.fromkeys(names.split(), rule)


RULES: Mapping[str, Rule] = {
    "convolution": windows.conv,
    **_for_all("max_pool2d max_pool2d_with_indices avg_pool2d", windows.pool),
    **_for_all(
        "_adaptive_avg_pool2d adaptive_avg_pool2d adaptive_max_pool2d",
        windows.adaptive_pool,
    ),
    "im2col": windows.im2col,
    "unfold": windows.unfold,
    **_for_all(
        "mean sum prod amax amin max min argmax argmin any all std var var_mean",
        reductions.reduction,
    ),
    **_for_all("logsumexp linalg_vector_norm norm std_mean", reductions.reduction),
    **_for_all("_softmax _safe_softmax _log_softmax softmax log_softmax", reductions.softmax),
    **_for_all("cumsum cumprod sort topk kthvalue", reductions.cumulative),
    "native_layer_norm": reductions.native_layer_norm,
    "native_group_norm": reductions.native_group_norm,
    **_for_all(
        "native_batch_norm cudnn_batch_norm _native_batch_norm_legit "
        "_native_batch_norm_legit_no_training",
        reductions.native_batch_norm,
    ),
    "mm": reductions.matrix_product("self", "mat2"),
    "bmm": reductions.matrix_product("self", "mat2"),
    "addmm": reductions.matrix_product("mat1", "mat2", "self"),
    "baddbmm": reductions.matrix_product("batch1", "batch2", "self"),
    **_for_all(
        "_scaled_dot_product_flash_attention _scaled_dot_product_flash_attention_for_cpu "
        "_scaled_dot_product_efficient_attention _scaled_dot_product_attention_math "
        "_scaled_dot_product_cudnn_attention",
        reductions.scaled_dot_product_attention,
    ),
    **_for_all(
        "view _unsafe_view _reshape_alias _reshape_copy reshape flatten squeeze", shapes.view
    ),
    "unsqueeze": shapes.unsqueeze,
    "permute": shapes.permute,
    **_for_all("transpose swapaxes", shapes.transpose),
    "t": shapes.matrix_transpose,
    "expand": shapes.expand,
    "repeat": shapes.repeat,
    "roll": shapes.roll,
    "flip": shapes.flip,
    "pixel_shuffle": shapes.pixel_shuffle,
    "pixel_unshuffle": shapes.pixel_unshuffle,
    "channel_shuffle": shapes.channel_shuffle,
    "slice": selection.slices,
    "select": selection.select,
    **_for_all("split split_with_sizes chunk unsafe_split unsafe_chunk", selection.split),
    "unbind": selection.unbind,
    "index": selection.index,
    "cat": selection.cat,
    "stack": selection.stack,
    "constant_pad_nd": resampling.padding(resampling.constant_border),
    **_for_all(
        "reflection_pad1d reflection_pad2d", resampling.padding(resampling.reflected_border)
    ),
    **_for_all(
        "replication_pad1d replication_pad2d", resampling.padding(resampling.replicated_border)
    ),
    **_for_all(
        "upsample_nearest2d _upsample_nearest_exact2d", resampling.resizing(resampling.nearest_taps)
    ),
    "upsample_bilinear2d": resampling.resizing(resampling.linear_taps),
    "upsample_bicubic2d": resampling.resizing(resampling.cubic_taps),
    **_for_all(
        "_upsample_bilinear2d_aa _upsample_bicubic2d_aa",
        resampling.resizing(resampling.antialiased_taps),
    ),
    "copy": elementwise.copied,
    "as_strided": elementwise.as_strided,
    **_for_all(  # elementwise too, though PyTorch does not tag them as pointwise
        "_to_copy clone detach alias lift_fresh contiguous native_dropout bernoulli hardswish "
        "masked_fill prelu _prelu_kernel rsub where",
        elementwise.pointwise,
    ),
}
