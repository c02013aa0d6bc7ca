"""torch.compile, one layer at a time: all layers are the same code, so it is compiled once and not once a layer."""

from __future__ import annotations

import importlib.util
import shutil

import torch
from torch import Tensor

from lion_trainer.attention import Attend, Attention
from lion_trainer.errors import BadInput
from lion_trainer.llama import Llama, TokenRows


def compile_layers(model: Llama, device: torch.device) -> None:
    """Compile each layer's forward pass and its gradient; the first micro-batches then take longer.

    Micro-batches differ in tokens, so sizes are left open. Raises BadInput where torch has no compiler to work with.
    """
    if device.type == "cuda" and importlib.util.find_spec("triton") is None:
        raise BadInput("--compile on a GPU needs the package triton, which this torch came without; leave it off.")
    if device.type == "cpu" and not any(shutil.which(name) for name in ("c++", "g++", "clang++")):
        raise BadInput("--compile on a CPU needs a C++ compiler, and none is on the path; leave it off.")
    if model.attention.name == "sdpa":
        model.attention = _Apart(model.attention)
    for layer in model.decoder_layers():
        layer.forward = torch.compile(layer.forward, dynamic=True)  # type: ignore[method-assign]


class _Apart:
    """Attention that the compiler leaves alone: rows of equal width are laid out and turned by hand, in complex numbers
    that it has no code for."""

    def __init__(self, attention: Attention) -> None:
        self.name = attention.name
        self._attention = attention

    def prepare(self, rows: TokenRows, turns: Tensor) -> Attend:
        attend: Attend = torch.compiler.disable(self._attention.prepare(rows, turns))
        return attend
