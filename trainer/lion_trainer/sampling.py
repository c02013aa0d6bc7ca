"""Choosing the next token. Every row of a batch draws from a stream of its own, so its answer does not depend on what
else is in the batch."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class Sampling:
    """How answers are drawn; temperature 0 is greedy, and then top_p and seed play no part."""

    temperature: float
    top_p: float
    seed: int
    max_new_tokens: int

    def as_json(self) -> dict[str, Any]:
        """As it stands in every row of the output."""
        return asdict(self)


# Picks token ids [n] from logits [n, vocab]; the second argument [n] says which rows of the batch these are, the third
# how many tokens each has so far.
Chooser = Callable[[Tensor, Tensor, int], Tensor]


def chooser(sampling: Sampling, ids: Sequence[str], device: torch.device) -> Chooser:
    """The chooser for a batch whose rows have these ids."""
    if sampling.temperature == 0:
        return _greedy
    uniforms = torch.stack([_stream(sampling.seed, identity, sampling.max_new_tokens) for identity in ids])
    return _Drawn(sampling, uniforms.to(device))


def _greedy(logits: Tensor, _rows: Tensor, _step: int) -> Tensor:
    return logits.argmax(dim=-1)


def _stream(seed: int, identity: str, length: int) -> Tensor:
    """Uniform numbers in [0, 1) that depend on the seed and the row's id alone [length]."""
    digest = hashlib.sha256(f"sample {seed} {identity}".encode("utf-8", "surrogatepass")).digest()
    generator = torch.Generator().manual_seed(int.from_bytes(digest[:7], "big"))
    return torch.rand(length, generator=generator, dtype=torch.float64)


class _Drawn:
    """Nucleus sampling (1904.09751) by inverting the cumulative distribution at the row's next uniform number."""

    def __init__(self, sampling: Sampling, uniforms: Tensor) -> None:
        self._temperature, self._top_p = sampling.temperature, sampling.top_p
        self._uniforms = uniforms

    def __call__(self, logits: Tensor, rows: Tensor, step: int) -> Tensor:
        chances = torch.softmax(logits.double() / self._temperature, dim=-1)
        chances, tokens = chances.sort(dim=-1, descending=True, stable=True)
        reached = chances.cumsum(dim=-1)
        # The nucleus is the fewest likely tokens that reach top_p: the one that crosses the line is in.
        chances = chances.masked_fill(reached - chances >= self._top_p, 0.0)
        reached = chances.cumsum(dim=-1)
        target = self._uniforms[rows, step].unsqueeze(-1) * reached[:, -1:]
        place = (reached <= target).sum(dim=-1, keepdim=True)
        last = (chances > 0).sum(dim=-1, keepdim=True) - 1
        return tokens.gather(-1, torch.minimum(place, last)).squeeze(-1)
