"""Low-rank adaptation (2106.09685): what it adds to a projection, its place in a layer, and peft's file of it.

A projection W becomes W + scale · B·A with A [rank, in] and B [out, rank]. B starts at zero, so that training starts
from the student as it is. In a layer, projections that read the same input are one matrix; each keeps matrices of its
own here, and the rows of B stand in the layer's order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lion_trainer.errors import BadInput
from lion_trainer.geometry import Weights

if TYPE_CHECKING:
    from lion_trainer.llama import Llama, LlamaLayer, Read
    from lion_trainer.trainable import Lora


PREFIX = "base_model.model."  # before transformers' name of each projection in peft's file


@dataclass(frozen=True)
class Adapter:
    """LoRA's matrices under peft's names, and the `adapter_config.json` that belongs to them."""

    weights: Weights
    config: dict[str, Any]


class LowRank(nn.Module):
    """The low-rank matrices of one layer."""

    def __init__(self, layer: LlamaLayer, lora: Lora, seed: int) -> None:
        super().__init__()
        self.scale = lora.alpha / lora.rank
        self._dropout = lora.dropout
        self._places = {name: place for name, place in layer.places().items() if name in lora.targets}
        generator = torch.Generator().manual_seed(seed)
        for name, place in self._places.items():
            joined: nn.Parameter = getattr(layer, place.joined)
            # As peft draws A: uniform within ±1/√in, which is kaiming_uniform with a = √5.
            bound = joined.shape[1] ** -0.5
            a = torch.rand(lora.rank, joined.shape[1], generator=generator) * 2 * bound - bound
            self.register_parameter(f"{name}_a", nn.Parameter(a))
            self.register_parameter(f"{name}_b", nn.Parameter(torch.zeros(place.stop - place.start, lora.rank)))

    def add(self, joined: str, x: Tensor, product: Tensor) -> Tensor:
        """The product of the joined matrix with x [tokens, in], plus what the low-rank matrices add to it."""
        for name, place in self._places.items():
            if place.joined != joined:
                continue
            a, b = self.get_parameter(f"{name}_a"), self.get_parameter(f"{name}_b")
            inner = F.linear(F.dropout(x, self._dropout, self.training) if self._dropout else x, a)
            addend = self.scale * F.linear(inner, b)
            product = product + F.pad(addend, (place.start, product.shape[1] - place.stop))
        return product

    def matrices(self, read: Read) -> Iterator[tuple[str, Tensor, Tensor]]:
        """(projection, A, B) with B's rows in transformers' order; `read` makes a whole tensor on the CPU of each."""
        for name, place in self._places.items():
            a, b = read(self.get_parameter(f"{name}_a")), read(self.get_parameter(f"{name}_b"))
            yield name, a, b if place.back is None else b.index_select(0, place.back)


def attach(model: Llama, lora: Lora, seed: int) -> None:
    """Freeze the model and give each layer low-rank matrices, drawn from the seed.

    Raises BadInput for a target that is no projection.
    """
    known = next(model.decoder_layers()).places()
    for target in lora.targets:
        if target not in known:
            raise BadInput(f'LoRA has no target "{target}"; choose from {", ".join(known)}.')
    model.requires_grad_(False)
    for index, layer in enumerate(model.decoder_layers()):
        layer.low_rank = LowRank(layer, lora, layer_seed(seed, index))


def layer_seed(seed: int, index: int) -> int:
    """The seed of one layer's matrices, so that a layer can be made without those below it."""
    return int.from_bytes(hashlib.sha256(f"lora {seed} {index}".encode()).digest()[:7], "big")


def halve_frozen(model: Llama) -> None:
    """Keep the layers' frozen matrices in bf16, which is what mixed precision computes with anyway."""
    for layer in model.decoder_layers():
        for parameter in layer.parameters():
            if not parameter.requires_grad and parameter.dim() > 1:
                parameter.data = parameter.data.to(torch.bfloat16)


def as_adapter(lora: Lora, model: Llama, base: str, read: Read) -> Adapter:
    """The matrices as peft stores them; `base` names the model that they belong to, `read` makes a whole tensor on the
    CPU of each parameter."""
    weights: Weights = {}
    for index, layer in enumerate(model.decoder_layers()):
        assert layer.low_rank is not None  # `attach` was called
        for projection, a, b in layer.low_rank.matrices(read):
            block = "self_attn" if projection in ("q_proj", "k_proj", "v_proj", "o_proj") else "mlp"
            name = f"{PREFIX}model.layers.{index}.{block}.{projection}"
            weights[f"{name}.lora_A.weight"], weights[f"{name}.lora_B.weight"] = a.contiguous(), b.contiguous()
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": base,
        "r": lora.rank,
        "lora_alpha": lora.alpha,
        "lora_dropout": lora.dropout,
        "target_modules": sorted(lora.targets),
        "bias": "none",
        "fan_in_fan_out": False,
        "inference_mode": True,
    }
    return Adapter(weights, config)


def merged(base: Weights, adapter: Adapter) -> Weights:
    """The base's weights in float32 with what the adapter adds to them."""
    scale = adapter.config["lora_alpha"] / adapter.config["r"]
    weights = {name: tensor.float() for name, tensor in base.items()}
    for stored, a in adapter.weights.items():
        if stored.endswith(".lora_A.weight"):
            name = stored.removeprefix(PREFIX).removesuffix(".lora_A.weight")
            b = adapter.weights[f"{PREFIX}{name}.lora_B.weight"]
            weights[f"{name}.weight"] = weights[f"{name}.weight"] + scale * (b @ a)
    return weights
