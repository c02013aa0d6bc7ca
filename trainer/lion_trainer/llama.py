"""A LLaMA without padding, the same function as transformers' LlamaForCausalLM.

All tokens of a micro-batch lie flat behind each other, so that norms, projections and the feed-forward network never
touch padding; `attention` tells how rows are kept apart.
The last layer and the head are computed only where an output is asked for: in training at the answer's tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lion_trainer.attention import Attend, Attention, KeepOneLayer, PaddedAttention
from lion_trainer.geometry import Geometry, Weights
from lion_trainer.kernels import BY_HAND, Kernels
from lion_trainer.loss import answer_loss

if TYPE_CHECKING:
    from lion_trainer.lora import LowRank

KeepKeysAndValues = Callable[[int, Tensor, Tensor], None]
Read = Callable[[nn.Parameter], Tensor]


@dataclass(frozen=True)
class TokenRows:
    """Rows of tokens laid flat behind each other, and where an output is wanted.

    tokens [T]; slots [T]: where each token stands when the rows are padded on the right to `width`, as index into
    rows · width; lengths [rows]; chosen [S]: indices into the T tokens.
    """

    tokens: Tensor
    slots: Tensor
    lengths: Tensor
    chosen: Tensor
    rows: int
    width: int

    @classmethod
    def build(cls, tokens: Tensor, lengths: Tensor, chosen: Tensor) -> TokenRows:
        """Rows of the given lengths [rows], whose tokens stand behind each other."""
        rows, width = len(lengths), int(lengths.max())
        starts = torch.cumsum(lengths, 0) - lengths
        shift = torch.arange(rows, dtype=torch.int64) * width - starts
        slots = torch.arange(len(tokens), dtype=torch.int64) + torch.repeat_interleave(shift, lengths)
        return cls(tokens, slots, lengths, chosen, rows, width)

    def to(self, device: torch.device) -> TokenRows:
        if device.type == "cpu":
            return self
        parts = {name: getattr(self, name) for name in ("tokens", "slots", "lengths", "chosen")}
        return replace(self, **{name: part.to(device, non_blocking=True) for name, part in parts.items()})


@dataclass(frozen=True)
class Place:
    """Where a projection of transformers' lies in a layer: rows start … stop of the matrix `joined`; `back` [rows] is
    which of these rows stands at each place of transformers' order (None: the same)."""

    joined: str
    start: int
    stop: int
    back: Tensor | None = None


def on_cpu(parameter: nn.Parameter) -> Tensor:
    """A parameter that lies whole in this process, as a tensor on the CPU."""
    return parameter.detach().cpu()


