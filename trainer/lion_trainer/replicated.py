"""Training with the whole model on every process: the way of a CPU, and of a GPU that holds it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch

from lion_trainer.batching import gather, share_out
from lion_trainer.checkpoint import Checkpoint
from lion_trainer.distributed import World
from lion_trainer.examples import Examples
from lion_trainer.geometry import Weights
from lion_trainer.llama import Llama
from lion_trainer.lora import Adapter
from lion_trainer.optimizer import AdamW, AdamWNumbers, FlatParameters
from lion_trainer.trainable import Compute


class Replicated:
    """All parameters in one flat buffer on each process; gradients are added up once a step."""

    def __init__(self, checkpoint: Checkpoint, numbers: AdamWNumbers, compute: Compute, world: World) -> None:
        self._world = world
        self._compute = compute
        self.model = Llama(checkpoint.geometry, checkpoint.weights).to(world.device)
        self._flat = FlatParameters(self.model.parameters())
        self._optimizer = AdamW(self._flat, numbers.beta1, numbers.beta2, numbers.weight_decay)
        self.parameters = self.trained_parameters = self._flat.values.numel()

    def zero(self) -> None:
        self._flat.totals.zero_()

    def accumulate(self, examples: Examples, batch: Sequence[int], supervised: int) -> None:
        for part in self._share(examples, batch):
            rows, targets = gather(examples, part)
            with self._precision():
                loss = self.model(rows.to(self._world.device), targets.to(self._world.device)) / supervised
            loss.backward()
            self._flat.loss += loss.detach()

    def finish(self, max_grad_norm: float) -> tuple[float, float]:
        self._world.sum_in_place(self._flat.totals)
        return float(self._flat.loss), self._flat.clip(max_grad_norm)

    def step(self, rate: float) -> None:
        self._optimizer.step(rate)

    @torch.no_grad()
    def measure(self, examples: Examples, batch: Sequence[int]) -> float:
        total = torch.zeros((), dtype=torch.float64, device=self._world.device)
        for part in self._share(examples, batch):
            rows, targets = gather(examples, part)
            with self._precision():
                total += self.model(rows.to(self._world.device), targets.to(self._world.device))
        self._world.sum_in_place(total)
        return float(total)

    def state(self) -> dict[str, Any]:
        return {
            "weights": self._flat.values,
            "mean": self._optimizer.mean,
            "square": self._optimizer.square,
            "updates": self._optimizer.updates,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        for name, tensor in self.state().items():
            if name != "updates":
                tensor.copy_(state[name])
        self._optimizer.updates = int(state["updates"])

    def export(self) -> Weights:
        return self.model.export() if self._world.rank == 0 else {}

    def adapter(self) -> Adapter | None:
        return None

    def _share(self, examples: Examples, batch: Sequence[int]) -> list[list[int]]:
        cap = self._compute.micro_batch_tokens
        return share_out(batch, examples.lengths - 1, self._world.size, cap)[self._world.rank]

    def _precision(self) -> AbstractContextManager[Any]:
        mixed = self._compute.bf16 and self._world.device.type == "cuda"
        return torch.autocast("cuda", torch.bfloat16) if mixed else nullcontext()
