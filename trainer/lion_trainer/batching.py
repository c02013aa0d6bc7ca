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


def share_out(
    batch: Sequence[int], lengths: Integers, ranks: int, cap: int, alike: bool = True
) -> list[list[list[int]]]:
    """Share a step's examples over ranks, and each rank's over micro-batches of at most `cap` tokens if possible.

    Ranks: longest first to the rank with the fewest tokens (LPT). Micro-batches of a rank: as many as every other rank
    has and about equally full, so that no rank waits for another in between; only a rank with too few examples has
    fewer. `alike` puts neighbours in length together, so that rows of equal width need little padding; otherwise LPT
    again, which fills them more evenly. An example longer than the cap is alone in its micro-batch.
    """
    shares = _longest_first(sorted(batch, key=lambda one: (-int(lengths[one]), one)), lengths, ranks)
    loads = [int(lengths[share].sum()) for share in shares]
    count = max(1, math.ceil(max(loads) / cap))
    while True:
        if alike:
            cut = [_cut(share, lengths, cap, load / count) for share, load in zip(shares, loads, strict=True)]
        else:
            cut = [[part for part in _longest_first(share, lengths, count) if part] for share in shares]
        needed = max(_needed(parts, lengths, cap) for parts in cut)
        if needed <= count:
            return cut
        count = needed


def _longest_first(ordered: Sequence[int], lengths: Integers, bins: int) -> list[list[int]]:
    """Deal examples out, already in order of length, each to the bin with the fewest tokens."""
    dealt: list[list[int]] = [[] for _ in range(bins)]
    loads = [0] * bins
    for example in ordered:
        lightest = loads.index(min(loads))
        dealt[lightest].append(example)
        loads[lightest] += int(lengths[example])
    return dealt


def _needed(parts: Sequence[Sequence[int]], lengths: Integers, cap: int) -> int:
    """How many parts there should be: one more than there are if one that could be smaller is over the cap."""
    over = any(len(part) > 1 and int(lengths[part].sum()) > cap for part in parts)
    return len(parts) + over


def _cut(share: Sequence[int], lengths: Integers, cap: int, enough: float) -> list[list[int]]:
    """Cut a list, already in order of length, into parts of about `enough` tokens; into more where the cap asks it."""
    parts: list[list[int]] = []
    done = load = 0
    for example in share:
        length = int(lengths[example])
        if not parts or done + length / 2 > len(parts) * enough or load + length > cap:
            parts.append([])
            load = 0
        parts[-1].append(example)
        done += length
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
