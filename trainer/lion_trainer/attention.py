"""Causal attention within each row of a micro-batch, in three ways; which one there is depends on what torch offers.

Tokens lie flat behind each other, and no token may see another row's. `varlen_attn` and flex take them as they lie, so
that no padding exists anywhere; the third way lays them out in rows of equal width, padded on the right, where a causal
mask alone keeps padding out.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from lion_trainer.errors import BadInput
from lion_trainer.geometry import Geometry
from lion_trainer.kernels import BY_HAND, Kernels, PadShape, rotate_and_pad

if TYPE_CHECKING:
    from lion_trainer.llama import TokenRows

KeepOneLayer = Callable[[Tensor, Tensor], None]


class Attend(Protocol):
    """Attention over the tokens of one micro-batch, the same for all layers."""

    def __call__(self, qkv: Tensor, chosen: Tensor | None, keep: KeepOneLayer | None = None) -> Tensor:
        """From queries, keys and values side by side [tokens, (heads + 2·kv_heads)·dim], not yet turned, to
        [tokens, heads·dim], or to the rows that `chosen` counts. `keep` is handed keys and values as rows
        [rows, kv_heads, width, dim], where there are such rows."""


class Attention(Protocol):
    """A way to attend. `prepare` makes what depends on the micro-batch alone; `turns` [positions, dim/2] is complex."""

    name: str

    def prepare(self, rows: TokenRows, turns: Tensor) -> Attend: ...


class PaddedAttention:
    """torch's scaled_dot_product_attention over rows of equal width."""

    name = "sdpa"

    def __init__(self, geometry: Geometry) -> None:
        self._geometry = geometry

    def prepare(self, rows: TokenRows, turns: Tensor) -> Attend:
        geometry = self._geometry
        shape = PadShape(rows.rows, rows.width, geometry.heads, geometry.kv_heads, geometry.head_dim)
        turns = turns[: rows.width]

        def attend(qkv: Tensor, chosen: Tensor | None, keep: KeepOneLayer | None = None) -> Tensor:
            queries, keys, values = rotate_and_pad(qkv, rows.slots, turns, shape)
            if keep is not None:
                keep(keys, values)
            mixed = _attend_in_rows(queries, keys, values)
            slots = rows.slots if chosen is None else rows.slots.index_select(0, chosen)
            return mixed.index_select(0, slots)

        return attend


