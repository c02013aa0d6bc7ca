"""Rows that are only measured: a share of the data, chosen by content, that no step ever trains on."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from lion_trainer.examples import Examples
from lion_trainer.rows import TrainingRow
from lion_trainer.trainable import Trainable


def split_rows(rows: Sequence[TrainingRow], share: float, seed: int) -> tuple[list[TrainingRow], list[TrainingRow]]:
    """(rows to train on, rows held out). The question decides and not its place or its answer, so that the same
    question is never on both sides, and stays on its side when rows come or go."""
    limit = int(share * 2**64)
    train: list[TrainingRow] = []
    held: list[TrainingRow] = []
    for row in rows:
        (held if _place(row, seed) < limit else train).append(row)
    return train, held


def _place(row: TrainingRow, seed: int) -> int:
    """Where a question falls among 2^64 places, evenly and for ever."""
    content = "\0".join((f"held out {seed}", row.instruction, row.input, row.system))
    return int.from_bytes(hashlib.sha256(content.encode()).digest()[:8], "big")


@dataclass(frozen=True)
class HeldOut:
    """The examples that are held out; there is at least one."""

    examples: Examples

    def loss(self, trainable: Trainable) -> float:
        """Mean cross-entropy over their supervised tokens; called by all processes together."""
        total = trainable.measure(self.examples, range(len(self.examples)))
        return total / int(self.examples.supervised.sum())
