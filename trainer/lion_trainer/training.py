"""The training loop: what a step does, exactly, whatever it is shared out over."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import torch

from lion_trainer.batching import Schedule, gather, share_out
from lion_trainer.distributed import World
from lion_trainer.errors import TrainerError
from lion_trainer.examples import Examples
from lion_trainer.llama import Llama
from lion_trainer.optimizer import AdamW, FlatParameters, SchedulerType, learning_rate


@dataclass(frozen=True)
class Recipe:
    """How to train. `batch_size` counts examples per optimizer step over all processes; `warmup_ratio` is a share of
    all steps; `bf16` means mixed precision on a GPU with float32 masters."""

    epochs: float
    learning_rate: float
    warmup_ratio: float
    scheduler: SchedulerType
    batch_size: int
    micro_batch_tokens: int
    weight_decay: float
    adam_beta1: float
    adam_beta2: float
    max_grad_norm: float
    bf16: bool
    seed: int


@dataclass(frozen=True)
class StepReport:
    """What a step did: its place (counted from 1), and tokens, supervised tokens and seconds of this step alone."""

    step: int
    steps: int
    epoch: float
    loss: float
    learning_rate: float
    grad_norm: float
    tokens: int
    supervised_tokens: int
    seconds: float
    elapsed: float


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


def accumulate(
    model: Llama,
    flat: FlatParameters,
    examples: Examples,
    parts: Sequence[Sequence[int]],
    supervised: int,
    bf16: bool = False,
) -> None:
    """Add the gradients and the loss of some micro-batches to `flat.totals`.

    Each token weighs 1 / `supervised`, the number of supervised tokens in the whole step, so that the sum over all
    micro-batches and processes is the mean over the step's tokens, however they were shared out.
    """
    device = flat.values.device
    for part in parts:
        rows, targets = gather(examples, part)
        with torch.autocast("cuda", torch.bfloat16) if bf16 else nullcontext():
            loss = model.loss(rows.to(device), targets.to(device)) / supervised
        loss.backward()
        flat.loss += loss.detach()


def train(
    model: Llama, examples: Examples, recipe: Recipe, world: World, report: Callable[[StepReport], None]
) -> list[float]:
    """Train the model in place; `report` hears of every step. Returns each step's loss.

    Raises TrainerError when loss or gradients stop being numbers, before they can reach the weights.
    """
    flat = FlatParameters(model.parameters())
    optimizer = AdamW(flat, recipe.adam_beta1, recipe.adam_beta2, recipe.weight_decay)
    schedule = Schedule(len(examples), recipe.batch_size, recipe.epochs, recipe.seed)
    warmup = math.ceil(recipe.warmup_ratio * schedule.steps)
    supervised, inputs = examples.supervised, examples.lengths - 1
    losses: list[float] = []
    start = last = time.perf_counter()
    for step in range(schedule.steps):
        batch = schedule.batch(step)
        tokens, answers = int(examples.lengths[list(batch)].sum()), int(supervised[list(batch)].sum())
        shares = share_out(batch, inputs, world.size, recipe.micro_batch_tokens)
        flat.totals.zero_()
        accumulate(model, flat, examples, shares[world.rank], answers, recipe.bf16)
        world.sum_in_place(flat.totals)
        loss, norm = float(flat.loss), flat.clip(recipe.max_grad_norm)
        rate = learning_rate(step, schedule.steps, warmup, recipe.learning_rate, recipe.scheduler)
        if not (math.isfinite(loss) and math.isfinite(norm)):
            raise TrainerError(
                f"Training broke down at step {step + 1} of {schedule.steps} (loss {loss}, gradient norm {norm}, "
                f"learning rate {rate:.3g}); lower --learning_rate or raise --warmup_ratio."
            )
        optimizer.step(rate)
        losses.append(loss)
        now = time.perf_counter()
        report(
            StepReport(
                step=step + 1,
                steps=schedule.steps,
                epoch=(step + 1) / schedule.steps_per_epoch,
                loss=loss,
                learning_rate=rate,
                grad_norm=norm,
                tokens=tokens,
                supervised_tokens=answers,
                seconds=now - last,
                elapsed=now - start,
            )
        )
        last = now
    return losses
