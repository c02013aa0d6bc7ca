"""What a LLaMA is made of: the sizes in its `config.json`, the names and shapes of its weights, and fresh ones."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from lion_trainer.errors import BadInput

Weights = dict[str, Tensor]

# Our field in `config.json` where vocab_size is rounded up: how many rows are tokens.
TRUE_SIZE = "lion_vocab_size"


@dataclass(frozen=True)
class Geometry:
    """The numbers of a LLaMA's `config.json` that its function depends on.

    The matrices have `vocab_size` rows, of which the first `vocabulary` are tokens; the rest only make the number even.
    """

    vocab_size: int
    vocabulary: int
    hidden: int
    intermediate: int
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    positions: int
    epsilon: float
    initializer_range: float
    tied: bool
    attention_bias: bool
    mlp_bias: bool
    rope: dict[str, Any]

    @classmethod
    def from_config(cls, config: dict[str, Any], source: str) -> Geometry:
        """Read a `config.json`'s content; defaults are those of transformers' LlamaConfig.

        Raises BadInput, naming `source`, for a model whose function this one does not have.
        """
        kind = config.get("model_type", "llama")
        if kind != "llama":
            raise BadInput(f'{source} describes a model of type "{kind}"; only "llama" can be trained here.')
        if config.get("hidden_act", "silu") != "silu":
            raise BadInput(f'{source}: hidden_act "{config["hidden_act"]}" is not a LLaMA\'s; it must be "silu".')
        rope = dict(config.get("rope_parameters") or config.get("rope_scaling") or {})
        rope.setdefault("rope_theta", config.get("rope_theta", 10000.0))
        rope["rope_type"] = rope.get("rope_type", rope.get("type", "default"))
        if rope["rope_type"] not in ("default", "linear", "llama3"):
            raise BadInput(f'{source}: rope type "{rope["rope_type"]}" is unknown; use default, linear or llama3.')
        try:
            hidden, heads = int(config.get("hidden_size", 4096)), int(config.get("num_attention_heads", 32))
            rows = int(config.get("vocab_size", 32000))
            geometry = cls(
                vocab_size=rows,
                vocabulary=int(config.get(TRUE_SIZE) or rows),
                hidden=hidden,
                intermediate=int(config.get("intermediate_size", 11008)),
                layers=int(config.get("num_hidden_layers", 32)),
                heads=heads,
                kv_heads=int(config.get("num_key_value_heads") or heads),
                head_dim=int(config.get("head_dim") or hidden // max(1, heads)),
                positions=int(config.get("max_position_embeddings", 2048)),
                epsilon=float(config.get("rms_norm_eps", 1e-6)),
                initializer_range=float(config.get("initializer_range", 0.02)),
                tied=bool(config.get("tie_word_embeddings", False)),
                attention_bias=bool(config.get("attention_bias", False)),
                mlp_bias=bool(config.get("mlp_bias", False)),
                rope=rope,
            )
        except (TypeError, ValueError) as error:
            raise BadInput(f"{source} has a field that is not a number: {error}.") from error
        geometry._check(source)
        return geometry

    def _check(self, source: str) -> None:
        if not 1 <= self.vocabulary <= self.vocab_size:
            raise BadInput(f"{source}: {TRUE_SIZE} {self.vocabulary} is not from 1 to vocab_size {self.vocab_size}.")
        sizes = (self.vocab_size, self.hidden, self.intermediate, self.layers, self.heads, self.kv_heads)
        if min(*sizes, self.positions) < 1 or self.heads % self.kv_heads or self.head_dim < 2 or self.head_dim % 2:
            raise BadInput(
                f"{source}: sizes must be positive, num_attention_heads a multiple of num_key_value_heads, "
                "and the dimension of a head even."
            )

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Names and shapes of the weights as transformers stores them, in a fixed order."""
        queries, keys = self.heads * self.head_dim, self.kv_heads * self.head_dim
        shapes: dict[str, tuple[int, ...]] = {"model.embed_tokens.weight": (self.vocab_size, self.hidden)}
        for index in range(self.layers):
            layer = f"model.layers.{index}."
            for name, rows, columns in (
                ("self_attn.q_proj", queries, self.hidden),
                ("self_attn.k_proj", keys, self.hidden),
                ("self_attn.v_proj", keys, self.hidden),
                ("self_attn.o_proj", self.hidden, queries),
                ("mlp.gate_proj", self.intermediate, self.hidden),
                ("mlp.up_proj", self.intermediate, self.hidden),
                ("mlp.down_proj", self.hidden, self.intermediate),
            ):
                shapes[f"{layer}{name}.weight"] = (rows, columns)
                if self.attention_bias if name.startswith("self_attn") else self.mlp_bias:
                    shapes[f"{layer}{name}.bias"] = (rows,)
            shapes[f"{layer}input_layernorm.weight"] = (self.hidden,)
            shapes[f"{layer}post_attention_layernorm.weight"] = (self.hidden,)
        shapes["model.norm.weight"] = (self.hidden,)
        if not self.tied:
            shapes["lm_head.weight"] = (self.vocab_size, self.hidden)
        return shapes

    def inverse_frequencies(self) -> Tensor:
        """Radians per position of each pair of a head's dimensions [head_dim/2], in float32.

        θ^(−2i/dim) (2104.09864 §3.2); `llama3` stretches the slow ones as in Meta's reference code of LLaMA 3.1,
        `linear` all of them.
        """
        exponents = torch.arange(0, self.head_dim, 2, dtype=torch.int64).float() / self.head_dim
        frequencies = 1.0 / (float(self.rope["rope_theta"]) ** exponents)
        if self.rope["rope_type"] == "default":
            return frequencies
        factor = float(self.rope["factor"])
        if self.rope["rope_type"] == "linear":
            return frequencies / factor
        low, high = float(self.rope["low_freq_factor"]), float(self.rope["high_freq_factor"])
        turns = float(self.rope["original_max_position_embeddings"]) * frequencies / (2 * math.pi)
        share = ((turns - low) / (high - low)).clamp(0, 1)
        return (1 - share) * frequencies / factor + share * frequencies

    def turns(self) -> Tensor:
        """The complex numbers by which RoPE turns each pair of a head's dimensions at each position
        [positions, head_dim/2]."""
        angles = torch.outer(torch.arange(self.positions).float(), self.inverse_frequencies())
        return torch.polar(torch.ones_like(angles), angles)


def random_weights(geometry: Geometry, seed: int) -> Weights:
    """Fresh weights as transformers draws them: normal with `initializer_range`, norms 1, biases 0; seeded."""
    generator = torch.Generator().manual_seed(seed)
    weights: Weights = {}
    for name, shape in geometry.shapes().items():
        if name.endswith("norm.weight"):
            weights[name] = torch.ones(shape)
        elif name.endswith(".bias"):
            weights[name] = torch.zeros(shape)
        else:
            weights[name] = torch.randn(shape, generator=generator) * geometry.initializer_range
    return weights
