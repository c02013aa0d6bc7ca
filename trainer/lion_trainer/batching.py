"""Which examples make up a step, and how a step is shared out. Nothing here knows of gradients.

The examples of a step depend on the data, the seed and the step alone. Processes and micro-batches only share out the
work, so a run on two processes follows the same trajectory as a run on one.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from lion_trainer.examples import Examples, Integers
from lion_trainer.llama import TokenRows


@dataclass(frozen=True)
class Schedule:
    """The steps of a run: every epoch is a fresh permutation cut into batches; its last batch may be smaller.

    `epochs` may be fractional; as in transformers' Trainer, the steps are rounded up.
    """

    examples: int
    batch_size: int
    epochs: float
    seed: int

    @property
    def steps_per_epoch(self) -> int:
        return math.ceil(self.examples / self.batch_size)

    @property
    def steps(self) -> int:
        return math.ceil(self.epochs * self.steps_per_epoch)

    def batch(self, step: int) -> tuple[int, ...]:
        """The examples of a step, counted from 0."""
        epoch, place = divmod(step, self.steps_per_epoch)
        order = epoch_order(self.examples, self.seed, epoch)
        return order[place * self.batch_size : (place + 1) * self.batch_size]


@lru_cache(maxsize=2)
def epoch_order(examples: int, seed: int, epoch: int) -> tuple[int, ...]:
    """The permutation of an epoch, a function of seed and epoch alone."""
    digest = hashlib.sha256(f"order {seed} {epoch}".encode()).digest()
    generator = torch.Generator().manual_seed(int.from_bytes(digest[:7], "big"))
    return tuple(torch.randperm(examples, generator=generator).tolist())


def share_out(batch: Sequence[int], lengths: Integers, ranks: int, cap: int) -> list[list[list[int]]]:
    """Share a step's examples over ranks, and each rank's over micro-batches of at most `cap` tokens if possible.

    Ranks: longest first to the rank with the fewest tokens (LPT). Micro-batches of a rank: neighbours in length, so
    that attention's rows need little padding, and about equally full. An example longer than the cap is alone in its
    micro-batch.
    """
    shares: list[list[int]] = [[] for _ in range(ranks)]
    loads = [0] * ranks
    for example in sorted(batch, key=lambda one: (-int(lengths[one]), one)):
        rank = loads.index(min(loads))
        shares[rank].append(example)
        loads[rank] += int(lengths[example])
    return [_cut(share, lengths, cap) for share in shares]


def _cut(share: Sequence[int], lengths: Integers, cap: int) -> list[list[int]]:
    """Cut a list, already in order of length, into parts: as few as the cap allows, about equally full."""
    total = int(lengths[list(share)].sum())
    enough = total / max(1, math.ceil(total / cap))
    parts: list[list[int]] = []
    load = 0
    for example in share:
        length = int(lengths[example])
        if not parts or load >= enough or load + length > cap:
            parts.append([])
            load = 0
        parts[-1].append(example)
        load += length
    return parts


def gather(examples: Examples, chosen: Sequence[int]) -> tuple[TokenRows, Tensor]:
    """The micro-batch of some examples: their tokens, and the supervised tokens as targets [supervised].

    An example's last token is nobody's input. Only positions whose successor is supervised are asked for an output.
    """
    picked = np.asarray(chosen, dtype=np.int64)
    inputs, prompts = examples.lengths[picked] - 1, examples.prompts[picked]
    sources = _ranges(examples.starts[picked], inputs)
    flat_starts = np.cumsum(inputs) - inputs
    answers = inputs - (prompts - 1)
    outputs = _ranges(flat_starts + prompts - 1, answers)
    tokens = torch.from_numpy(examples.tokens[sources])
    targets = torch.from_numpy(examples.tokens[sources[outputs] + 1])
    return TokenRows.build(tokens, torch.from_numpy(inputs), torch.from_numpy(outputs)), targets


def _ranges(starts: Integers, lengths: Integers) -> Integers:
    """start, start + 1, … for each (start, length), joined."""
    ends = np.cumsum(lengths)
    return np.arange(ends[-1], dtype=np.int64) + np.repeat(starts - (ends - lengths), lengths)