def _attend_in_rows(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Causal attention over rows padded on the right; returns [rows · width, heads · dim]."""
    copies = queries.shape[1] // keys.shape[1]
    if copies > 1:
        keys, values = keys.repeat_interleave(copies, dim=1), values.repeat_interleave(copies, dim=1)
    mixed = F.scaled_dot_product_attention(queries, keys, values, is_causal=True)
    return mixed.transpose(1, 2).reshape(queries.shape[0] * queries.shape[2], -1)


@dataclass
class _Flat:
    """What both ways over flat tokens share: turned queries and keys, and values, as [tokens, heads, dim]."""

    geometry: Geometry
    kernels: Kernels = field(default=BY_HAND)

    def turns_by_token(self, rows: TokenRows, turns: Tensor) -> Tensor:
        """Cosines and sines of each token's position [tokens, dim/2, 2]."""
        return torch.view_as_real(turns.index_select(0, rows.slots % rows.width))

    def split(self, qkv: Tensor, turns: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        geometry = self.geometry
        turned = geometry.heads + geometry.kv_heads
        heads = qkv.view(len(qkv), -1, geometry.head_dim)
        queries, keys = self.kernels.turn(heads[:, :turned], turns).split([geometry.heads, geometry.kv_heads], dim=1)
        return queries, keys, heads[:, turned:]


def _chosen(mixed: Tensor, chosen: Tensor | None) -> Tensor:
    flat = mixed.reshape(len(mixed), -1)
    return flat if chosen is None else flat.index_select(0, chosen)


class VarlenAttention(_Flat):
    """torch.nn.attention.varlen.varlen_attn: FlashAttention over flat tokens; half precision on CUDA only.

    Its signature moved: torch 2.10 says `is_causal=True`, 2.13 `window_size=(-1, 0)`; `enable_gqa` came later than the
    function. `function` is told apart by its parameters.
    """

    name = "varlen"

    def __init__(self, geometry: Geometry, function: Callable[..., Any], kernels: Kernels = BY_HAND) -> None:
        super().__init__(geometry, kernels)
        parameters = inspect.signature(function).parameters
        self._function = function
        self._causal: dict[str, Any] = {"is_causal": True} if "is_causal" in parameters else {"window_size": (-1, 0)}
        self._copies = geometry.heads // geometry.kv_heads
        if self._copies > 1 and "enable_gqa" in parameters:
            self._causal["enable_gqa"] = True
            self._copies = 1

    def prepare(self, rows: TokenRows, turns: Tensor) -> Attend:
        by_token = self.turns_by_token(rows, turns)
        bounds = F.pad(rows.lengths.cumsum(0), (1, 0)).to(torch.int32)

        def attend(qkv: Tensor, chosen: Tensor | None, keep: KeepOneLayer | None = None) -> Tensor:
            queries, keys, values = self.split(qkv, by_token)
            if self._copies > 1:
                keys = keys.repeat_interleave(self._copies, dim=1)
                values = values.repeat_interleave(self._copies, dim=1)
            width = rows.width
            mixed = self._function(queries, keys, values, bounds, bounds, width, width, **self._causal)
            return _chosen(mixed, chosen)

        return attend


class FlexAttention(_Flat):
    """torch's flex_attention over flat tokens with a mask by row; compiled on a GPU, without which it would hold every
    score. It has no gradients on a CPU."""

    name = "flex"

    def __init__(self, geometry: Geometry, device: torch.device, kernels: Kernels = BY_HAND) -> None:
        from torch.nn.attention.flex_attention import create_block_mask, flex_attention

        super().__init__(geometry, kernels)
        on_gpu = device.type == "cuda"
        self._function: Any = torch.compile(flex_attention, dynamic=True) if on_gpu else flex_attention
        self._mask: Any = create_block_mask

    def prepare(self, rows: TokenRows, turns: Tensor) -> Attend:
        by_token = self.turns_by_token(rows, turns)
        documents, count = rows.slots // rows.width, len(rows.slots)

        def visible(_batch: Tensor, _head: Tensor, query: Tensor, key: Tensor) -> Tensor:
            return (documents[query] == documents[key]) & (query >= key)

        mask = self._mask(visible, None, None, count, count, device=rows.slots.device)

        def attend(qkv: Tensor, chosen: Tensor | None, keep: KeepOneLayer | None = None) -> Tensor:
            queries, keys, values = (part.transpose(0, 1)[None] for part in self.split(qkv, by_token))
            mixed = self._function(queries, keys, values, block_mask=mask, enable_gqa=True)
            return _chosen(mixed[0].transpose(0, 1), chosen)

        return attend


def varlen_function() -> Callable[..., Any] | None:
    """What the installed torch offers."""
    try:
        from torch.nn.attention.varlen import varlen_attn
    except ImportError:
        return None
    return varlen_attn


def choose_attention(
    name: str, geometry: Geometry, device: torch.device, half: bool, kernels: Kernels = BY_HAND
) -> Attention:
    """The attention of that name, or with "auto" the best that works here; `half`: queries are in half precision.

    A CPU is quickest with rows of equal width. Raises BadInput for one that cannot work.
    """
    on_gpu = device.type == "cuda"
    function = varlen_function() if on_gpu and name in ("auto", "varlen") else None
    if name == "auto":
        flat = "varlen" if function is not None and half else "flex"
        name = flat if on_gpu and (flat == "varlen" or find_spec("triton")) else "sdpa"
    if name == "sdpa":
        return PaddedAttention(geometry)
    if not on_gpu:
        raise BadInput(f"--attention {name} trains on a GPU only; leave it at auto.")
    if name == "flex":
        return FlexAttention(geometry, device, kernels)
    if function is None:
        raise BadInput(f"--attention varlen needs torch 2.10 or later, this is {torch.__version__}; leave it at auto.")
    if not half:
        raise BadInput("--attention varlen works in half precision only; add --precision bf16 or leave it at auto.")
    return VarlenAttention(geometry, function, kernels)
