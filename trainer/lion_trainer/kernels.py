"""The pieces of a LLaMA layer between its matrix products, with gradients written by hand or by torch.

A small student on a CPU is limited by memory traffic, not by arithmetic: what autograd derives from the plain formulas
reads and writes each activation several times more than needed. Those by hand take about a quarter off a training step.
A compiler fuses better what it can read, so it is given the plain formulas.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class PadShape:
    """How flat tokens are laid out in rows for attention."""

    rows: int
    width: int
    heads: int
    kv_heads: int
    dim: int

    @property
    def parts(self) -> list[int]:
        """Heads of queries, keys and values, in the order in which they stand in the flat tensor."""
        return [self.heads, self.kv_heads, self.kv_heads]


class _RmsNorm(torch.autograd.Function):
    """y = x · r · w with r = 1/√(mean(x²) + ε), in float32 whatever x is, as transformers computes it."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, epsilon: float) -> Tensor:
        wide = x.float()
        inverse = torch.linalg.vector_norm(wide, dim=-1, keepdim=True)
        inverse.square_().mul_(1 / x.shape[-1]).add_(epsilon).rsqrt_()
        ctx.save_for_backward(x, weight, inverse)
        return (wide * inverse).to(x.dtype).mul_(weight)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor | None, None]:
        (gradient,) = gradients
        x, weight, inverse = ctx.saved_tensors
        normed = x.float() * inverse
        for_weight = (gradient * normed).sum(0) if ctx.needs_input_grad[1] else None
        along = gradient.float() * weight
        mean = torch.linalg.vecdot(along, normed).mul_(-1 / x.shape[-1]).unsqueeze(-1)
        return along.addcmul_(normed, mean).mul_(inverse).to(gradient.dtype), for_weight, None


class _SwiGlu(torch.autograd.Function):
    """silu(gate) · up, where gate and up are the two halves of one matrix's columns."""

    @staticmethod
    def forward(ctx: Any, gate_up: Tensor) -> Tensor:
        gate, up = gate_up.chunk(2, dim=-1)
        active = F.silu(gate)
        ctx.save_for_backward(gate_up, active)
        return active * up

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (gradient,) = gradients
        gate_up, active = ctx.saved_tensors
        gate, up = gate_up.chunk(2, dim=-1)
        result = torch.empty_like(gate_up)
        for_gate, for_up = result.chunk(2, dim=-1)
        torch.mul(gradient, active, out=for_up)
        torch.ops.aten.silu_backward.grad_input(gradient * up, gate, grad_input=for_gate)
        return result


class _RotateAndPad(torch.autograd.Function):
    """Lay flat tokens out as rows of equal width and turn queries and keys by their positions (RoPE, 2104.09864).

    Input [tokens, (heads + 2·kv_heads)·dim]; output queries [rows, heads, width, dim], keys and values
    [rows, kv_heads, width, dim]; unused slots are zero. Neighbouring pairs of a head's dimensions are the complex
    numbers that are turned, so that the turn is one product.
    """

    @staticmethod
    def forward(ctx: Any, flat: Tensor, slots: Tensor, turns: Tensor, shape: PadShape) -> tuple[Tensor, ...]:
        ctx.slots, ctx.turns, ctx.shape = slots, turns, shape
        padded = flat.new_zeros(shape.rows * shape.width, flat.shape[1]).index_copy_(0, slots, flat)
        padded = padded.view(shape.rows, shape.width, -1, shape.dim)
        turn_in_place(padded[:, :, : shape.heads + shape.kv_heads], turns[:, None])
        return tuple(part.transpose(1, 2) for part in padded.split(shape.parts, dim=2))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None]:
        shape: PadShape = ctx.shape
        padded = torch.cat([gradient.transpose(1, 2) for gradient in gradients], dim=2)
        turn_in_place(padded[:, :, : shape.heads + shape.kv_heads], ctx.turns.conj()[:, None])
        return padded.view(shape.rows * shape.width, -1).index_select(0, ctx.slots), None, None, None


class _Turn(torch.autograd.Function):
    """Multiply [tokens, heads, dim] by each token's complex numbers [tokens, dim/2, 2]."""

    @staticmethod
    def forward(ctx: Any, heads: Tensor, turns: Tensor) -> Tensor:
        ctx.turns = torch.view_as_complex(turns)[:, None]
        return _turned(heads, ctx.turns)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return _turned(gradients[0], ctx.turns.conj()), None


def _turned(heads: Tensor, turns: Tensor) -> Tensor:
    turned = heads.clone(memory_format=torch.contiguous_format)
    turn_in_place(turned, turns)
    return turned


def turn_in_place(heads: Tensor, turns: Tensor) -> None:
    """Multiply [..., heads, dim] by unit complex numbers [..., dim/2], broadcast over what `turns` lacks.

    Half precision goes through float32, which complex numbers need.
    """
    wide = heads.float()
    torch.view_as_complex(wide.unflatten(-1, (-1, 2))).mul_(turns)
    if wide is not heads:
        heads.copy_(wide)


def rms_norm(x: Tensor, weight: Tensor, epsilon: float) -> Tensor:
    """Root-mean-square norm (1910.07467) over the last dimension of [tokens, hidden]."""
    return _RmsNorm.apply(x, weight, epsilon)


def swiglu(gate_up: Tensor) -> Tensor:
    """SwiGLU (2002.05202): [tokens, 2·intermediate], gates first, to [tokens, intermediate]."""
    return _SwiGlu.apply(gate_up)


def rotate_and_pad(flat: Tensor, slots: Tensor, turns: Tensor, shape: PadShape) -> tuple[Tensor, Tensor, Tensor]:
    """Queries, keys and values in rows, see `_RotateAndPad`; token t goes to slot `slots[t]` of rows · width, and
    `turns` [width, dim/2] are the complex numbers of the positions."""
    return _RotateAndPad.apply(flat, slots, turns, shape)


def turn(heads: Tensor, turns: Tensor) -> Tensor:
    """RoPE of queries or keys [tokens, heads, dim] by each token's cosines and sines [tokens, dim/2, 2]."""
    return _Turn.apply(heads, turns)


def _plain_swiglu(gate_up: Tensor) -> Tensor:
    gate, up = gate_up.chunk(2, dim=-1)
    return F.silu(gate) * up


def _plain_turn(heads: Tensor, turns: Tensor) -> Tensor:
    real, imaginary = heads.float().unflatten(-1, (-1, 2)).unbind(-1)
    cosines, sines = turns[:, None].unbind(-1)
    turned = torch.stack((real * cosines - imaginary * sines, real * sines + imaginary * cosines), dim=-1)
    return turned.flatten(-2).to(heads.dtype)


def _torchs_rms_norm(x: Tensor, weight: Tensor, epsilon: float) -> Tensor:
    return F.rms_norm(x, weight.shape, weight, epsilon)


@dataclass(frozen=True)
class Kernels:
    """One way to compute each piece; `turn` is for attention that sees flat tokens."""

    rms_norm: Callable[[Tensor, Tensor, float], Tensor] = rms_norm
    swiglu: Callable[[Tensor], Tensor] = swiglu
    turn: Callable[[Tensor, Tensor], Tensor] = turn


BY_HAND = Kernels()
# A GPU has one kernel for the whole norm.
FOR_CUDA = Kernels(rms_norm=_torchs_rms_norm)
FOR_COMPILER = Kernels(_torchs_rms_norm, _plain_swiglu, _plain_turn)
