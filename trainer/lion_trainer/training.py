"""The training loop: what a step does, exactly, whatever it is shared out over."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch

from lion_trainer.errors import TrainerError
from lion_trainer.examples import Examples
from lion_trainer.optimizer import SchedulerType, learning_rate
from lion_trainer.packing import Course
from lion_trainer.trainable import Trainable

Say = Callable[[str], object]


@dataclass(frozen=True)
class Rates:
    """How the learning rate goes: up to `peak` over `warmup` steps, then as `scheduler` says; and what clips the
    gradients (0: nothing)."""

    peak: float
    warmup: int
    scheduler: SchedulerType
    max_grad_norm: float


@dataclass(frozen=True)
class StepReport:
    """What a step did: its place (counted from 1), and tokens, supervised tokens, operations and seconds of this step
    alone. `seconds_left` is reckoned from the steps of this process."""

    step: int
    steps: int
    epoch: float
    loss: float
    learning_rate: float
    grad_norm: float
    tokens: int
    supervised_tokens: int
    flops: float
    seconds: float
    seconds_left: float


def make_deterministic(device: torch.device) -> None:
    """Set torch up to give the same bits for the same work. Call it before the first use of a GPU."""
    # Numbers too small for the normal format slow a CPU down by orders of magnitude and mean nothing here.
    torch.set_flush_denormal(True)
    if device.type == "cpu":
        # Every operation used here is deterministic on a CPU; asking torch to check costs a second of imports.
        return
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    # Attention has no deterministic gradient in every version: that is worth a warning, not an end.
    torch.use_deterministic_algorithms(True, warn_only=True)
    # The same switch also fills fresh memory with NaN to find bugs, at the price of a pass over each result.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]


def training_steps(
    trainable: Trainable,
    examples: Examples,
    course: Course,
    rates: Rates,
    flops: Callable[[tuple[int, ...]], float],
    done: int = 0,
) -> Iterator[StepReport]:
    """Take the steps of a course after the first `done` ones; each is reported when it is in the weights.

    `flops` says what a batch is worth. Raises TrainerError when loss or gradients stop being numbers, before they can
    reach the weights.
    """
    steps = course.steps
    spent = 0.0
    for step in range(done, steps):
        began = time.perf_counter()
        batch = course.batch(step)
        chosen = list(batch)
        tokens, supervised = int(examples.lengths[chosen].sum()), int(examples.supervised[chosen].sum())
        trainable.zero()
        trainable.accumulate(examples, batch, supervised)
        loss, norm = trainable.finish(rates.max_grad_norm)
        rate = learning_rate(step, steps, rates.warmup, rates.peak, rates.scheduler)
        if not (math.isfinite(loss) and math.isfinite(norm)):
            raise TrainerError(
                f"Training broke down at step {step + 1} of {steps} (loss {loss}, gradient norm {norm}, "
                f"learning rate {rate:.3g}); lower --learning_rate or raise --warmup_ratio."
            )
        trainable.step(rate)
        seconds = time.perf_counter() - began
        spent += seconds
        yield StepReport(
            step=step + 1,
            steps=steps,
            epoch=(step + 1) / course.steps_per_epoch,
            loss=loss,
            learning_rate=rate,
            grad_norm=norm,
            tokens=tokens,
            supervised_tokens=supervised,
            flops=flops(batch),
            seconds=seconds,
            seconds_left=spent / (step + 1 - done) * (steps - step - 1),
        )
