"""Training with every process holding a part of the model: FSDP2, for models that one GPU cannot hold four times over.

A layer's parts come together only while the layer computes. Masters, gradients and moments are float32 shards; products
are in bf16 on a GPU that is asked for it. The weights are read on the CPU, layer by layer, and each process keeps its
rows of them: the whole model lies on no GPU at any time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import CPUOffloadPolicy, FSDPModule, MixedPrecisionPolicy, OffloadPolicy, fully_shard
from torch.distributed.tensor import DTensor
from torch.optim import AdamW

from lion_trainer.checkpoint import Checkpoint
from lion_trainer.distributed import World
from lion_trainer.examples import Examples
from lion_trainer.geometry import Weights
from lion_trainer.llama import Llama, LlamaLayer
from lion_trainer.lora import Adapter, LowRank, as_adapter, attach, halve_frozen, layer_seed, merged
from lion_trainer.optimizer import AdamWNumbers
from lion_trainer.passes import Passes
from lion_trainer.trainable import Compute


class Sharded:
    """Parameters, gradients and optimizer in shards, with the same names as in the replicated way."""

    def __init__(self, checkpoint: Checkpoint, numbers: AdamWNumbers, compute: Compute, world: World) -> None:
        world.join()
        self._world, self._checkpoint, self._lora = world, checkpoint, compute.lora
        geometry = checkpoint.geometry
        on_gpu = world.device.type == "cuda"
        mixed = compute.bf16 and on_gpu
        nothing = {name: torch.empty(shape, device="meta") for name, shape in geometry.shapes().items()}
        self.model = Llama(geometry, nothing)
        self.parameters = sum(parameter.numel() for parameter in self.model.parameters())
        if compute.lora is not None:
            attach(self.model, compute.lora, numbers.seed)
            if mixed:
                halve_frozen(self.model)
        _shard(self.model, compute, world, mixed)
        offload = compute.cpu_offload and on_gpu
        _fill(self.model, checkpoint, compute, numbers.seed, torch.device("cpu") if offload else world.device)
        self.model.turns = geometry.turns().to(world.device)
        self._trained = {name: shard for name, shard in self.model.named_parameters() if shard.requires_grad}
        self.trained_parameters = sum(shard.numel() for shard in self._trained.values())
        self._optimizer = _adamw(list(self._trained.values()), numbers, fused=on_gpu and not offload)
        self._passes = Passes(self.model, compute, world, mixed, in_step=True)
        self._loss = torch.zeros((), device=world.device)

    def zero(self) -> None:
        self._optimizer.zero_grad()
        self._loss.zero_()

    def accumulate(self, examples: Examples, batch: Sequence[int], supervised: int) -> None:
        self._passes.check(examples)
        self.model.train()
        for total in self._passes.losses(examples, batch):
            # Gradients are averaged over processes on their way into the shards; their sum is wanted.
            (total * (self._world.size / supervised)).backward()
            self._loss += total.detach() / supervised

    def finish(self, max_grad_norm: float) -> tuple[float, float]:
        # No number lies in two shards, so the norm of all is the norm of the shards' norms.
        locals_ = [_given(shard.grad).to_local() for shard in self._trained.values()]
        gradients = [one for one in locals_ if one.numel()]
        totals = torch.zeros(2, dtype=torch.float64, device=self._world.device)
        totals[0] = self._loss
        if gradients:
            totals[1] = torch.stack(torch._foreach_norm(gradients)).double().square().sum()
        self._world.sum_in_place(totals)
        loss, norm = float(totals[0]), float(totals[1]) ** 0.5
        if max_grad_norm > 0 and norm > max_grad_norm:
            torch._foreach_mul_(gradients, max_grad_norm / norm)
        return loss, norm

    def step(self, rate: float) -> None:
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._optimizer.step()

    @torch.no_grad()
    def measure(self, examples: Examples, batch: Sequence[int]) -> float:
        self.model.eval()
        total = torch.zeros((), dtype=torch.float64, device=self._world.device)
        for loss in self._passes.losses(examples, batch):
            total += loss
        # Without a backward pass, parts that came together stay so, and would not see the next update.
        for module in self.model.modules():
            if isinstance(module, FSDPModule):
                module.reshard()
        self._world.sum_in_place(total)
        return float(total)

    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = {}
        for name, shard in self._trained.items():
            moments = self._optimizer.state[shard]
            state |= {f"weights.{name}": shard.detach()}
            state |= {f"mean.{name}": moments["exp_avg"], f"square.{name}": moments["exp_avg_sq"]}
        return {**state, "updates": int(self._updates()[0])}

    def load_state(self, state: dict[str, Any]) -> None:
        for name, mine in self.state().items():
            if name != "updates":
                mine.copy_(state[name])
        for updates in self._updates():
            updates.fill_(state["updates"])

    def export(self) -> Weights:
        if self._lora is not None:
            adapter = as_adapter(self._lora, self.model, self._checkpoint.source, self._whole)
            return {} if self._world.rank else merged(self._checkpoint.weights, adapter)
        weights: Weights = {}
        for name, tensor in self.model.named_weights(self._whole):
            if self._world.rank == 0:
                weights[name] = tensor.clone(memory_format=torch.contiguous_format)
        return weights

    def adapter(self) -> Adapter | None:
        if self._lora is None:
            return None
        adapter = as_adapter(self._lora, self.model, self._checkpoint.source, self._whole)
        return None if self._world.rank else adapter

    def _whole(self, shard: nn.Parameter) -> Tensor:
        """Put one parameter together; all processes take part, and the first one gets it on its CPU."""
        assert isinstance(shard, DTensor)
        local = shard.to_local().detach().to(self._world.device)
        there = DTensor.from_local(
            local, shard.device_mesh, shard.placements, run_check=False, shape=shard.shape, stride=shard.stride()
        )
        return there.full_tensor().cpu()

    def _updates(self) -> list[Tensor]:
        return [self._optimizer.state[shard]["step"] for shard in self._trained.values()]


def _shard(model: Llama, compute: Compute, world: World, mixed: bool) -> None:
    """Hand each layer to FSDP2, and what is around the layers as one more."""
    mesh = init_device_mesh(world.device.type, (world.size,))
    precision = MixedPrecisionPolicy(torch.bfloat16, torch.float32) if mixed else MixedPrecisionPolicy()
    offload = CPUOffloadPolicy() if compute.cpu_offload and world.device.type == "cuda" else OffloadPolicy()
    again = compute.sharding == "full_shard"
    for module in (*model.decoder_layers(), model):
        fully_shard(module, mesh=mesh, reshard_after_forward=again, mp_policy=precision, offload_policy=offload)


def _fill(model: Llama, checkpoint: Checkpoint, compute: Compute, seed: int, device: torch.device) -> None:
    """Give every shard its memory and its rows of the weights, of which one layer at a time exists as a whole."""
    model.to_empty(device=device)
    for index, layer in enumerate(model.decoder_layers()):
        whole = LlamaLayer(checkpoint.geometry, checkpoint.weights, f"model.layers.{index}.")
        if compute.lora is not None:
            whole.low_rank = LowRank(whole, compute.lora, layer_seed(seed, index))
        for name, parameter in whole.named_parameters():
            _take_rows(layer.get_parameter(name), parameter.detach())
    around = {"embedding": "model.embed_tokens.weight", "norm": "model.norm.weight", "head": "lm_head.weight"}
    for name, stored in around.items():
        if getattr(model, name) is not None:
            _take_rows(model.get_parameter(name), checkpoint.weights[stored])


def _take_rows(shard: nn.Parameter, whole: Tensor) -> None:
    assert isinstance(shard, DTensor)
    mesh = shard.device_mesh
    rows = whole.chunk(mesh.size(), dim=0)
    mine = mesh.get_local_rank()
    if mine < len(rows):
        shard.to_local().detach().copy_(rows[mine])


def _adamw(shards: list[nn.Parameter], numbers: AdamWNumbers, fused: bool) -> AdamW:
    """torch's AdamW with the moments in place from the start, so that a state can be loaded before the first step.
    Matrices decay, norms and biases do not."""
    decayed = [shard for shard in shards if shard.dim() > 1]
    others = [shard for shard in shards if shard.dim() <= 1]
    groups = [
        {"params": decayed, "weight_decay": numbers.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    optimizer = AdamW(
        [group for group in groups if group["params"]], betas=(numbers.beta1, numbers.beta2), eps=1e-8, fused=fused
    )
    for shard in shards:
        optimizer.state[shard] = {
            "step": torch.zeros((), device=shard.device if fused else "cpu"),
            "exp_avg": torch.zeros_like(shard, requires_grad=False),
            "exp_avg_sq": torch.zeros_like(shard, requires_grad=False),
        }
    return optimizer


def _given(gradient: Tensor | None) -> DTensor:
    assert isinstance(gradient, DTensor)  # every process runs backward through every layer
    return gradient
