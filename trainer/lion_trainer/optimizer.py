"""AdamW over one flat buffer, and the learning rate's curve.

All parameters are views of one buffer and all gradients of another: clipping, adding up over processes and the update
are each a handful of operations whatever the number of layers. (`torch.optim` would also cost a second of import time,
which short jobs notice.)
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

SchedulerType = Literal["cosine", "linear", "constant"]

# Numbers that an update works on at once: what it needs beside parameters, gradients and moments stays this small.
SLICE = 1 << 26


@dataclass(frozen=True)
class AdamWNumbers:
    """What an optimizer is made with; the seed is for what starts at random (LoRA) and for dropout."""

    beta1: float = 0.9
    beta2: float = 0.999
    weight_decay: float = 0.0
    seed: int = 0


def learning_rate(step: int, steps: int, warmup: int, peak: float, kind: SchedulerType) -> float:
    """The rate of a step counted from 0: a linear rise over `warmup` steps, then half a cosine or a line down to 0, or
    no change. The first step already has a rate above 0 and step `warmup` has the peak."""
    if step < warmup:
        return peak * (step + 1) / (warmup + 1)
    if kind == "constant":
        return peak
    progress = (step - warmup) / max(1, steps - warmup)
    return peak * (0.5 * (1 + math.cos(math.pi * progress)) if kind == "cosine" else 1 - progress)


class FlatParameters:
    """The parameters of a model as one buffer, those with weight decay first (matrices; norms and biases have none).

    `totals` is the gradients with one more number behind them, the loss, so that both are added up over processes at
    once.
    """

    def __init__(self, parameters: Iterable[nn.Parameter], device: torch.device | None = None) -> None:
        """Move the parameters into a buffer on the device (default: where they are), one after the other."""
        everything = list(parameters)
        ordered = [p for p in everything if p.dim() > 1] + [p for p in everything if p.dim() <= 1]
        size = sum(parameter.numel() for parameter in ordered)
        self.decayed = sum(parameter.numel() for parameter in ordered if parameter.dim() > 1)
        device = ordered[0].device if device is None else device
        self.values = torch.empty(size, dtype=torch.float32, device=device)
        self.totals = torch.zeros(size + 1, dtype=torch.float32, device=device)
        self.gradients = self.totals[:-1]
        self.loss = self.totals[-1]
        places: dict[nn.Parameter, slice] = {}
        start = 0
        for parameter in ordered:
            part = places[parameter] = slice(start, start + parameter.numel())
            start += parameter.numel()
            self.values[part] = parameter.data.reshape(-1)
            parameter.data = self.values[part].view_as(parameter)
            parameter.grad = self.gradients[part].view_as(parameter)
        self._places = [(places[parameter], parameter.shape) for parameter in everything]

    def views(self, buffer: Tensor) -> list[Tensor]:
        """A buffer of this layout as one tensor for each parameter, in the order in which they were given."""
        return [buffer[place].view(shape) for place, shape in self._places]

    def clip(self, limit: float) -> float:
        """Scale the gradients down to a norm of at most `limit` (0 leaves them); returns the norm before."""
        norm = float(torch.linalg.vector_norm(self.gradients))
        if limit > 0 and norm > limit:
            self.gradients.mul_(limit / norm)
        return norm


class AdamW:
    """Adam with decoupled weight decay (1711.05101), moments in float32, ε = 1e-8 as everywhere."""

    def __init__(self, parameters: FlatParameters, beta1: float, beta2: float, weight_decay: float) -> None:
        self._parameters = parameters
        self._beta1, self._beta2 = beta1, beta2
        self._decay = weight_decay
        self.mean = torch.zeros_like(parameters.values)
        self.square = torch.zeros_like(parameters.values)
        self._scratch = torch.empty_like(parameters.values[:SLICE])
        self.updates = 0

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """One update at the given learning rate."""
        values, gradients = self._parameters.values, self._parameters.gradients
        self.updates += 1
        correction1, correction2 = 1 - self._beta1**self.updates, 1 - self._beta2**self.updates
        if self._decay:
            values[: self._parameters.decayed].mul_(1 - rate * self._decay)
        self.mean.lerp_(gradients, 1 - self._beta1)
        self.square.mul_(self._beta2).addcmul_(gradients, gradients, value=1 - self._beta2)
        for start in range(0, len(values), SLICE):
            part = slice(start, start + SLICE)
            square = self.square[part]
            denominator: Tensor = torch.sqrt(square, out=self._scratch[: len(square)])
            denominator.div_(math.sqrt(correction2)).add_(1e-8)
            values[part].addcdiv_(self.mean[part], denominator, value=-rate / correction1)
