"""What every way of training has in common: how a step's examples run through the model on one process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor

from lion_trainer.attention import choose_attention
from lion_trainer.batching import gather, share_out
from lion_trainer.canary import check_packing
from lion_trainer.distributed import World
from lion_trainer.examples import Examples
from lion_trainer.kernels import BY_HAND, FOR_COMPILER, FOR_CUDA
from lion_trainer.llama import Llama
from lion_trainer.recompute import recompute_activations
from lion_trainer.trainable import Compute

Precision = Callable[[], AbstractContextManager[Any]]


class Passes:
    """Forward passes over this process's share of some examples.

    `mixed` says that products are in bf16; `precision` is the context that makes them so, where it takes one.
    `in_step` is for models whose layers only come together when all processes run them: then every process makes the
    same number of passes, and one that has run out of examples repeats one of the others' without its counting.
    """

    def __init__(
        self, model: Llama, compute: Compute, world: World, mixed: bool, precision: Precision = nullcontext, *,
        in_step: bool = False,
    ) -> None:  # fmt: skip
        self._model, self._compute, self._world = model, compute, world
        self._precision, self._in_step = precision, in_step
        self._checked = False
        on_gpu = world.device.type == "cuda"
        kernels = FOR_COMPILER if compute.compile else FOR_CUDA if on_gpu else BY_HAND
        if compute.liger:
            from lion_trainer.liger import with_liger

            kernels = with_liger(kernels, on_gpu)
        attention = choose_attention(compute.attention, model.geometry, world.device, mixed, kernels)
        model.equip(attention, kernels)

    def losses(self, examples: Examples, batch: Sequence[int]) -> Iterator[Tensor]:
        """The sum of cross-entropies of one micro-batch after the other; run it backward before taking the next."""
        alike = self._model.attention.name == "sdpa"
        cap = self._compute.micro_batch_tokens
        shares = share_out(batch, examples.lengths - 1, self._world.size, cap, alike)
        mine = shares[self._world.rank]
        for part in mine:
            yield self._loss(examples, part)
        if self._in_step:
            shortest = min(batch, key=lambda one: int(examples.lengths[one]))
            for _ in range(max(map(len, shares)) - len(mine)):
                yield self._loss(examples, [shortest]) * 0.0

    def check(self, examples: Examples) -> None:
        """Before the first step: see that packing works, then compile and set layers up to be recomputed if asked for.

        Raises TrainerError if packed examples do not stay apart.
        """
        if self._checked:
            return
        self._checked = True
        said = check_packing(self._model, examples, self._world.device, self._precision)
        if self._world.rank == 0:
            print(said, flush=True)
        if self._compute.compile:
            from lion_trainer.compiling import compile_layers

            compile_layers(self._model, self._world.device)
        recompute_activations(self._model, self._compute.activation_checkpointing)

    def _loss(self, examples: Examples, part: Sequence[int]) -> Tensor:
        rows, targets = gather(examples, part)
        with self._precision():
            return self._model(rows.to(self._world.device), targets.to(self._world.device))


def bf16_context() -> AbstractContextManager[Any]:
    """Products in bf16 from float32 parameters."""
    return torch.autocast("cuda", torch.bfloat16)
