"""Choosing the next token. Every row of a batch draws from a stream of its own, so its answer does not depend on what
else is in the batch."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

LION_TEMPERATURE = 0.7  # what Lion samples its students at (src/lion_inference.py of its repository)


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


def chooser(sampling: Sampling | Sequence[Sampling], ids: Sequence[str], device: torch.device) -> Chooser:
    """The chooser for a batch whose rows have these ids, all with the same sampling or each with its own."""
    each = [sampling] * len(ids) if isinstance(sampling, Sampling) else sampling
    if all(one.temperature == 0 for one in each):
        return _greedy
    return _Drawn(each, ids, device)


def row_seed(seed: int, identity: str) -> int:
    """A seed of 56 bits that depends on the run's seed and the row's id alone."""
    digest = hashlib.sha256(f"sample {seed} {identity}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:7], "big")


def _greedy(logits: Tensor, _rows: Tensor, _step: int) -> Tensor:
    return logits.argmax(dim=-1)


def _stream(seed: int, identity: str, length: int) -> Tensor:
    """Uniform numbers in [0, 1) that depend on the seed and the row's id alone [length]."""
    generator = torch.Generator().manual_seed(row_seed(seed, identity))
    return torch.rand(length, generator=generator, dtype=torch.float64)


class _Drawn:
    """Nucleus sampling (1904.09751) by inverting the cumulative distribution at the row's next uniform number."""

    def __init__(self, each: Sequence[Sampling], ids: Sequence[str], device: torch.device) -> None:
        longest = max(one.max_new_tokens for one in each)
        streams = [_stream(one.seed, identity, longest) for one, identity in zip(each, ids, strict=True)]
        self._uniforms = torch.stack(streams).to(device)
        self._temperature = torch.tensor([one.temperature for one in each], dtype=torch.float64, device=device)
        self._top_p = torch.tensor([one.top_p for one in each], dtype=torch.float64, device=device)

    def __call__(self, logits: Tensor, rows: Tensor, step: int) -> Tensor:
        temperature, top_p = self._temperature[rows, None], self._top_p[rows, None]
        greedy = temperature == 0
        chances = torch.softmax(logits.double() / temperature.masked_fill(greedy, 1.0), dim=-1)
        chances, tokens = chances.sort(dim=-1, descending=True, stable=True)
        reached = chances.cumsum(dim=-1)
        # The nucleus is the fewest likely tokens that reach top_p: the one that crosses the line is in.
        chances = chances.masked_fill(reached - chances >= top_p, 0.0)
        reached = chances.cumsum(dim=-1)
        target = self._uniforms[rows, step].unsqueeze(-1) * reached[:, -1:]
        place = (reached <= target).sum(dim=-1, keepdim=True)
        last = (chances > 0).sum(dim=-1, keepdim=True) - 1
        place = torch.minimum(place, last).masked_fill(greedy, 0)
        return tokens.gather(-1, place).squeeze(-1)
