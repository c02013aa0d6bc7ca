"""Liger's Triton kernels for the norm and the feed-forward network (2410.10989), where they are installed."""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor

from lion_trainer.errors import BadInput
from lion_trainer.kernels import Kernels


def with_liger(kernels: Kernels, on_gpu: bool) -> Kernels:
    """The kernels with Liger's norm and SwiGLU. Raises BadInput where they cannot work."""
    if not on_gpu:
        raise BadInput("--liger needs a GPU; leave it off.")
    try:
        from liger_kernel.ops.rms_norm import LigerRMSNormFunction
        from liger_kernel.ops.swiglu import LigerSiLUMulFunction
    except ImportError as error:
        raise BadInput(f"--liger needs the package liger-kernel ({error}); pip install liger-kernel.") from error

    def rms_norm(x: Tensor, weight: Tensor, epsilon: float) -> Tensor:
        return LigerRMSNormFunction.apply(x, weight, epsilon, 0.0, "llama", False)

    def swiglu(gate_up: Tensor) -> Tensor:
        gate, up = gate_up.chunk(2, dim=-1)
        return LigerSiLUMulFunction.apply(gate, up)

    return replace(kernels, rms_norm=rms_norm, swiglu=swiglu)
