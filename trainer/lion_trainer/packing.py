"""Which examples stand together, and so which make up a step.

By default none do: a step is a batch of examples, and its tokens are shared out over processes and micro-batches
without padding (`batching.share_out`), so that the optimizer sees exactly the batches of a run without packing. Packs
of a fixed length, as Orca made them (arXiv 2306.02707 §3.1), are an option. They decide which examples a step is made
of and nothing else: attention never leaves an example.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from lion_trainer.batching import Schedule, epoch_order, share_out
from lion_trainer.errors import BadInput
from lion_trainer.examples import Examples, Integers

PackingName = Literal["step", "bfd", "next-fit", "none"]
BatchUnit = Literal["samples", "packs"]
Packs = tuple[tuple[int, ...], ...]

# Orca reports 2.7 examples a pack of 2,048 tokens; next-fit on lengths like its own fills about 80 % (our simulation).
ORCA = "Orca: 2.7 examples a pack, about 80 % full"
STEPS_LOOKED_AT = 20


@dataclass(frozen=True)
class Packing:
    """How examples are packed: `length` in tokens and `unit` (what a batch counts) matter to bfd and next-fit only."""

    name: PackingName
    length: int
    unit: BatchUnit


@dataclass(frozen=True)
class Course:
    """The steps of a run and the examples of each, a function of data, seed and step alone.

    `schedule` orders examples, or packs where there are some; `limit` cuts the run to so many steps, or prolongs it.
    """

    schedule: Schedule
    packs: Packs | None
    limit: int | None

    @property
    def steps(self) -> int:
        return self.schedule.steps if self.limit is None else self.limit

    @property
    def steps_per_epoch(self) -> int:
        return self.schedule.steps_per_epoch

    def batch(self, step: int) -> tuple[int, ...]:
        """The examples of a step, counted from 0."""
        chosen = self.schedule.batch(step)
        return chosen if self.packs is None else tuple(one for pack in chosen for one in self.packs[pack])


def plan_course(
    examples: Examples, packing: Packing, batch_size: int, epochs: float, limit: int | None, seed: int
) -> Course:
    """Lay the run out. A batch that counts samples takes so many packs that it has that many examples on average.

    Raises BadInput if an example is longer than a pack.
    """
    if packing.name in ("step", "none"):
        return Course(Schedule(len(examples), batch_size, epochs, seed), None, limit)
    longest = int(examples.lengths.max())
    if longest > packing.length:
        raise BadInput(f"--pack_length {packing.length} is shorter than the longest example, {longest} tokens.")
    if packing.name == "bfd":
        packs = best_fit_decreasing(examples.lengths, packing.length)
    else:
        packs = next_fit(epoch_order(len(examples), seed, 0), examples.lengths, packing.length)
    per_step = batch_size if packing.unit == "packs" else max(1, round(batch_size * len(packs) / len(examples)))
    return Course(Schedule(len(packs), per_step, epochs, seed), packs, limit)


def best_fit_decreasing(lengths: Integers, capacity: int) -> Packs:
    """Longest first, each into the fullest pack that still has room. The packs come in descending order of their first
    example, so they have to be shuffled."""
    packs: list[list[int]] = []
    by_room: list[list[int]] = [[] for _ in range(capacity + 1)]
    rooms = 0  # bit r is set while some pack has exactly r tokens left: the fullest that fits is then one operation
    for example in sorted(range(len(lengths)), key=lambda one: (-int(lengths[one]), one)):
        length = int(lengths[example])
        fitting = rooms >> length
        if fitting:
            room = length + (fitting & -fitting).bit_length() - 1
            pack = by_room[room].pop()
            if not by_room[room]:
                rooms &= ~(1 << room)
        else:
            room, pack = capacity, len(packs)
            packs.append([])
        packs[pack].append(example)
        by_room[room - length].append(pack)
        rooms |= 1 << (room - length)
    return tuple(tuple(pack) for pack in packs)


def next_fit(order: Iterable[int], lengths: Integers, capacity: int) -> Packs:
    """Orca's: examples in the order given, cut wherever the next one would not fit."""
    packs: list[list[int]] = []
    room = 0
    for example in order:
        length = int(lengths[example])
        if length > room:
            packs.append([])
            room = capacity
        packs[-1].append(example)
        room -= length
    return tuple(tuple(pack) for pack in packs)


@dataclass(frozen=True)
class Fill:
    """What packing achieves: `factor` examples in a row of computation (a pack, or a micro-batch), and `fill`, the
    share of the work that is tokens: of packs how full they are, else how equal the processes' shares are."""

    factor: float
    fill: float
    rows: int
    line: str


def measure_fill(course: Course, examples: Examples, packing: Packing, processes: int, micro_batch_tokens: int) -> Fill:
    """The fill of the packs, or of the first steps' micro-batches."""
    if course.packs is not None:
        count = len(course.packs)
        factor, fill = len(examples) / count, float(examples.lengths.sum()) / (count * packing.length)
        return Fill(
            factor,
            fill,
            count,
            f"packing {packing.name}: {count:,} packs of {packing.length} tokens, {factor:.1f} examples a pack, "
            f"{fill:.1%} full ({ORCA})",
        )
    inputs = examples.lengths - 1
    rows = chosen = 0
    mean = fullest = 0.0
    for step in range(min(course.steps, STEPS_LOOKED_AT)):
        batch = course.batch(step)
        shares = share_out(batch, inputs, processes, micro_batch_tokens)
        loads = [sum(int(inputs[one]) for part in share for one in part) for share in shares]
        rows += sum(len(share) for share in shares)
        chosen += len(batch)
        mean += sum(loads) / processes
        fullest += max(loads)
    factor, balance = chosen / rows, mean / fullest
    return Fill(
        factor,
        balance,
        math.ceil(len(examples) / factor),
        f"packing {packing.name}: {factor:.1f} examples a micro-batch, no padding, processes {balance:.1%} in balance "
        f"({ORCA})",
    )
