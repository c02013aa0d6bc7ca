"""Training with the whole model on every process: the way of a CPU, and of a GPU that holds it all."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import torch

from lion_trainer.checkpoint import Checkpoint
from lion_trainer.distributed import World
from lion_trainer.examples import Examples
from lion_trainer.geometry import Weights
from lion_trainer.llama import Llama, on_cpu
from lion_trainer.lora import Adapter, as_adapter, attach, halve_frozen, merged
from lion_trainer.optimizer import AdamW, AdamWNumbers, FlatParameters
from lion_trainer.passes import Passes, bf16_context
from lion_trainer.trainable import Compute


class Replicated:
    """All trained parameters in one flat buffer on each process; gradients are added up once a step."""

    def __init__(self, checkpoint: Checkpoint, numbers: AdamWNumbers, compute: Compute, world: World) -> None:
        self._world, self._checkpoint, self._lora = world, checkpoint, compute.lora
        mixed = compute.bf16 and world.device.type == "cuda"
        self.model = Llama(checkpoint.geometry, checkpoint.weights)
        self.parameters = sum(parameter.numel() for parameter in self.model.parameters())
        if compute.lora is not None:
            attach(self.model, compute.lora, numbers.seed)
            if mixed:
                halve_frozen(self.model)
        trained = {name: parameter for name, parameter in self.model.named_parameters() if parameter.requires_grad}
        self._flat = FlatParameters(trained.values(), world.device)
        self.model.to(world.device)
        self.trained_parameters = self._flat.values.numel()
        self._names = list(trained)
        self._optimizer = AdamW(self._flat, numbers.beta1, numbers.beta2, numbers.weight_decay)
        self._passes = Passes(self.model, compute, world, mixed, bf16_context if mixed else nullcontext)

    def zero(self) -> None:
        self._flat.totals.zero_()

    def accumulate(self, examples: Examples, batch: Sequence[int], supervised: int) -> None:
        self._passes.check(examples)
        self.model.train()
        for total in self._passes.losses(examples, batch):
            loss = total / supervised
            loss.backward()
            self._flat.loss += loss.detach()

    def finish(self, max_grad_norm: float) -> tuple[float, float]:
        self._world.sum_in_place(self._flat.totals)
        return float(self._flat.loss), self._flat.clip(max_grad_norm)

    def step(self, rate: float) -> None:
        self._optimizer.step(rate)

    @torch.no_grad()
    def measure(self, examples: Examples, batch: Sequence[int]) -> float:
        self.model.eval()
        total = torch.zeros((), dtype=torch.float64, device=self._world.device)
        for loss in self._passes.losses(examples, batch):
            total += loss
        self._world.sum_in_place(total)
        return float(total)

    def state(self) -> dict[str, Any]:
        buffers = {
            "weights": self._flat.values,
            "mean": self._optimizer.mean,
            "square": self._optimizer.square,
        }
        views = {kind: self._flat.views(buffer) for kind, buffer in buffers.items()}
        state: dict[str, Any] = {
            f"{kind}.{name}": view for kind, each in views.items() for name, view in zip(self._names, each, strict=True)
        }
        return {**state, "updates": self._optimizer.updates}

    def load_state(self, state: dict[str, Any]) -> None:
        for name, mine in self.state().items():
            if name != "updates":
                mine.copy_(state[name])
        self._optimizer.updates = int(state["updates"])

    def export(self) -> Weights:
        adapter = self.adapter()
        if adapter is not None:
            return merged(self._checkpoint.weights, adapter)
        return {} if self._world.rank else self.model.export()

    def adapter(self) -> Adapter | None:
        if self._world.rank or self._lora is None:
            return None
        return as_adapter(self._lora, self.model, self._checkpoint.source, on_cpu)