class LlamaLayer(nn.Module):
    """One decoder layer. Projections that read the same input are one matrix, and the rows of queries and keys are
    ordered so that the two dimensions that RoPE turns together are neighbours. Parameters are float32 whatever the
    weights are."""

    def __init__(self, geometry: Geometry, weights: Weights, prefix: str) -> None:
        super().__init__()
        self.kernels = BY_HAND
        self.low_rank: LowRank | None = None
        self._epsilon = geometry.epsilon
        self.heads, self.kv_heads, self.dim = geometry.heads, geometry.kv_heads, geometry.head_dim
        self.norm_before_attention = nn.Parameter(weights[f"{prefix}input_layernorm.weight"].float())
        self.norm_before_mlp = nn.Parameter(weights[f"{prefix}post_attention_layernorm.weight"].float())

        def part(name: str, kind: str) -> Tensor | None:
            return weights.get(f"{prefix}{name}.{kind}")

        def joined(names: tuple[str, ...], kind: str) -> nn.Parameter | None:
            parts = [tensor for name in names if (tensor := part(name, kind)) is not None]
            return nn.Parameter(torch.cat(parts).float()) if parts else None

        attention = ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj")
        self.qkv, self.qkv_bias = joined(attention, "weight"), joined(attention, "bias")
        order = self._rope_order()
        for parameter in (self.qkv, self.qkv_bias):
            if parameter is not None:
                parameter.data = parameter.data.index_select(0, order)
        self.out, self.out_bias = joined(("self_attn.o_proj",), "weight"), joined(("self_attn.o_proj",), "bias")
        gate_up = ("mlp.gate_proj", "mlp.up_proj")
        self.gate_up, self.gate_up_bias = joined(gate_up, "weight"), joined(gate_up, "bias")
        self.down, self.down_bias = joined(("mlp.down_proj",), "weight"), joined(("mlp.down_proj",), "bias")

    def _rope_order(self) -> Tensor:
        """Which row of transformers' order stands at each place of ours: halves become pairs in queries and keys."""
        pairs = torch.arange(self.dim).view(2, -1).t().reshape(-1)
        turned = (self.heads + self.kv_heads) * self.dim
        heads = (torch.arange(self.heads + self.kv_heads) * self.dim)[:, None] + pairs
        return torch.cat([heads.reshape(-1), torch.arange(turned, turned + self.kv_heads * self.dim)])

    def places(self) -> dict[str, Place]:
        """The projections under transformers' names."""
        queries, keys = self.heads * self.dim, self.kv_heads * self.dim
        back = torch.argsort(self._rope_order())
        middle = len(_given(self.gate_up)) // 2
        return {
            "q_proj": Place("qkv", 0, queries, back[:queries]),
            "k_proj": Place("qkv", queries, queries + keys, back[queries : queries + keys] - queries),
            "v_proj": Place("qkv", queries + keys, queries + 2 * keys),
            "o_proj": Place("out", 0, len(_given(self.out))),
            "gate_proj": Place("gate_up", 0, middle),
            "up_proj": Place("gate_up", middle, 2 * middle),
            "down_proj": Place("down", 0, len(_given(self.down))),
        }

    def export(self, prefix: str, read: Read) -> Iterator[tuple[str, Tensor]]:
        """The weights under transformers' names and in its order; `read` makes a whole tensor on the CPU of each."""
        places = self.places()
        for joined, block in (("qkv", "self_attn"), ("out", "self_attn"), ("gate_up", "mlp"), ("down", "mlp")):
            for kind, suffix in (("weight", ""), ("bias", "_bias")):
                parameter = getattr(self, f"{joined}{suffix}")
                if parameter is None:
                    continue
                whole = read(parameter)
                for name, place in places.items():
                    if place.joined == joined:
                        rows = whole[place.start : place.stop]
                        rows = rows if place.back is None else rows.index_select(0, place.back)
                        yield f"{prefix}{block}.{name}.{kind}", rows
        yield f"{prefix}input_layernorm.weight", read(self.norm_before_attention)
        yield f"{prefix}post_attention_layernorm.weight", read(self.norm_before_mlp)

    def forward(
        self, x: Tensor, attend: Attend, chosen: Tensor | None = None, keep: KeepOneLayer | None = None
    ) -> Tensor:
        """The layer's output [tokens, hidden] for its input [tokens, hidden], or only the rows that `chosen` counts."""
        mixed = attend(self.project(x), chosen, keep)
        return self.finish(x if chosen is None else x.index_select(0, chosen), mixed)

    def project(self, x: Tensor) -> Tensor:
        """Queries, keys and values of [tokens, hidden], side by side, not yet turned."""
        normed = self.kernels.rms_norm(x, self.norm_before_attention, self._epsilon)
        return self._adapted("qkv", normed, F.linear(normed, _given(self.qkv), self.qkv_bias))

    def finish(self, x: Tensor, mixed: Tensor) -> Tensor:
        """What follows attention: both residual sums and the feed-forward network, for [tokens, hidden]."""
        x = x + self._adapted("out", mixed, F.linear(mixed, _given(self.out), self.out_bias))
        normed = self.kernels.rms_norm(x, self.norm_before_mlp, self._epsilon)
        gate_up = self._adapted("gate_up", normed, F.linear(normed, _given(self.gate_up), self.gate_up_bias))
        active = self.kernels.swiglu(gate_up)
        return x + self._adapted("down", active, F.linear(active, _given(self.down), self.down_bias))

    def _adapted(self, joined: str, x: Tensor, product: Tensor) -> Tensor:
        return product if self.low_rank is None else self.low_rank.add(joined, x, product)


def _given(parameter: nn.Parameter | None) -> nn.Parameter:
    assert parameter is not None  # every matrix exists: the weights were checked against the geometry
    return parameter


class Llama(nn.Module):
    """The model; built from weights under transformers' names (which must have exactly the geometry's shapes)."""

    turns: Tensor

    def __init__(self, geometry: Geometry, weights: Weights) -> None:
        super().__init__()
        self.geometry = geometry
        self.attention: Attention = PaddedAttention(geometry)
        self._kernels = BY_HAND
        self.embedding = nn.Parameter(weights["model.embed_tokens.weight"].float())
        self.layers = nn.ModuleList(
            LlamaLayer(geometry, weights, f"model.layers.{index}.") for index in range(geometry.layers)
        )
        self.norm = nn.Parameter(weights["model.norm.weight"].float())
        self.head = None if geometry.tied else nn.Parameter(weights["lm_head.weight"].float())
        self.register_buffer("turns", geometry.turns(), persistent=False)

    def named_weights(self, read: Read = on_cpu) -> Iterator[tuple[str, Tensor]]:
        """The weights under transformers' names; `read` makes a whole tensor on the CPU of each parameter in turn."""
        yield "model.embed_tokens.weight", read(self.embedding)
        for index, layer in enumerate(self.decoder_layers()):
            yield from layer.export(f"model.layers.{index}.", read)
        yield "model.norm.weight", read(self.norm)
        if self.head is not None:
            yield "lm_head.weight", read(self.head)

    def export(self) -> Weights:
        """Copies of the weights under transformers' names, on the CPU."""
        return {name: tensor.clone(memory_format=torch.contiguous_format) for name, tensor in self.named_weights()}

    def decoder_layers(self) -> Iterator[LlamaLayer]:
        """The layers, bottom first."""
        for layer in self.layers:
            assert isinstance(layer, LlamaLayer)
            yield layer

    def equip(self, attention: Attention, kernels: Kernels) -> None:
        """Compute in another way than a CPU's; what is computed stays the same."""
        self.attention, self._kernels = attention, kernels
        for layer in self.decoder_layers():
            layer.kernels = kernels

    def hidden_states(self, rows: TokenRows, keep: KeepKeysAndValues | None = None) -> Tensor:
        """Normed hidden states [chosen, hidden]; `keep` is handed each layer's keys and values
        [rows, kv_heads, width, dim]."""
        attention = self.attention if keep is None else PaddedAttention(self.geometry)
        attend = attention.prepare(rows, self.turns)
        x = F.embedding(rows.tokens, self.embedding)
        last = self.geometry.layers - 1
        for index, layer in enumerate(self.layers):
            keep_one = None if keep is None else partial(keep, index)
            x = layer(x, attend, rows.chosen if index == last else None, keep_one)
        return self.normed(x)

    def normed(self, x: Tensor) -> Tensor:
        """The norm before the head, of [n, hidden]."""
        return self._kernels.rms_norm(x, self.norm, self.geometry.epsilon)

    @property
    def output_rows(self) -> nn.Parameter:
        """The head's matrix [vocab_size, hidden]."""
        return self.embedding if self.head is None else self.head

    def logits(self, hidden: Tensor) -> Tensor:
        """Next-token logits [n, vocab_size] of normed hidden states; -∞ for rows that are no tokens."""
        logits = F.linear(hidden, self.output_rows)
        if self.geometry.vocabulary < self.geometry.vocab_size:
            logits[:, self.geometry.vocabulary :] = -torch.inf
        return logits

    def forward(self, rows: TokenRows, targets: Tensor | None) -> Tensor:
        """Sum (not mean) of the cross-entropies at the chosen tokens, whose successors are `targets` [chosen]; without
        targets the logits there [chosen, vocab_size]."""
        hidden = self.hidden_states(rows)
        if targets is None:
            return self.logits(hidden)
        return answer_loss(hidden, self.output_rows, targets, self.geometry.vocabulary)
